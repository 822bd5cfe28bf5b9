package transport

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
)

// upload is a Content.
type upload struct {
	text       string
	length     int64
	replayable bool
	opened     int
	err        error
}

func (u *upload) ContentType() string { return "audio/ogg" }
func (u *upload) Length() int64       { return u.length }
func (u *upload) Replayable() bool    { return u.replayable }
func (u *upload) Err() error          { return u.err }
func (u *upload) Open(context.Context) (io.ReadCloser, error) {
	u.opened++
	if u.err != nil {
		return io.NopCloser(&failingReader{u.err}), nil
	}
	return io.NopCloser(strings.NewReader(u.text)), nil
}

type failingReader struct{ err error }

func (f *failingReader) Read([]byte) (int, error) { return 0, f.err }

func TestContent_IsSentAgainOnlyIfItCanBeRead(t *testing.T) {
	var bodies []string
	s := roundTripper(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		assert.Equal(t, "audio/ogg", r.Header.Get("Content-Type"))
		assert.EqualValues(t, 5, r.ContentLength)
		assert.Nil(t, r.GetBody)
		if bodies = append(bodies, string(body)); len(bodies) == 1 {
			return answer(http.StatusTooManyRequests, ""), nil
		}
		return answer(http.StatusOK, "{}"), nil
	})
	c := newTestClient(t, "https://api.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: s} })
	err := c.Send(t.Context(), Call{Operation: post, IDs: []string{"1"}, Content: &upload{text: "voice", length: 5, replayable: true}})
	require.NoError(t, err)
	assert.Equal(t, []string{"voice", "voice"}, bodies)

	bodies = nil
	err = c.Send(t.Context(), Call{Operation: post, IDs: []string{"1"}, Content: &upload{text: "voice", length: 5}})
	assert.ErrorIs(t, err, parley.ErrRateLimited)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown, "the server refused")
	assert.Len(t, bodies, 1)
}

func TestContent_AnUnauthorizedUploadRenewsTheCredentialForTheNextCall(t *testing.T) {
	url, n := counted(t, status(http.StatusUnauthorized))
	source := &renewable{}
	c := newTestClient(t, url, func(cfg *Config) { cfg.Authorizer = source })
	err := c.Send(t.Context(), Call{Operation: post, IDs: []string{"1"}, Content: &upload{text: "voice", length: 5}})
	assert.ErrorIs(t, err, parley.ErrUnauthorized)
	assert.EqualValues(t, 1, source.renewals.Load())
	assert.EqualValues(t, 1, n.Load(), "what cannot be read again is not sent again")
}

func TestContent_ThatEndsTheRequestIsTheError(t *testing.T) {
	url, n := counted(t, status(http.StatusOK))
	tooLarge := apierr.Invalid("Content", "is larger than 16777216 bytes")
	err := newTestClient(t, url, nil).Send(t.Context(), Call{Operation: post, IDs: []string{"1"}, Content: &upload{length: -1, err: tooLarge}})
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown, "the request was cut off")
	assert.LessOrEqual(t, n.Load(), int32(1))
}

// stuck is a Content whose reader blocks until the attempt ends.
type stuck struct{ upload }

func (s *stuck) Open(ctx context.Context) (io.ReadCloser, error) {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
	return r, nil
}

func TestContent_AReaderThatBlocksEndsWithTheAttempt(t *testing.T) {
	url, _ := counted(t, status(http.StatusOK))
	c := newTestClient(t, url, func(cfg *Config) { cfg.Timeout = 30 * time.Millisecond })
	err := c.Send(t.Context(), Call{Operation: post, IDs: []string{"1"}, Content: &stuck{upload{length: -1}}})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
}

func TestErrors_MaskTheTokenOfTheirOwnRequest(t *testing.T) {
	url, _ := counted(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "you sent "+r.Header.Get("Authorization"))
	})
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.Authorizer = &renewable{} }), get)
	assert.ErrorContains(t, err, "you sent Bearer [redacted]")
}

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
				reply, err := c.Do(t.Context(), Call{Operation: post, IDs: []string{"1"}, StreamType: "text/event-stream"})
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

// slowBody brings a byte a minute while its request lives.
type slowBody struct {
	ctx  context.Context
	left int
}

func (s *slowBody) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	if err := sleep(s.ctx, time.Minute); err != nil {
		return 0, err
	}
	s.left--
	p[0] = 'x'
	return 1, nil
}

func (s *slowBody) Close() error { return nil }

func TestDo_ARequestHandedToAConnectionAndThenInterruptedMayBeWritten(t *testing.T) {
	var n atomic.Int32
	handed := roundTripper(func(r *http.Request) (*http.Response, error) {
		n.Add(1)
		hooks := httptrace.ContextClientTrace(r.Context())
		hooks.GetConn("api.example:443")
		hooks.GotConn(httptrace.GotConnInfo{})
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient, cfg.Timeout = &http.Client{Transport: handed}, 5*time.Millisecond
	})
	assert.ErrorIs(t, use(t, c, post), parley.ErrDeliveryUnknown)
	assert.EqualValues(t, 1, n.Load())
}

func TestBudget_ServedCallsRefillIt(t *testing.T) {
	fail := true
	url, n := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		if fail {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	})
	c := newTestClient(t, url, nil)
	for c.settings.budget.take() {
	}
	fail = false
	for range 10 {
		assert.ErrorIs(t, use(t, c, get), parley.ErrNotFound, "an answer below 500 is service")
	}
	fail = true
	n.Store(0)
	for range 5 {
		require.Error(t, use(t, c, get))
	}
	assert.EqualValues(t, 15, n.Load(), "five calls had two retries each")
}
