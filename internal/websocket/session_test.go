package websocket_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/internal/websocket"
)

func TestDial_CtxEndsTheDialNotTheConnection(t *testing.T) {
	s := serve(t, echo)
	var cfg websocket.Config
	q := inbox(&cfg)
	cfg.URL = s.url
	ctx, cancel := context.WithCancel(t.Context())
	c, err := open(ctx, cfg)
	require.NoError(t, err)
	defer c.Close()
	cancel()
	require.NoError(t, send(t.Context(), c, text("alive")))
	assert.Equal(t, "alive", pop(t, q))
	_, err = open(ctx, cfg)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestBubble_Sanity(t *testing.T) {
	bubble(t, accepting(func(ctx context.Context, p *fakeserver.Peer) { echo(ctx, p, 0) }),
		func(t *testing.T, cfg websocket.Config, _ *pipes) {
			q := inbox(&cfg)
			c, err := open(t.Context(), cfg)
			require.NoError(t, err)
			require.NoError(t, send(t.Context(), c, text("hello")))
			m, err := q.Pop(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "hello", m)
			c.Close()
			synctest.Wait()
		})
}

func TestGuard_PanicOfUserCodeEndsTheSession(t *testing.T) {
	for name, misbehave := range map[string]func(){
		"OnReconnect panicked: oops":      func() { panic("oops") },
		"OnReconnect ended its goroutine": runtime.Goexit,
	} {
		s := serve(t, func(ctx context.Context, p *fakeserver.Peer, n int64) {
			if n > 1 {
				listen(ctx, p, n)
			}
		})
		ended := make(chan error, 1)
		c := dial(t, s, websocket.Config{
			MinBackoff: 1, MaxBackoff: 1,
			OnReconnect: func(error) { misbehave() }, OnEnd: func(err error) { ended <- err },
		})
		assert.EqualError(t, get(t, ended), name)
		assert.EqualError(t, send(t.Context(), c, text("x")), name)
		<-c.Done()
		c.Close()
		assert.ErrorIs(t, c.Err(), parley.ErrClosed)
	}
}

func TestGuard_TheErrorOfAPanicStaysMatchable(t *testing.T) {
	own := errors.New("own")
	for _, value := range []error{own, parley.ErrClosed} {
		c := dial(t, serve(t, listen), websocket.Config{})
		c.Guard("OnReconnect", func() { panic(value) })
		assert.EqualError(t, c.Err(), "OnReconnect panicked: "+value.Error())
		assert.Equal(t, value == own, errors.Is(c.Err(), value), "Close was not called")
		<-c.Done()
	}
}

func TestWhileOpen_EndsWithTheSession(t *testing.T) {
	c := dial(t, serve(t, listen), websocket.Config{})
	ctx, stop := c.WhileOpen(t.Context())
	defer stop()
	assert.NoError(t, ctx.Err())
	c.Close()
	<-ctx.Done()
}
