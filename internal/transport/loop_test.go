package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/auth"
)

func TestDo_ConnectionFailures(t *testing.T) {
	for name, serve := range map[string]func(net.Conn, int){"reset after the body": reset, "reply cut": cutReply} {
		t.Run(name, func(t *testing.T) {
			url, n := rawServer(t, serve)
			c := newTestClient(t, url, nil)
			err := use(t, c, get)
			require.Error(t, err)
			assert.EqualValues(t, 3, n.Swap(0), "GETs")
			assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
			assert.Contains(t, err.Error(), "(GET /things/{id}, 3 attempts)")

			err = use(t, c, post)
			assert.EqualValues(t, 1, n.Load(), "POSTs")
			assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
			assert.Contains(t, err.Error(), "(POST /things/{id}, 1 attempt)")
		})
	}
}

func TestDo_AReplyCutOnceIsAskedForAgain(t *testing.T) {
	url, n := rawServer(t, func(conn net.Conn, n int) {
		if n == 1 {
			cutReply(conn, n)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"1\"}")
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	})
	require.NoError(t, use(t, newTestClient(t, url, nil), get))
	assert.EqualValues(t, 2, n.Load())
}

func TestDo_AttemptTimeout(t *testing.T) {
	release := make(chan struct{})
	url, n := counted(t, func(http.ResponseWriter, *http.Request, int) { <-release })
	t.Cleanup(func() { close(release) })
	c := newTestClient(t, url, func(cfg *Config) { cfg.Timeout = 30 * time.Millisecond })
	err := use(t, c, get)
	assert.EqualValues(t, 3, n.Swap(0))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)

	err = use(t, c, post)
	assert.EqualValues(t, 1, n.Load())
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.Equal(t, "test: send thing: attempt timed out after 30ms: delivery unknown: the server may have acted on it"+
		" (POST /things/{id}, 1 attempt)", err.Error())
}

func TestDo_UsersClientTimeoutStaysInForce(t *testing.T) {
	release := make(chan struct{})
	url, n := counted(t, func(http.ResponseWriter, *http.Request, int) { <-release })
	t.Cleanup(func() { close(release) })
	user := &http.Client{Timeout: 30 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.HTTPClient = user }), post)
	assert.EqualValues(t, 1, n.Load())
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Nil(t, user.CheckRedirect, "the user's client was changed")
}

func TestDo_LeftByItsCallerWhileTheServerWorks(t *testing.T) {
	working, release := make(chan struct{}, 1), make(chan struct{})
	url, n := counted(t, func(http.ResponseWriter, *http.Request, int) { working <- struct{}{}; <-release })
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-working; cancel() }()
	c := newTestClient(t, url, nil)
	_, err := c.Do(ctx, Call{Operation: post, IDs: []string{"1"}, Body: 1})
	assert.EqualValues(t, 1, n.Load())
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
}

func TestDo_ContextEndedBeforeTheCall(t *testing.T) {
	url, n := counted(t, status(200))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newTestClient(t, url, nil).Do(ctx, Call{Operation: post, IDs: []string{"1"}, Body: 1})
	assert.ErrorIs(t, err, context.Canceled)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.Zero(t, n.Load())
	assert.Equal(t, "test: send thing: context canceled (POST /things/{id}, 0 attempts)", err.Error())
}

func TestDo_CauseOfTheCancellationIsKept(t *testing.T) {
	shutdown := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(shutdown)
	_, err := newTestClient(t, "https://127.0.0.1:1", nil).Do(ctx, Call{Operation: get, IDs: []string{"1"}})
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorIs(t, err, shutdown)
}

func TestDo_CancelInAWaitReturnsAtOnceWithTheLastStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := roundTripper(func(*http.Request) (*http.Response, error) {
			r := answer(503, "busy")
			r.Header.Set("Retry-After", "20")
			return r, nil
		})
		c := newTestClient(t, "https://api.example", func(cfg *Config) {
			cfg.HTTPClient, cfg.MaxRetryWait = &http.Client{Transport: down}, 0
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		start := time.Now()
		_, err := c.Do(ctx, Call{Operation: get, IDs: []string{"1"}})
		assert.Equal(t, 3*time.Second, time.Since(start))
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 503, asFailure(t, err).StatusCode)
		assert.Equal(t, 20*time.Second, asFailure(t, err).RetryAfter)
	})
}

