package transport

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
)

func TestNew_RefusesABadConfig(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg   Config
		field string
	}{
		"no base URL":  {Config{}, "BaseURL"},
		"relative":     {Config{BaseURL: "/external"}, "BaseURL"},
		"no host":      {Config{BaseURL: "https://"}, "BaseURL"},
		"opaque":       {Config{BaseURL: "https:api.example"}, "BaseURL"},
		"in clear":     {Config{BaseURL: "http://api.example"}, "BaseURL"},
		"other scheme": {Config{BaseURL: "ftp://api.example"}, "BaseURL"},
		"WebSocket":    {Config{BaseURL: "wss://api.example"}, "BaseURL"},
		"ws loopback":  {Config{BaseURL: "ws://127.0.0.1"}, "BaseURL"},
		"port":         {Config{BaseURL: "https://api.example:65536"}, "BaseURL"},
		"query":        {Config{BaseURL: "https://api.example?key=1"}, "BaseURL"},
		"empty query":  {Config{BaseURL: "https://api.example?"}, "BaseURL"},
		"fragment":     {Config{BaseURL: "https://api.example#x"}, "BaseURL"},
		"user info":    {Config{BaseURL: "https://user:hush@api.example"}, "BaseURL"},
		"not a URL":    {Config{BaseURL: "https://user:hush@%zz"}, "BaseURL"},
		"agent":        {Config{BaseURL: "https://api.example", UserAgent: "a\r\nX: y"}, "UserAgent"},
		"wait":         {Config{BaseURL: "https://api.example", MaxRetryWait: -1}, "MaxRetryWait"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(tt.cfg)
			assert.ErrorIs(t, err, parley.ErrInvalidArgument)
			assert.ErrorContains(t, err, tt.field)
			assert.NotContains(t, err.Error(), "hush")
		})
	}
	for _, base := range []string{"https://api.example/v2", "http://localhost:80", "http://127.0.0.9", "http://[::1]:1/x"} {
		_, err := New(Config{BaseURL: base})
		assert.NoError(t, err, base)
	}
	_, err := New(Config{BaseURL: "http://api.example", AllowInsecureHTTP: true})
	assert.NoError(t, err)
}

func TestDo_RefusesBadArgumentsBeforeAnythingIsSent(t *testing.T) {
	base, n := counted(t, status(200))
	c := newTestClient(t, base, nil)
	for want, in := range map[string]Call{
		"test: get thing: invalid argument: id must not be empty":                               {IDs: []string{""}},
		`test: get thing: invalid argument: id must not be "..", which is not one path segment`: {IDs: []string{".."}},
		"test: get thing: invalid argument: title must not be empty":                            {IDs: []string{"1"}, ArgumentErr: apierr.Required("title")},
		"test: get thing: invalid argument: header X-Y holds a control character, which a header cannot carry (GET /things/{id}, 0 attempts)": {
			IDs: []string{"1"}, Header: http.Header{"X-Y": {"a\nb"}}},
		"test: get thing: invalid argument: OrganizationKey is not set in Config, and this operation needs it (GET /things/{id}, 0 attempts)": {
			IDs: []string{"1"}, Authorizer: auth.Unset{Field: "OrganizationKey"}},
	} {
		in.Operation = get
		_, err := c.Do(t.Context(), in)
		assert.EqualError(t, err, want)
		assert.ErrorIs(t, err, parley.ErrInvalidArgument)
		assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
	}
	_, err := c.Do(t.Context(), Call{Operation: post, IDs: []string{"1"}, Body: map[string]any{"x": func() {}}})
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.Zero(t, n.Load())
}

func TestDo_WhatGoesOnTheWire(t *testing.T) {
	var got *http.Request
	base, _ := counted(t, func(_ http.ResponseWriter, r *http.Request, _ int) { got = r })
	c := newTestClient(t, base+"/pre%2Ffix/v9/", func(cfg *Config) { cfg.UserAgent = "shop/1.2" })
	_, err := c.Do(t.Context(), Call{
		Operation: post, IDs: []string{"a/b?x=1%2e%2e ü"}, Query: url.Values{"q": {"a b"}}, Accept: "text/event-stream",
		Header: http.Header{"Os": {"linux"}},
	})
	require.NoError(t, err)
	assert.Equal(t, "/pre%2Ffix/v9/things/a%2Fb%3Fx=1%252e%252e%20%C3%BC", got.URL.EscapedPath())
	assert.Equal(t, "q=a+b", got.URL.RawQuery)
	assert.Equal(t, testKey, got.Header.Get("Agent-Secret-Key"))
	assert.Equal(t, "text/event-stream", got.Header.Get("Accept"))
	assert.Equal(t, "linux", got.Header.Get("Os"))
	assert.Equal(t, "shop/1.2 parley/"+Version, got.Header.Get("User-Agent"))
}

