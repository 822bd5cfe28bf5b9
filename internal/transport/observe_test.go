package transport

import (
	"context"
	"fmt"
	"io"
	"net/http"
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