func (broken) Authorize(context.Context, *http.Request) (string, error) {
	return "", errors.New("no token")
}

func TestDo_NoTokenNothingSent(t *testing.T) {
	url, n := counted(t, status(200))
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.Authorizer = broken{} }), post)
	assert.EqualError(t, err, "test: send thing: no token (POST /things/{id}, 0 attempts)")
	assert.Zero(t, n.Load())
}

func TestDo_ASecondAttemptWithoutTokenKeepsDeliveryUnknown(t *testing.T) {
	url, n := counted(t, status(502))
	source := &failsLater{}
	c := newTestClient(t, url, func(cfg *Config) { cfg.Authorizer, cfg.RetryNonIdempotent = source, true })
	err := use(t, c, post)
	assert.EqualValues(t, 1, n.Load())
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.ErrorContains(t, err, "no token")
	assert.ErrorIs(t, err, parley.ErrServer, "the last status")
	assert.Equal(t, 502, asFailure(t, err).StatusCode)
}

type failsLater struct {
	auth.None
	calls atomic.Int32
}

func (f *failsLater) Authorize(context.Context, *http.Request) (string, error) {
	if f.calls.Add(1) > 1 {
		return "", errors.New("no token")
	}
	return "", nil
}

func TestDo_NegativeTimeoutIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := roundTripper(func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(48 * time.Hour):
				return answer(200, `{"id":"1"}`), nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		})
		c := newTestClient(t, "https://api.example",
			func(cfg *Config) { cfg.HTTPClient, cfg.Timeout = &http.Client{Transport: slow}, -time.Second })
		require.NoError(t, use(t, c, post))
	})
}

// The context of an attempt ends with the attempt, so that what a RoundTripper starts with it ends too.
func TestDo_ContextsOfAttemptsEnd(t *testing.T) {
	var contexts []context.Context
	statuses := []int{503, 200, 404}
	sender := roundTripper(func(r *http.Request) (*http.Response, error) {
		for _, former := range contexts {
			assert.Error(t, former.Err(), "a former attempt's context lives")
		}
		assert.NoError(t, r.Context().Err())
		contexts = append(contexts, r.Context())
		return answer(statuses[len(contexts)-1], `{"id":"1"}`), nil
	})
	c := newTestClient(t, "https://api.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: sender} })
	require.NoError(t, use(t, c, get))
	require.ErrorIs(t, use(t, c, get), parley.ErrNotFound)
	require.Len(t, contexts, 3)
	for _, ctx := range contexts {
		assert.Error(t, ctx.Err())
	}
}

// An attempt that was refused after it was written says nothing of the next one, which never left.
func TestDo_WhatWasWrittenIsForgottenBetweenAttempts(t *testing.T) {
	var dials atomic.Int32
	pool := &http.Transport{DisableKeepAlives: true}
	pool.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials.Add(1) > 1 {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	base, n := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	c := newTestClient(t, base, func(cfg *Config) { cfg.HTTPClient, cfg.MaxRetries = &http.Client{Transport: pool}, 1 })
	err := use(t, c, post)
	require.Error(t, err)
	assert.EqualValues(t, 1, n.Load())
	assert.EqualValues(t, 2, dials.Load())
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.NotErrorIs(t, err, parley.ErrNotSent, "the server responded to the first attempt")
}

// takeUsedLoop returns a loop that a former call of c used. The race detector lets a sync.Pool drop some values.
func takeUsedLoop(t *testing.T, c *Client, call func()) *loop {
	for range 100 {
		call()
		if l, ok := c.settings.loops.Get().(*loop); ok {
			return l
		}
	}
	require.FailNow(t, "no loop was given back")
	return nil
}

// A loop serves one call after another, so nothing of a call may be left in it, whatever the end of the call.
func TestDo_ALoopKeepsNothingOfItsCall(t *testing.T) {
	for name, answers := range map[string][]int{"success": {200}, "retry": {503, 200}, "failure": {503, 503, 404}} {
		n := 0
		c := newTestClient(t, "https://api.example", func(cfg *Config) {
			cfg.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				n++
				return answer(answers[(n-1)%len(answers)], `{"id":"1"}`), nil
			})}
			cfg.Hooks.OnCall = func(ctx context.Context, _ parley.Call) (context.Context, func(parley.CallResult)) {
				return ctx, func(parley.CallResult) {}
			}
		})
		l := takeUsedLoop(t, c, func() { _ = use(t, c, get) })
		assert.Zero(t, l.call, name)
		assert.Nil(t, l.wire.Request, name)
	}
	c := newTestClient(t, "https://api.example", nil)
	l := takeUsedLoop(t, c, func() {
		_, err := c.Do(t.Context(), Call{Operation: get, IDs: []string{".."}, Query: url.Values{"a": {"b"}}})
		assert.ErrorIs(t, err, parley.ErrInvalidArgument)
	})
	assert.Zero(t, l.call, "refused argument")
}

