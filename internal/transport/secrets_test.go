package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/auth"
)

const queryKey = "fake+query/key"

// spell renders err with every verb that a log line might use, at every depth of Unwrap.
func spell(err error) string {
	text := fmt.Sprintf("%v %+v %#v %s %q %d", err, err, err, err, err, err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			text += spell(inner)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			text += spell(inner)
		}
	}
	return text
}

func assertNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{testKey, queryKey, url.QueryEscape(queryKey), "q=private"} {
		assert.NotContains(t, text, secret)
	}
}

func TestErrors_ShowNoCredentialAndNoQuery(t *testing.T) {
	var logs bytes.Buffer
	echo, _ := counted(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("X-Request-Id", "id-"+r.Header.Get("Agent-Secret-Key"))
		w.Header().Set("Location", "http://other.example/?"+r.URL.RawQuery)
		w.WriteHeader(map[string]int{"1": 400, "2": 302, "3": 500, "4": 200}[r.URL.Path[len("/things/"):]])
		_, _ = io.WriteString(w, "you sent "+r.Header.Get("Agent-Secret-Key")+" and "+r.URL.RawQuery)
	})
	cut, _ := rawServer(t, reset)
	leaky := roundTripper(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("proxy: cannot reach %s with %v", r.URL, r.Header)
	})
	config := func(cfg *Config) {
		cfg.Logger = slog.New(slog.NewJSONHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
		cfg.Hooks.OnAttempt = func(_ context.Context, a parley.Attempt) { fmt.Fprintf(&logs, "%v %s", a.Err, a.Path) }
		cfg.Secrets = []string{testKey}
	}
	clients := []*Client{
		newTestClient(t, echo, config), newTestClient(t, cut, config), newTestClient(t, "http://127.0.0.1:1", config),
		newTestClient(t, "https://api.example", func(cfg *Config) { config(cfg); cfg.HTTPClient = &http.Client{Transport: leaky} }),
	}
	for _, c := range clients {
		for _, id := range []string{"1", "2", "3", "4"} {
			for _, source := range []auth.Authorizer{nil, auth.NewQuery("apiKey", queryKey)} {
				for _, op := range []*Operation{get, post} {
					in := Call{Operation: op, IDs: []string{id}, Query: url.Values{"q": {"private"}}, Authorizer: source, Body: 1}
					_, err := Fetch(t.Context(), c, in, (*thing).complete)
					require.Error(t, err)
					assertNoSecret(t, spell(err))
					if v, ok := errors.AsType[*vendorError](err); ok {
						assertNoSecret(t, v.RequestID())
					}
				}
			}
		}
		assertNoSecret(t, fmt.Sprintf("%v %+v %#v", c, c, c))
	}
	assertNoSecret(t, logs.String())
	assert.Contains(t, logs.String(), `"operation":"test: get thing"`)
}

func TestErrors_AMaskedCauseStillMatches(t *testing.T) {
	down := errors.New("down")
	leaky := roundTripper(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("with %s: %w", r.Header.Get("Agent-Secret-Key"), down)
	})
	err := use(t, newTestClient(t, "https://api.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: leaky} }), post)
	assert.ErrorIs(t, err, down)
	assert.Equal(t, "test: send thing: with [redacted]: down: delivery unknown: the server may have acted on it"+
		" (POST /things/{id}, 1 attempt)", err.Error())
}

func TestErrors_ACauseShowsNoSecretAtAnyDepth(t *testing.T) {
	down := errors.New("down")
	for name, wrap := range map[string]func(error) error{
		"one":  func(err error) error { return &quiet{[]error{err}} },
		"deep": func(err error) error { return fmt.Errorf("proxy: %w", &quiet{[]error{down, fmt.Errorf("%w", err)}}) },
	} {
		t.Run(name, func(t *testing.T) {
			leaky := roundTripper(func(r *http.Request) (*http.Response, error) {
				return nil, wrap(fmt.Errorf("GET %s with %s: %w", r.URL, r.Header.Get("Agent-Secret-Key"), down))
			})
			c := newTestClient(t, "https://api.example", func(cfg *Config) {
				cfg.HTTPClient = &http.Client{Transport: leaky}
				cfg.Hooks.OnAttempt = func(_ context.Context, a parley.Attempt) { assertNoSecret(t, spell(a.Err)) }
			})
			err := use(t, c, get)
			assertNoSecret(t, spell(err))
			assert.ErrorIs(t, err, down)
			assert.ErrorContains(t, err, "proxy failed")
		})
	}
}

// quiet is an error that does not say what it wraps.
type quiet struct{ causes []error }

func (q *quiet) Error() string   { return "proxy failed" }
func (q *quiet) Unwrap() []error { return q.causes }

func TestErrors_ASecretThatIsPartOfAnotherHidesNoneOfIt(t *testing.T) {
	const longer = testKey + "-of-the-organization"
	url, _ := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.WriteHeader(403)
		_, _ = io.WriteString(w, "neither "+longer+" nor "+testKey)
	})
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.Secrets = []string{testKey, longer} }), get)
	assert.ErrorContains(t, err, "neither [redacted] nor [redacted] (")
}

func TestErrors_Texts(t *testing.T) {
	tests := map[string]struct {
		server func(http.ResponseWriter, *http.Request, int)
		op     *Operation
		want   string
	}{
		"HTML 502": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.WriteHeader(502)
			_, _ = io.WriteString(w, "<html>\n\tdown</html>")
		}, post, "test: send thing: 502: <html> down</html>: delivery unknown: the server may have acted on it (POST /things/{id}, 1 attempt)"},
		"empty 500": {status(500), get, "test: get thing: 500 Internal Server Error (GET /things/{id}, 3 attempts)"},
		"no reply":  {status(200), get, "test: get thing: 200 OK: undecodable reply: the body is empty (GET /things/{id}, 1 attempt)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			url, _ := counted(t, tt.server)
			assert.EqualError(t, use(t, newTestClient(t, url, nil), tt.op), tt.want)
		})
	}
}

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

func (slowRenewal) Refresh(context.Context, string) (bool, error) {
	time.Sleep(time.Minute)
	return true, nil
}

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
