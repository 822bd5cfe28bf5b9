package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/auth"
)

func TestOnAttempt_SeesEveryAttempt(t *testing.T) {
	url, _ := counted(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		w.Header().Set("X-Turn", fmt.Sprint(n))
		if n == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(503)
			return
		}
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	type key struct{}
	var seen []parley.Attempt
	c := newTestClient(t, url, func(cfg *Config) {
		cfg.Hooks.OnAttempt = func(ctx context.Context, a parley.Attempt) {
			assert.Equal(t, "mine", ctx.Value(key{}))
			seen = append(seen, a)
		}
	})
	_, err := c.Do(context.WithValue(t.Context(), key{}, "mine"), Call{Operation: post, IDs: []string{"1"}, Body: 1})
	require.NoError(t, err)
	require.Len(t, seen, 2)
	assert.Equal(t, []int{503, 200}, []int{seen[0].StatusCode, seen[1].StatusCode})
	assert.Equal(t, []int{1, 2}, []int{seen[0].Number, seen[1].Number})
	assert.Equal(t, "test: send thing", seen[0].Operation)
	assert.Equal(t, "/things/{id}", seen[0].Path)
	assert.Equal(t, "2", seen[1].Header.Get("X-Turn"))
	assert.LessOrEqual(t, seen[0].Wait, time.Millisecond)
	assert.Zero(t, seen[1].Wait)
	assert.NoError(t, seen[1].Err)
	assert.Positive(t, seen[1].Duration)
}

func TestOnAttempt_DurationIsWithoutTheRenewalThatFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []time.Duration
		c := newTestClient(t, "https://api.example", func(cfg *Config) {
			cfg.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return answer(401, ""), nil
			})}
			cfg.Authorizer = slowRenewal{}
			cfg.Hooks.OnAttempt = func(_ context.Context, a parley.Attempt) { seen = append(seen, a.Duration) }
		})
		require.Error(t, use(t, c, get))
		assert.Equal(t, []time.Duration{time.Second, time.Second}, seen)
	})
}

type slowRenewal struct{ auth.None }

func TestOnAttempt_ErrorOfAnAttemptWithoutAnswer(t *testing.T) {
	var seen []parley.Attempt
	url, _ := rawServer(t, reset)
	c := newTestClient(t, url, func(cfg *Config) {
		cfg.Hooks.OnAttempt = func(_ context.Context, a parley.Attempt) { seen = append(seen, a) }
	})
	require.Error(t, use(t, c, get))
	require.Len(t, seen, 3)
	for _, a := range seen {
		assert.Error(t, a.Err)
		assert.Zero(t, a.StatusCode)
		assert.Nil(t, a.Header)
	}
}

// callLog is an OnCall that keeps its arguments.
type callLog struct {
	calls   []parley.Call
	results []parley.CallResult
	order   []string
}

type spanKey struct{}

func (l *callLog) hooks() parley.Hooks {
	return parley.Hooks{
		OnCall: func(ctx context.Context, c parley.Call) (context.Context, func(parley.CallResult)) {
			l.calls = append(l.calls, c)
			l.order = append(l.order, "call")
			return context.WithValue(ctx, spanKey{}, "span"), func(r parley.CallResult) {
				l.results = append(l.results, r)
				l.order = append(l.order, "end")
			}
		},
		OnAttempt: func(context.Context, parley.Attempt) { l.order = append(l.order, "attempt") },
	}
}

func TestOnCall_IsToldOfTheWholeCall(t *testing.T) {
	base, _ := counted(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			w.WriteHeader(500)
			return
		}
		_, _ = io.WriteString(w, map[int]string{2: `{"id":"1"}`, 3: `{}`}[n])
	})
	var log callLog
	c := newTestClient(t, base, func(cfg *Config) { cfg.Hooks = log.hooks() })
	require.NoError(t, use(t, c, get))
	err := use(t, c, get)
	require.ErrorIs(t, err, parley.ErrDecode)
	assert.Equal(t, []string{"call", "attempt", "attempt", "end", "call", "attempt", "end"}, log.order)
	assert.Equal(t, parley.Call{
		Vendor: "test", Operation: "test: get thing", Method: "GET", Path: "/things/{id}", Idempotent: true,
		Server: strings.Split(strings.TrimPrefix(base, "http://"), "/")[0],
	}, log.calls[0])
	first := log.results[0]
	assert.Equal(t, []any{200, 2, int64(10)}, []any{first.StatusCode, first.Attempts, first.Bytes})
	assert.NoError(t, first.Err)
	assert.Positive(t, first.FirstByte)
	assert.GreaterOrEqual(t, first.Duration, first.FirstByte)
	assert.Less(t, first.Duration, time.Hour)
	assert.Equal(t, err, log.results[1].Err, "the error that the caller gets")
}

