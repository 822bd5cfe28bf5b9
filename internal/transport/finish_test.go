package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/lenient"
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
	t.Parallel()
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
		newTestClient(t, "https://api.example",
			func(cfg *Config) { config(cfg); cfg.HTTPClient = &http.Client{Transport: leaky} }),
	}
	for _, c := range clients {
		for _, id := range []string{"1", "2", "3", "4"} {
			for _, source := range []auth.Authorizer{nil, auth.NewQuery("apiKey", queryKey)} {
				for _, op := range []*Operation{get, post} {
					in := Call{
						Operation: op, IDs: []string{id}, Query: url.Values{"q": {"private"}}, Authorizer: source,
						Body: 1,
					}
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
	err := use(t, newTestClient(t, "https://api.example",
		func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: leaky} }), post)
	assert.ErrorIs(t, err, down)
	assert.Equal(t, "test: send thing: with [redacted]: down: delivery unknown: the server may have acted on it"+
		" (POST /things/{id}, 1 attempt)", err.Error())
	assert.Equal(t, err.Error(), fmt.Sprintf("%+v", err))
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

// quiet is an error whose text does not repeat the errors that it wraps.
type quiet struct{ causes []error }

func (q *quiet) Error() string { return "proxy failed" }

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
		}, post,
			"test: send thing: 502: <html> down</html>: delivery unknown: the server may have acted on it (POST " +
				"/things/{id}, 1 attempt)"},
		"empty 500": {status(500), get, "test: get thing: 500 Internal Server Error (GET /things/{id}, 3 attempts)"},
		"no reply": {
			status(200), get,
			"test: get thing: 200 OK: undecodable response: the body is empty (GET /things/{id}, 1 attempt)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			url, _ := counted(t, tt.server)
			assert.EqualError(t, use(t, newTestClient(t, url, nil), tt.op), tt.want)
		})
	}
}

func (slowRenewal) Refresh(context.Context, string) (bool, error) {
	time.Sleep(time.Minute)
	return true, nil
}

func TestErrors_ShowNothingThatTheUserSaid(t *testing.T) {
	const said, short = "my diagnosis is a rare one", "seven b"
	base, _ := counted(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.WriteHeader(400)
		_, _ = io.WriteString(w, "you said "+said+", "+r.URL.Query().Get("q")+" and "+short)
	})
	c := newTestClient(t, base, nil)
	for name, in := range map[string]Call{
		"body":    {Body: map[string]any{"list": []any{map[string]string{"text": said}}, "short": short}},
		"query":   {Query: url.Values{"q": {said}}},
		"form":    {Form: url.Values{"q": {said}}},
		"content": {Content: &spoken{upload{text: "x", length: 1}, []string{`{"text":"` + said + `"}`}}},
	} {
		t.Run(name, func(t *testing.T) {
			in.Operation, in.IDs = post, []string{"1"}
			err := c.Send(t.Context(), in)
			assert.NotContains(t, err.Error(), said)
			assert.ErrorContains(t, err, "you said [redacted]")
			assert.ErrorContains(t, err, short, "too short to tell anything")
		})
	}
}

// spoken is an upload with fields of text.
type spoken struct {
	upload
	texts []string
}

func (s *spoken) Texts() []string { return s.texts }

func TestFetch_ErrDecodeQuotesNothingOfTheResponse(t *testing.T) {
	for _, body := range []string{
		`{"id":["1"],"message":"your blood test is positive"}`, `{"id":"1","message":"your blood test is positive"`,
		`{"message":"your blood test is positive"}`, `{"id":4711.25}`,
	} {
		url, _ := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = io.WriteString(w, body) })
		err := use(t, newTestClient(t, url, nil), get)
		assert.ErrorIs(t, err, parley.ErrDecode)
		assert.True(t, asFailure(t, err).Undecodable)
		assert.Nil(t, asFailure(t, err).Explanation())
		for _, cause := range asFailure(t, err).Causes {
			assert.NotContains(t, cause.Error(), "blood")
			assert.NotContains(t, cause.Error(), "4711")
		}
	}
}

// signError is an error type of a user's RoundTripper.
type signError struct {
	key string
	err error
}

func (e *signError) Error() string { return "cannot sign: " + e.err.Error() }

func (e *signError) Unwrap() error { return e.err }

func TestErrors_OfTheUsersRoundTripperStayMatchableAndReadable(t *testing.T) {
	down := errors.New("down")
	for name, wrap := range map[string]func(error) error{
		"itself":      func(err error) error { return &signError{"k", err} },
		"wrapped":     func(err error) error { return fmt.Errorf("gateway: %w", &signError{"k", err}) },
		"one of many": func(err error) error { return errors.Join(io.EOF, &signError{"k", err}) },
		"with nils":   func(err error) error { return &quiet{[]error{nil, &signError{"k", err}, nil}} },
	} {
		t.Run(name, func(t *testing.T) {
			failing := roundTripper(func(*http.Request) (*http.Response, error) {
				return nil, wrap(&url.Error{Op: "Post", URL: "https://sts.example/?key=hush-hush", Err: down})
			})
			c := newTestClient(t, "https://api.example",
				func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: failing} })
			err := use(t, c, get)
			assert.ErrorIs(t, err, down)
			var own *signError
			require.ErrorAs(t, err, &own)
			assert.Equal(t, "k", own.key)
			assert.NotContains(t, spell(err), "hush-hush")
			if name != "with nils" {
				assert.ErrorContains(t, err, "cannot sign: down")
			}
		})
	}
}

