package aiserachat

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/chat"
)

func talk(t *testing.T, server *aiseratest.Server) *chat.Conversation {
	client, err := aisera.NewClient(server.Config())
	require.NoError(t, err)
	c, err := chat.New(New(client, Options{WebSocket: true}), chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestConnect_ARefusedHandshakeSaysNothing(t *testing.T) {
	server := aiseratest.NewServer()
	defer server.Close()
	c := talk(t, server)
	server.Fail(2, aiseratest.Failure{Status: 403})
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.ErrorIs(t, err, aisera.ErrForbidden)
	require.ErrorIs(t, err, aisera.ErrNotSent)
	_, open := c.Pending()
	assert.False(t, open)
	for _, err := range c.Events(t.Context(), "") {
		require.ErrorIs(t, err, aisera.ErrForbidden)
	}
	_, err = c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
}

// events collects what a loop over Events brings until it ends.
func events(c *chat.Conversation, ctx context.Context) (texts func() []string, ended <-chan error) {
	var mu sync.Mutex
	var all []string
	end := make(chan error, 1)
	go func() {
		for e, err := range c.Events(ctx, "") {
			if err != nil {
				end <- err
				return
			}
			mu.Lock()
			all = append(all, e.Text)
			mu.Unlock()
		}
	}()
	return func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(all) }, end
}

func TestListen_EndsWithItsConnectionAndListensAnew(t *testing.T) {
	for _, code := range []int{1008, 4401} {
		server := aiseratest.NewServer()
		c := talk(t, server)
		_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
		require.NoError(t, err)
		texts, ended := events(c, t.Context())
		server.Push(aiseratest.Reply{Mode: aisera.ModeLiveAgent, Answers: []string{"I am Ann"}})
		require.Eventually(t, func() bool { return len(texts()) > 0 }, 20*time.Second, time.Millisecond)
		server.CloseConnections(code, "the token was revoked")
		require.ErrorIs(t, <-ended, aisera.ErrUnauthorized)

		ctx, cancel := context.WithCancel(t.Context())
		texts, ended = events(c, ctx)
		require.Eventually(t, func() bool { // the push may come before the connection
			server.Push(aiseratest.Reply{Mode: aisera.ModeLiveAgent, Answers: []string{"Still here"}})
			return slices.Contains(texts(), "Still here")
		}, 20*time.Second, time.Millisecond)
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		require.NoError(t, c.Close())
		server.Close()
	}
}

// roundTripper is a func as http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestConnect_TheWaitForADialEndsWithItsContext(t *testing.T) {
	server := aiseratest.NewServer()
	defer server.Close()
	dialling := make(chan struct{}, 10)
	cfg := server.Config()
	cfg.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		dialling <- struct{}{}
		<-r.Context().Done()
		return nil, r.Context().Err()
	})}
	client, err := aisera.NewClient(cfg)
	require.NoError(t, err)
	c, err := chat.New(New(client, Options{WebSocket: true}), chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	_, ended := events(c, t.Context())
	<-dialling
	ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Millisecond, errPatience)
	defer cancel()
	_, err = c.Ask(ctx, chat.Message{Text: "x"})
	require.ErrorIs(t, err, errPatience)
	require.ErrorIs(t, err, aisera.ErrNotSent)
	assert.Empty(t, dialling, "one connection is made at a time")
	require.NoError(t, c.Close())
	require.ErrorIs(t, <-ended, aisera.ErrClosed)
}

var errPatience = errors.New("out of patience")

func TestEvents_AHumanWhoJoinedIsSaved(t *testing.T) {
	server := aiseratest.NewServer()
	defer server.Close()
	client, err := aisera.NewClient(server.Config())
	require.NoError(t, err)
	saved := make(chan chat.State, 100)
	save := func(_ context.Context, state chat.State) error { saved <- slices.Clone(state); return nil }
	driver := New(client, Options{WebSocket: true})
	c, err := chat.New(driver, chat.User{ID: "7"}, chat.Options{Save: save})
	require.NoError(t, err)
	_, err = c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	_, ended := events(c, t.Context())
	server.Push(aiseratest.Reply{Mode: aisera.ModeLiveAgentJoined, Answers: []string{"Ann has joined"}})
	var state chat.State
	for !strings.Contains(string(state), `"live":true`) {
		state = <-saved
	}
	require.NoError(t, c.Close())
	require.ErrorIs(t, <-ended, aisera.ErrClosed)
	next, err := chat.New(driver, chat.User{ID: "7"}, chat.Options{State: state})
	require.NoError(t, err)
	defer next.Close()
	a, err := next.Ask(t.Context(), chat.Message{Text: "hello Ann"})
	require.NoError(t, err)
	assert.Equal(t, chat.FinishQueued, a.Finish)
}

func TestConnect_AConnectionThatWasRefusedIsDialledAgain(t *testing.T) {
	server := aiseratest.NewServer()
	defer server.Close()
	c := talk(t, server)
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	server.CloseConnections(4401, "the token was revoked")
	for server.Connections() == 1 {
		_, err = c.Ask(t.Context(), chat.Message{Text: "y"})
		if err != nil {
			_, _ = chat.Collect(c.Recover(t.Context()))
		}
		require.NoError(t, t.Context().Err())
	}
	_, err = c.Ask(t.Context(), chat.Message{Text: "z"})
	require.NoError(t, err)
}