func TestDo_ALoopIsNotUsedAgainAfterAPanic(t *testing.T) {
	var ctx context.Context // of the last attempt
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			ctx = r.Context()
			panic("the user's own")
		})}
	})
	for range 20 {
		assert.Panics(t, func() { _ = use(t, c, get) })
		assert.ErrorIs(t, context.Cause(ctx), errAbandoned)
		assert.Nil(t, c.settings.loops.Get())
	}
}

// Hooks of a former call that net/http calls late prove nothing about the next call, which uses the same loop.
func TestDo_LateHooksOfAFormerCallCountForNothing(t *testing.T) {
	var late *httptrace.ClientTrace
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if late == nil {
				late = httptrace.ContextClientTrace(r.Context())
				return answer(200, `{"id":"1"}`), nil
			}
			late.GetConn("api.example:443")
			return nil, io.ErrUnexpectedEOF
		})}
	})
	require.NoError(t, use(t, c, post))
	for range 20 {
		assert.ErrorIs(t, use(t, c, post), parley.ErrDeliveryUnknown)
	}
}

// A response that a call left behind still makes the right error after other calls have used its loop.
func TestResponse_OutlivesItsCall(t *testing.T) {
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return answer(200, `{"id":"`+r.Method+`"}`), nil
		})}
	})
	body := map[string]string{"text": "the words of the user"}
	kept, err := c.Do(t.Context(), Call{Operation: post, IDs: []string{"42"}, Body: body})
	require.NoError(t, err)
	for range 20 {
		require.NoError(t, use(t, c, get))
	}
	err = kept.Fail(errors.New("failed: the words of the user, " + testKey))
	assert.EqualError(t, err, "test: send thing: 200: {\"id\":\"POST\"}: failed: [redacted], [redacted]: "+
		"delivery unknown: the server may have acted on it (POST /things/{id}, 1 attempt)")
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
}

func TestOnCall_AFuncThatPanicsIsCalledOnce(t *testing.T) {
	called := 0
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return answer(200, `{"id":"1"}`), nil
		})}
		cfg.Hooks.OnCall = func(ctx context.Context, _ parley.Call) (context.Context, func(parley.CallResult)) {
			return ctx, func(parley.CallResult) { called++; panic("the user's own") }
		}
	})
	assert.Panics(t, func() { _ = use(t, c, get) })
	assert.Equal(t, 1, called)
}

// unopened is a Content whose reader panics before the request is sent.
type unopened struct{ ctx context.Context }

func (*unopened) ContentType() string { return "" }
func (*unopened) Length() int64       { return -1 }
func (*unopened) Replayable() bool    { return true }
func (*unopened) Err() error          { return nil }

func (u *unopened) Open(ctx context.Context) (io.ReadCloser, error) {
	u.ctx = ctx
	panic("the user's own")
}

func TestDo_TheContextOfAnAttemptEndsThoughItsBodyPanics(t *testing.T) {
	c := newTestClient(t, "https://api.example", nil)
	content := &unopened{}
	assert.Panics(t, func() {
		_, _ = c.Do(t.Context(), Call{Operation: post, IDs: []string{"1"}, Content: content})
	})
	assert.Error(t, content.ctx.Err())
}