func TestErrors_MaskTheTokenOfTheirOwnRequest(t *testing.T) {
	url, _ := counted(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "you sent "+r.Header.Get("Authorization"))
	})
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.Authorizer = &renewable{} }), get)
	assert.ErrorContains(t, err, "you sent Bearer [redacted]")
}

func TestFetch_UselessSuccessIsAnErrorAndNotTriedAgain(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "blank": " \n", "null": "null", "HTML": "<html>", "string": `"x"`, "array": "[]", "number": "1",
		"truncated": `{"id":"1"`, "no id": "{}", "error envelope": `{"error":{"message":"no"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			url, n := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = io.WriteString(w, body) })
			c := newTestClient(t, url, nil)
			err := use(t, c, get)
			assert.ErrorIs(t, err, parley.ErrDecode)
			assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
			assert.Equal(t, body, string(asFailure(t, err).Body))
			assert.EqualValues(t, 1, n.Swap(0))
			err = use(t, c, post)
			assert.ErrorIs(t, err, parley.ErrDecode)
			assert.ErrorIs(t, err, parley.ErrDeliveryUnknown, "the server did act")
			assert.EqualValues(t, 1, n.Load())
		})
	}
}

func TestFetch_KeepsTheReplyAsSent(t *testing.T) {
	url, _ := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		_, _ = io.WriteString(w, ` {"id":"1", "new":2} `)
	})
	c := newTestClient(t, url+"/base/", nil)
	out, err := Fetch(t.Context(), c, Call{Operation: get, IDs: []string{"1"}}, (*thing).complete)
	require.NoError(t, err)
	assert.Equal(t, ` {"id":"1", "new":2} `, string(out.Raw))
}

func TestErrors_NotSent(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	gone := newTestClient(t, "http://127.0.0.1:1", nil)
	base, _ := counted(t, status(400))
	refusing := newTestClient(t, base, nil)
	dialer, _ := flakyDialer(1, errors.New("down"))
	lost, _ := rawServer(t, reset)
	later := newTestClient(t, lost,
		func(cfg *Config) { cfg.HTTPClient, cfg.RetryNonIdempotent = &http.Client{Transport: dialer}, true })
	for name, tt := range map[string]struct {
		c       *Client
		ctx     context.Context
		op      *Operation
		in      Call
		notSent bool
	}{
		"nobody listens":     {gone, t.Context(), post, Call{}, true},
		"the same, a GET":    {gone, t.Context(), get, Call{}, true},
		"ctx ended before":   {refusing, cancelled, post, Call{}, true},
		"no key configured":  {refusing, t.Context(), post, Call{Authorizer: auth.Unset{Field: "Key"}}, false},
		"no token":           {refusing, t.Context(), post, Call{Authorizer: broken{}}, true},
		"invalid":            {refusing, t.Context(), post, Call{ArgumentErr: parley.ErrInvalidArgument}, false},
		"the vendor said no": {refusing, t.Context(), post, Call{}, false},
		"lost after a dial":  {later, t.Context(), post, Call{}, false},
	} {
		tt.in.Operation, tt.in.IDs = tt.op, []string{"1"}
		err := tt.c.Send(tt.ctx, tt.in)
		require.Error(t, err, name)
		assert.Equal(t, tt.notSent, errors.Is(err, parley.ErrNotSent), "%s: %v", name, err)
		if info, ok := parley.InfoOf(err); name != "the vendor said no" {
			assert.True(t, ok, name)
			assert.Equal(t, "test: "+tt.op.Name, info.Operation)
			assert.Equal(t, "/things/{id}", info.Path)
		}
	}
	marked := NotSent(io.EOF)
	assert.ErrorIs(t, marked, parley.ErrNotSent)
	assert.ErrorIs(t, marked, io.EOF)
}

// encoding/json quotes a number of the wrong type, which may be data of a person.
func TestFail_NoValueOfTheResponseIsQuoted(t *testing.T) {
	url, _ := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		_, _ = io.WriteString(w, `{"id":1e999}`)
	})
	var out struct {
		ID float64 `json:"id"`
	}
	_, err := Fetch(t.Context(), newTestClient(t, url, nil), Call{Operation: get, IDs: []string{"1"}},
		func(_ *json.RawMessage, body parley.Raw) error { return lenient.Unmarshal(body, &out) })
	require.ErrorIs(t, err, parley.ErrDecode)
	mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err)
	require.True(t, ok)
	assert.Equal(t, "number", mismatch.Value)
}
