package transport

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/backoff"
)

func TestStream_IsNotCutByTimeoutAndEndsWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var request context.Context
		slow := roundTripper(func(r *http.Request) (*http.Response, error) {
			request = r.Context()
			resp := answer(http.StatusOK, "")
			resp.Header = http.Header{"Content-Type": {"Text/Event-Stream; charset=utf-8"}}
			resp.Body = &slowBody{ctx: r.Context(), left: 10}
			resp.ContentLength = -1
			return resp, nil
		})
		c := newTestClient(t, "https://api.example", func(cfg *Config) {
			cfg.HTTPClient, cfg.Timeout = &http.Client{Transport: slow}, time.Second
		})
		reply, err := c.Do(t.Context(), Call{Operation: post, IDs: []string{"1"}, StreamType: "text/event-stream"})
		require.NoError(t, err)
		body, err := io.ReadAll(reply.Stream)
		require.NoError(t, err)
		assert.Equal(t, "xxxxxxxxxx", string(body))
		assert.NoError(t, request.Err())
		require.NoError(t, reply.Stream.Close())
		assert.Error(t, request.Err(), "Close ends the request")
	})
}

// panickingBody is the body of a user's RoundTripper that panics when it is closed.
type panickingBody struct{ io.Reader }

func (panickingBody) Close() error { panic("the body's own") }

func TestStream_InterruptEndsTheAttemptThoughTheBodyPanics(t *testing.T) {
	for name, end := range map[string]func(*Stream) error{"Interrupt": (*Stream).Interrupt, "Close": (*Stream).Close} {
		var request context.Context
		ended := 0
		c := newTestClient(t, "https://api.example", func(cfg *Config) {
			cfg.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				request = r.Context()
				resp := answer(http.StatusOK, "")
				resp.Header = http.Header{"Content-Type": {"text/event-stream"}}
				resp.Body = panickingBody{strings.NewReader("")}
				return resp, nil
			})}
			cfg.Hooks.OnCall = func(ctx context.Context, _ parley.Call) (context.Context, func(parley.CallResult)) {
				return ctx, func(parley.CallResult) { ended++ }
			}
		})
		reply, err := c.Do(t.Context(), Call{Operation: post, IDs: []string{"1"}, StreamType: "text/event-stream"})
		require.NoError(t, err, name)
		assert.Panics(t, func() { _ = end(reply.Stream) }, name)
		assert.Error(t, request.Err(), name)
		if name == "Close" {
			assert.Equal(t, 1, ended, name)
		}
	}
}

func TestStream_ResponseOfAnotherTypeIsReadWithinTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, kind := range []string{"", "application/x-ndjson", "text/plain"} {
			for left, want := range map[int]error{0: nil, 10: context.DeadlineExceeded} {
				slow := roundTripper(func(r *http.Request) (*http.Response, error) {
					resp := answer(http.StatusOK, "")
					resp.Header = http.Header{"Content-Type": {kind}}
					resp.Body = &slowBody{ctx: r.Context(), left: left}
					resp.ContentLength = -1
					return resp, nil
				})
				c := newTestClient(t, "https://api.example", func(cfg *Config) {
					cfg.HTTPClient, cfg.Timeout = &http.Client{Transport: slow}, time.Second
				})
				reply, err := c.Do(t.Context(),
					Call{Operation: post, IDs: []string{"1"}, StreamType: "text/event-stream"})
				require.ErrorIs(t, err, want, kind)
				if err == nil {
					assert.Nil(t, reply.Stream)
					assert.Empty(t, reply.Body)
				} else {
					assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
				}
			}
		}
	})
}

// slowBody returns a byte each minute until its request ends.
type slowBody struct {
	ctx  context.Context
	left int
}

func (s *slowBody) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	if err := backoff.Sleep(s.ctx, time.Minute); err != nil {
		return 0, err
	}
	s.left--
	p[0] = 'x'
	return 1, nil
}

func (s *slowBody) Close() error { return nil }
