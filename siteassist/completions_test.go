package siteassist

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCompletionsStream_IsNeverQueued(t *testing.T) {
	client, server := serve(t, reply(200, "text/plain", "Message sent"))
	_, err := client.Completions.Stream(t.Context(), CompletionParams{Messages: []CompletionMessage{{RoleUser, "Hi"}}})
	assert.ErrorIs(t, err, ErrDecode)
	assert.ErrorContains(t, err, "text/plain where text/event-stream was expected")
	assert.Equal(t, "text/event-stream", server.Requests()[0].Header.Get("Accept"))
}
