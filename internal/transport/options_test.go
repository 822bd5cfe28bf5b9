package transport

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestOptions_OfOneCall(t *testing.T) {
	var seen []string
	base, n := counted(t, func(w http.ResponseWriter, r *http.Request, n int) {
		seen = append(seen, strings.Join(r.Header.Values("X-Tenant"), "+"))
		w.Header().Set("X-Request-Id", "id-"+strconv.Itoa(n))
		w.WriteHeader(map[int]int{1: 503, 2: 503, 3: 200}[n])
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	c := newTestClient(t, base, func(cfg *Config) { cfg.MaxRetries = -1 })
	var got []parley.Response
	ctx := parley.WithResponse(t.Context(), func(parley.Response) { t.Error("only the innermost function is called") })
	ctx = parley.WithResponse(ctx, func(r parley.Response) { got = append(got, r) })
	ctx = parley.WithMaxRetries(parley.WithHeader(parley.WithHeader(ctx, "x-tenant", "a"), "X-Tenant", "b"), 2)
	_, err := c.Do(ctx, Call{Operation: get, IDs: []string{"1"}})
	require.NoError(t, err)
	assert.EqualValues(t, 3, n.Load())
	assert.Equal(t, []string{"a+b", "a+b", "a+b"}, seen)
	require.Len(t, got, 3)
	assert.Equal(t, []int{503, 503, 200}, []int{got[0].StatusCode, got[1].StatusCode, got[2].StatusCode})
	assert.Equal(t, 3, got[2].Attempts)
	assert.Equal(t, "id-3", got[2].RequestID)
	assert.Positive(t, got[2].Duration)
	assert.Equal(t, "id-3", got[2].Header.Get("X-Request-Id"))
}

func TestOptions_AttemptTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		c := newTestClient(t, "https://api.example",
			func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: hanging} })
		start := time.Now()
		_, err := c.Do(parley.WithAttemptTimeout(t.Context(), time.Second), Call{Operation: post, IDs: []string{"1"}})
		assert.Equal(t, time.Second, time.Since(start))
		assert.ErrorIs(t, err, parley.ErrAttemptTimeout)
		ctx, cancel := context.WithTimeout(parley.WithAttemptTimeout(t.Context(), -1), time.Hour)
		defer cancel()
		_, err = c.Do(ctx, Call{Operation: post, IDs: []string{"1"}})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotErrorIs(t, err, parley.ErrAttemptTimeout, "the end of the call's own context")
	})
}

func TestOptions_ThatCannotBeSendNothing(t *testing.T) {
	base, n := counted(t, status(200))
	c := newTestClient(t, base, func(cfg *Config) { cfg.CredentialHeaders = []string{"Agent-Secret-Key"} })
	for _, ctx := range []context.Context{
		parley.WithHeader(t.Context(), "agent-secret-key", "x"), parley.WithHeader(t.Context(), "Authorization", "x"),
		parley.WithHeader(t.Context(), "Idempotency-Key", "x"), parley.WithHeader(t.Context(), "X", "a\nb"),
		parley.WithAttemptTimeout(t.Context(), 0),
	} {
		assert.ErrorIs(t, c.Send(ctx, Call{Operation: get, IDs: []string{"1"}}), parley.ErrInvalidArgument)
	}
	assert.Zero(t, n.Load())
}

func TestOptions_HeaderIsNotSentAfterARedirect(t *testing.T) {
	base, seen := redirector(t, 302, func() string { return "/landed" })
	_, err := newTestClient(t, base, nil).Do(parley.WithHeader(t.Context(), "X-Tenant", "a"),
		Call{Operation: get, IDs: []string{"1"}})
	require.NoError(t, err)
	require.Len(t, *seen, 2)
	assert.Equal(t, "a", (*seen)[0].Get("X-Tenant"))
	assert.Empty(t, (*seen)[1].Get("X-Tenant"))
}
