package syntphony_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
)

type sourceFunc func() (*oauth2.Token, error)

func (f sourceFunc) Token() (*oauth2.Token, error) { return f() }

func TestTokenSource_ReplacesKeycloak(t *testing.T) {
	t.Parallel()
	server, _ := newStub(t, 200, minimalReply)
	calls := 0
	cfg := config(server.URL())
	cfg.TokenSource = sourceFunc(func() (*oauth2.Token, error) {
		calls++
		return &oauth2.Token{AccessToken: fmt.Sprint("own-", calls), Expiry: time.Now().Add(time.Hour)}, nil
	})
	client := newClient(t, cfg)
	require.NoError(t, say(t, client))
	require.NoError(t, say(t, client))
	server.Fail(1, fakeserver.Failure{Status: 401})
	require.NoError(t, say(t, client))
	requests := server.Requests()
	require.Len(t, requests, 4)
	for i, want := range []string{"own-1", "own-1", "own-1", "own-2"} {
		assert.Equal(t, "Bearer "+want, requests[i].Header.Get("Authorization"))
	}
}

func TestTokenSource_SameTokenIsNotSentTwice(t *testing.T) {
	t.Parallel()
	server, client := newStub(t, 401, "")
	require.ErrorIs(t, say(t, client), syntphony.ErrUnauthorized)
	assert.Len(t, server.Requests(), 1)
}

func TestTokenSource_ItsErrorIsKept(t *testing.T) {
	t.Parallel()
	sealed := errors.New("the vault is sealed")
	server, _ := newStub(t, 200, minimalReply)
	cfg := config(server.URL())
	cfg.TokenSource = sourceFunc(func() (*oauth2.Token, error) { return nil, sealed })
	err := say(t, newClient(t, cfg))
	require.ErrorIs(t, err, sealed)
	assert.Empty(t, server.Requests())
}
