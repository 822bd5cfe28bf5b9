package transport

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
)

func TestDo_Form(t *testing.T) {
	var body, kind string
	base, _ := counted(t, status(200))
	s := roundTripper(func(r *http.Request) (*http.Response, error) {
		raw, _ := io.ReadAll(r.Body)
		body, kind = string(raw), r.Header.Get("Content-Type")
		return answer(200, "{}"), nil
	})
	c := newTestClient(t, base, func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: s} })
	require.NoError(t,
		c.Send(t.Context(), Call{Operation: post, IDs: []string{"1"}, Form: url.Values{"a": {"b c"}, "d": {"&"}}}))
	assert.Equal(t, "a=b+c&d=%26", body)
	assert.Equal(t, "application/x-www-form-urlencoded", kind)
}

func TestDo_RefusesBadArgumentsBeforeAnythingIsSent(t *testing.T) {
	base, n := counted(t, status(200))
	c := newTestClient(t, base, nil)
	for want, in := range map[string]Call{
		"test: get thing: invalid argument: id must not be empty":                               {IDs: []string{""}},
		`test: get thing: invalid argument: id must not be "..", which is not one path segment`: {IDs: []string{".."}},
		"test: get thing: invalid argument: title must not be empty": {
			IDs: []string{"1"}, ArgumentErr: apierr.Required("title"),
		},
		"test: get thing: invalid argument: header X-Y holds a control character, which a header cannot carry (GET " +
			"/things/{id}, 0 attempts)": {
			IDs: []string{"1"}, Header: http.Header{"X-Y": {"a\nb"}}},
		"test: get thing: invalid argument: OrganizationKey is not set in Config, and this operation needs it (GET " +
			"/things/{id}, 0 attempts)": {
			IDs: []string{"1"}, Authorizer: auth.Unset{Field: "OrganizationKey"}},
	} {
		in.Operation = get
		_, err := c.Do(t.Context(), in)
		assert.EqualError(t, err, want)
		assert.ErrorIs(t, err, parley.ErrInvalidArgument)
		assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
	}
	_, err := c.Do(t.Context(), Call{Operation: post, IDs: []string{""}, Body: "a body that is valid"})
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
	_, err = c.Do(t.Context(), Call{Operation: post, IDs: []string{"1"}, Body: map[string]any{"x": func() {}}})
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.Zero(t, n.Load())
}

func TestDo_WhatGoesOnTheWire(t *testing.T) {
	var got *http.Request
	base, _ := counted(t, func(_ http.ResponseWriter, r *http.Request, _ int) { got = r })
	c := newTestClient(t, base+"/pre%2Ffix/v9/", func(cfg *Config) { cfg.UserAgent = "shop/1.2" })
	_, err := c.Do(t.Context(), Call{
		Operation: post, IDs: []string{"a/b?x=1%2e%2e ü"}, Query: url.Values{"q": {"a b"}},
		Accept: "text/event-stream",
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

func TestDo_ParamsAreNotChanged(t *testing.T) {
	base, _ := counted(t, status(500))
	header, query := http.Header{"Os": {"linux"}}, url.Values{"q": {"1"}}
	_, err := newTestClient(t, base, nil).Do(t.Context(),
		Call{Operation: get, IDs: []string{"1"}, Header: header, Query: query})
	require.Error(t, err)
	assert.Equal(t, http.Header{"Os": {"linux"}}, header)
	assert.Equal(t, url.Values{"q": {"1"}}, query)
}

// Of 60 s, an attempt that hangs gets 30 s, the next one 15 s, and so on, so that a later one can still succeed.
func TestDo_HalveTimeLeftLeavesTimeForAnotherAttempt(t *testing.T) {
	const s = time.Second
	for timeout, want := range map[time.Duration][]time.Duration{
		-1: {0, 30 * s, 45 * s}, time.Minute: {0, 30 * s, 45 * s}, 20 * s: {0, 20 * s, 40 * s},
	} {
		synctest.Test(t, func(t *testing.T) {
			var began []time.Duration
			start := time.Now()
			c := newTestClient(t, "https://api.example", func(cfg *Config) {
				cfg.Timeout = timeout
				cfg.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					began = append(began, time.Since(start).Round(time.Second))
					<-r.Context().Done()
					return nil, r.Context().Err()
				})}
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := c.Do(ctx, Call{Operation: get, IDs: []string{"1"}, HalveTimeLeft: true})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, want, began)
		})
	}
}
