package siteassist_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// Without the list it is unknown which messages are old, so that no connection is made.
func TestConversationsEvents_AListThatIsRefusedEndsThem(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		server.FailNext(func(r siteassisttest.Request) bool { return strings.HasSuffix(r.Path, "/messages") },
			siteassisttest.Failure{Status: 403})
		for _, err := range client.Conversations.Events(ctx, id) {
			assert.ErrorIs(t, err, siteassist.ErrForbidden)
		}
		for _, r := range server.Requests() {
			assert.Empty(t, r.Header.Get("Upgrade"))
		}
	})
}