func TestVersion_IsThatOfTheChangelog(t *testing.T) {
	changelog, err := os.ReadFile("../../CHANGELOG.md")
	require.NoError(t, err)
	_, latest, _ := strings.Cut(string(changelog), "\n## v")
	assert.True(t, strings.HasPrefix(latest, Version+" "), "CHANGELOG.md begins with another version than %s", Version)
}

func TestWith_SharesEverythingButTheCredential(t *testing.T) {
	var keys []string
	base, _ := counted(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		keys = append(keys, r.Header.Get("Agent-Secret-Key"))
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	c := newTestClient(t, base, nil)
	require.NoError(t, use(t, c, get))
	require.NoError(t, use(t, c.With(auth.NewHeader("Agent-Secret-Key", "", "other")), get))
	assert.Equal(t, []string{testKey, "other"}, keys)
}

// closable notices when somebody empties the user's pool.
type closable struct {
	http.RoundTripper
	closed atomic.Bool
}

func (c *closable) CloseIdleConnections() { c.closed.Store(true) }

func TestDo_LeavesTheUsersClientAlone(t *testing.T) {
	base, _ := counted(t, status(500))
	pool := &http.Transport{DisableKeepAlives: true}
	user := &http.Client{Transport: &closable{RoundTripper: pool}, CheckRedirect: func(*http.Request, []*http.Request) error { panic("not asked") }}
	before := *user
	require.Error(t, use(t, newTestClient(t, base, func(cfg *Config) { cfg.HTTPClient = user }), get))
	assert.False(t, user.Transport.(*closable).closed.Load(), "CloseIdleConnections was called")
	assert.Equal(t, before.Transport, user.Transport)
	assert.NotNil(t, user.CheckRedirect)
}

func TestDo_ParamsAreNotChanged(t *testing.T) {
	base, _ := counted(t, status(500))
	header, query := http.Header{"Os": {"linux"}}, url.Values{"q": {"1"}}
	_, err := newTestClient(t, base, nil).Do(t.Context(), Call{Operation: get, IDs: []string{"1"}, Header: header, Query: query})
	require.Error(t, err)
	assert.Equal(t, http.Header{"Os": {"linux"}}, header)
	assert.Equal(t, url.Values{"q": {"1"}}, query)
}

func TestSharedPool_SixtyFourSendersOpenFewConnections(t *testing.T) {
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}))
	s.Config.ConnState = countNew(&opened)
	s.Start()
	t.Cleanup(s.Close)
	t.Cleanup(sharedPool().CloseIdleConnections)
	c := newTestClient(t, s.URL, func(cfg *Config) { cfg.HTTPClient = nil })
	var senders sync.WaitGroup
	for range 64 {
		senders.Go(func() {
			for range 30 {
				assert.NoError(t, use(t, c, post))
			}
		})
	}
	senders.Wait()
	assert.LessOrEqual(t, opened.Load(), int32(96))
}

func TestSharedPool_IsOneForAllClients(t *testing.T) {
	a := attemptClient(nil).Transport.(*hop)
	b := attemptClient(nil).Transport.(*hop)
	assert.Same(t, a.base, b.base)
	assert.Same(t, http.DefaultTransport, attemptClient(&http.Client{}).Transport.(*hop).base)
}

func TestDo_ConcurrentUse(t *testing.T) {
	base, _ := counted(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n%3 == 0 {
			w.WriteHeader(503)
			return
		}
		_, _ = io.WriteString(w, `{"id":"`+strings.TrimPrefix(r.URL.Path, "/things/")+`"}`)
	})
	c := newTestClient(t, base, nil)
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			for range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				_, _ = c.Do(ctx, Call{Operation: get, IDs: []string{"7"}})
				cancel()
			}
		})
	}
	callers.Wait()
}
