package aisera_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func TestSend_SixteenGoroutines(t *testing.T) {
	const senders, each = 16, 50
	s := newServer(t)
	s.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
	conn := dial(t, s, aisera.DialOptions{})
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for i := range each {
				_, err := conn.Send(t.Context(), aisera.Text(fmt.Sprintf("%d %d", sender, i)))
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	require.Eventually(t, func() bool { return len(s.Frames()) == senders*each }, patience, time.Millisecond)
	var next [senders]int
	for _, frame := range s.Frames() {
		var sender, i int
		_, err := fmt.Sscanf(object(t, frame.Body)["data"].(map[string]any)["text"].(string), "%d %d", &sender, &i)
		require.NoError(t, err)
		assert.Equal(t, next[sender], i)
		next[sender]++
	}
}

// hanging is a source that reports its calls and returns only when it is allowed to.
type hanging struct{ asked, answer chan struct{} }

func (h hanging) Token() (*oauth2.Token, error) {
	h.asked <- struct{}{}
	<-h.answer
	return &oauth2.Token{AccessToken: aiseratest.Token}, nil
}

func TestClose_FreesASendThatWaitsForItsToken(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	source := hanging{make(chan struct{}), make(chan struct{})}
	cfg.Token, cfg.TokenSource = "", source
	conn, err := newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{})
	require.NoError(t, err)
	result := make(chan error, 1)
	go func() {
		_, err := conn.Send(context.Background(), aisera.Text("x"))
		result <- err
	}()
	<-source.asked
	require.NoError(t, conn.Close())
	select {
	case err := <-result:
		assert.EqualError(t, err, "aisera: send: closed")
	case <-time.After(patience):
		assert.Fail(t, "Send still waits")
	}
	close(source.answer)
	assert.Empty(t, s.Frames())
}

func TestConn_TokenSourceIsAskedForEachFrame(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	source := &counting{}
	cfg.Token, cfg.TokenSource = "", source
	conn, err := newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{})
	require.NoError(t, err)
	defer conn.Close()
	for range 3 {
		_, err := conn.Ask(soon(t), aisera.Text("x"))
		require.NoError(t, err)
	}
	source.mu.Lock()
	assert.Equal(t, 3, source.asked)
	source.fails = true
	source.mu.Unlock()
	_, err = conn.Send(t.Context(), aisera.Text("x"))
	assert.EqualError(t, err, "aisera: send: TokenSource: test")
	assert.Len(t, s.Frames(), 3)
}

type counting struct {
	mu    sync.Mutex
	asked int
	fails bool
}

func (c *counting) Token() (*oauth2.Token, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fails {
		return nil, errTest
	}
	c.asked++
	return &oauth2.Token{AccessToken: aiseratest.Token}, nil
}

// The server closes the connection because of the token. The next connection fetches a new one, although the old one's
// Expiry has not passed.
func TestConn_RefusedTokenIsNotUsedAgain(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	var tokens atomic.Int64
	cfg.Token, cfg.TokenSource = "", sourceFunc(func() (*oauth2.Token, error) {
		token := aiseratest.Token
		if tokens.Add(1) == 1 {
			token = "outdated-token"
		}
		return &oauth2.Token{AccessToken: token, Expiry: time.Now().Add(time.Hour)}, nil
	})
	client := newClient(t, cfg)
	conn := open(t, client, aisera.DialOptions{})
	_, err := conn.Ask(soon(t), aisera.Text("x"))
	require.ErrorIs(t, err, aisera.ErrUnauthorized)
	assert.NotContains(t, err.Error(), "outdated-token")
	require.NoError(t, conn.Close())
	conn = open(t, client, aisera.DialOptions{})
	defer conn.Close()
	_, err = conn.Ask(soon(t), aisera.Text("x"))
	require.NoError(t, err)
	assert.EqualValues(t, 2, tokens.Load())
}

type sourceFunc func() (*oauth2.Token, error)

func (f sourceFunc) Token() (*oauth2.Token, error) { return f() }

func TestSend_WhatWasNotWrittenIsNotSent(t *testing.T) {
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{NoReconnect: true})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := conn.Send(ended, aisera.Text("x"))
	assert.ErrorIs(t, err, aisera.ErrNotSent)
	assert.ErrorIs(t, err, context.Canceled)
	s.CloseConnections(1001, "bye")
	<-conn.Done()
	_, err = conn.Send(t.Context(), aisera.Text("x"))
	assert.ErrorIs(t, err, aisera.ErrNotSent)
	assert.NotErrorIs(t, err, aisera.ErrDeliveryUnknown)
	require.NoError(t, conn.Close())
	_, err = conn.Send(t.Context(), aisera.Text("x"))
	assert.NotErrorIs(t, err, aisera.ErrNotSent)
	assert.ErrorIs(t, err, aisera.ErrClosed)
	assert.Empty(t, s.Frames())
}