func TestOnCall_ContextIsThatOfTheRequests(t *testing.T) {
	var span any
	s := roundTripper(func(r *http.Request) (*http.Response, error) {
		span = r.Context().Value(spanKey{})
		return answer(200, `{"id":"1"}`), nil
	})
	var log callLog
	c := newTestClient(t, "https://api.example",
		func(cfg *Config) { cfg.HTTPClient, cfg.Hooks = &http.Client{Transport: s}, log.hooks() })
	require.NoError(t, use(t, c, get))
	assert.Equal(t, "span", span)
	nothing := parley.Hooks{
		OnCall: func(context.Context, parley.Call) (context.Context, func(parley.CallResult)) { return nil, nil },
	}
	c = newTestClient(t, "https://api.example",
		func(cfg *Config) { cfg.HTTPClient, cfg.Hooks = &http.Client{Transport: s}, nothing })
	require.NoError(t, use(t, c, get))
}

func TestOnCall_OfAStreamEndsWithIt(t *testing.T) {
	var cut bool
	s := roundTripper(func(*http.Request) (*http.Response, error) {
		r := answer(200, "0123456789")
		r.Header.Set("Content-Type", "text/event-stream")
		if cut {
			r.Body = io.NopCloser(io.MultiReader(newReader("01234"), &failingReader{io.ErrUnexpectedEOF}))
		}
		return r, nil
	})
	var log callLog
	var logs bytes.Buffer
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient, cfg.Hooks = &http.Client{Transport: s}, log.hooks()
		cfg.Logger = slog.New(slog.NewTextHandler(&logs, nil))
	})
	for _, cut = range []bool{false, true} {
		log, logs = callLog{}, bytes.Buffer{}
		resp, err := c.Do(t.Context(), Call{Operation: post, IDs: []string{"1"}, StreamType: "text/event-stream"})
		require.NoError(t, err)
		assert.True(t, log.calls[0].Stream)
		assert.Empty(t, log.results)
		_, err = io.ReadAll(resp.Stream)
		require.NoError(t, resp.Stream.Close())
		require.NoError(t, resp.Stream.Close())
		require.Len(t, log.results, 1, "exactly once")
		assert.Equal(t, err, log.results[0].Err)
		assert.Equal(t, cut,
			strings.Contains(logs.String(), "level=WARN msg=\"stream failed\" operation=\"test: send thing\""))
		assert.EqualValues(t, map[bool]int{false: 10, true: 5}[cut], log.results[0].Bytes)
	}
	cut = false
	resp, err := c.Do(t.Context(), Call{Operation: post, IDs: []string{"1"}, StreamType: "text/event-stream"})
	require.NoError(t, err)
	failure := resp.Fail(parley.ErrTruncated)
	require.NoError(t, resp.Stream.Close())
	assert.Equal(t, failure, log.results[len(log.results)-1].Err)
}

func TestWrapTransport_WrapsWhatTheClientSendsWith(t *testing.T) {
	base, _ := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	var wrapped http.RoundTripper
	wrappings, sent := 0, 0
	wrap := func(inner http.RoundTripper) http.RoundTripper {
		wrapped = inner
		wrappings++
		return roundTripper(func(r *http.Request) (*http.Response, error) { sent++; return inner.RoundTrip(r) })
	}
	c := newTestClient(t, base, func(cfg *Config) { cfg.HTTPClient, cfg.Hooks.WrapTransport = nil, wrap })
	t.Cleanup(sharedPool().CloseIdleConnections)
	require.NoError(t, use(t, c, post))
	assert.Same(t, sharedPool(), wrapped, "the SDK's pool stays in use")
	assert.Equal(t, []int{1, 1}, []int{wrappings, sent})
	c = newTestClient(t, base, func(cfg *Config) {
		cfg.Hooks.WrapTransport = func(http.RoundTripper) http.RoundTripper { return nil }
	})
	require.NoError(t, use(t, c, post))
}

func TestLogger_LevelsOfAttempts(t *testing.T) {
	for status, want := range map[int]string{
		200: "DEBUG", 400: "DEBUG", 404: "DEBUG", 429: "WARN", 500: "WARN", 503: "WARN", 0: "WARN",
	} {
		sender := roundTripper(func(*http.Request) (*http.Response, error) {
			if status == 0 {
				return nil, io.ErrUnexpectedEOF
			}
			return answer(status, `{"id":"1"}`), nil
		})
		var log bytes.Buffer
		c := newTestClient(t, "https://api.example", func(cfg *Config) {
			cfg.HTTPClient, cfg.MaxRetries = &http.Client{Transport: sender}, -1
			cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		_ = use(t, c, get)
		assert.Contains(t, log.String(), "level="+want+" ", "status %d", status)
		assert.Equal(t, 1, strings.Count(log.String(), "level="))
	}
}

func TestWithResponse_DurationIsThatOfTheCall(t *testing.T) {
	url, _ := counted(t, status(200))
	var got []time.Duration
	ctx := parley.WithResponse(t.Context(), func(r parley.Response) { got = append(got, r.Duration) })
	_, err := newTestClient(t, url, nil).Do(ctx, Call{Operation: get, IDs: []string{"1"}})
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Positive(t, got[0])
	assert.Less(t, got[0], time.Hour)
}
