package transport

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/auth"
)

func TestDo_AnyLimitOfRetriesAndWaits(t *testing.T) {
	for _, retries := range []int{40, math.MaxInt} {
		n := 0
		server := roundTripper(func(*http.Request) (*http.Response, error) {
			n++
			if n > 40 {
				return answer(200, `{"id":"1"}`), nil
			}
			r := answer(429, "")
			r.Header.Set("Retry-After", "1")
			return r, nil
		})
		synctest.Test(t, func(t *testing.T) {
			c := newTestClient(t, "https://api.example", func(cfg *Config) {
				cfg.HTTPClient = &http.Client{Transport: server}
				cfg.MaxRetries, cfg.MaxRetryWait = retries, math.MaxInt64
			})
			require.NoError(t, use(t, c, post))
			assert.Equal(t, 41, n)
		})
	}
}

// waited makes one GET to a server that responds twice with 503 and the given Retry-After, and then with 200. It
// returns the time that passed.
func waited(t *testing.T, retryAfter string, change func(*Config)) (time.Duration, error) {
	n := 0
	server := roundTripper(func(*http.Request) (*http.Response, error) {
		n++
		if n > 2 {
			return answer(200, `{"id":"1"}`), nil
		}
		r := answer(503, "")
		if retryAfter != "" {
			r.Header.Set("Retry-After", retryAfter)
		}
		return r, nil
	})
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient, cfg.MaxRetryWait = &http.Client{Transport: server}, 0
		if change != nil {
			change(cfg)
		}
	})
	start := time.Now()
	err := use(t, c, get)
	return time.Since(start), err
}

func TestDo_HonoursRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took, err := waited(t, "7", nil)
		require.NoError(t, err)
		assert.Equal(t, 14*time.Second, took)
	})
}

func TestDo_HonoursRetryAfterAsDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took, err := waited(t, time.Now().Add(9*time.Second).UTC().Format(http.TimeFormat), nil)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, took, 8*time.Second)
		assert.LessOrEqual(t, took, 12*time.Second) // the date has passed the second time, so the wait is the SDK's own
	})
}

func TestDo_RetryAfterBeyondTheCapReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for value, want := range map[string]time.Duration{
			"3600": time.Hour, "31": 31 * time.Second, "99999999999999999999": math.MaxInt64,
		} {
			took, err := waited(t, value, nil)
			assert.Zero(t, took)
			assert.Equal(t, want, asFailure(t, err).RetryAfter)
			assert.Equal(t, 1, asFailure(t, err).Attempts)
		}
	})
}

func TestDo_AWaitThatOutlastsTheDeadlineReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := roundTripper(func(*http.Request) (*http.Response, error) {
			r := answer(503, "")
			r.Header.Set("Retry-After", "5")
			return r, nil
		})
		c := newTestClient(t, "https://api.example", func(cfg *Config) {
			cfg.HTTPClient, cfg.MaxRetryWait = &http.Client{Transport: server}, 0
		})
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Do(ctx, Call{Operation: get, IDs: []string{"1"}})
		assert.Zero(t, time.Since(start))
		assert.Equal(t, 5*time.Second, asFailure(t, err).RetryAfter)
		assert.NotErrorIs(t, err, context.DeadlineExceeded, "the deadline has not passed")
	})
}

func TestDo_UselessRetryAfterCausesNoStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, value := range []string{"0", "-3", "Sun, 01 Nov 1998 12:00:30 GMT", "soon"} {
			var total time.Duration
			for range 40 {
				took, err := waited(t, value, nil)
				require.NoError(t, err)
				total += took
			}
			assert.Greater(t, total/40, 300*time.Millisecond, "%q: two jittered waits take 750 ms on average", value)
		}
	})
}

func TestDo_RetryUnsafeSendsAgainAndKeepsSayingThatDeliveryIsUnknown(t *testing.T) {
	url, n := counted(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			w.WriteHeader(502)
			return
		}
		w.WriteHeader(400)
	})
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.RetryNonIdempotent = true }), post)
	assert.EqualValues(t, 2, n.Load())
	assert.ErrorIs(t, err, parley.ErrBadRequest)
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown, "the first attempt may have been acted on")
}

func TestDo_MaxRetries(t *testing.T) {
	for retries, want := range map[int]int32{-1: 1, 0: 3, 1: 2, 5: 6} {
		url, n := counted(t, status(500))
		require.Error(t, use(t, newTestClient(t, url, func(cfg *Config) { cfg.MaxRetries = retries }), get))
		assert.Equal(t, want, n.Load(), "MaxRetries %d", retries)
	}
}

// renewable is a credential whose second value the server accepts.
type renewable struct {
	auth.None
	renewals atomic.Int32
	refuse   bool
	err      error
}

func (r *renewable) Authorize(_ context.Context, req *http.Request) (string, error) {
	token := []string{"old-token", "new-token"}[min(r.renewals.Load(), 1)]
	req.Header.Set("Authorization", "Bearer "+token)
	return token, nil
}

func (r *renewable) Refresh(context.Context, string) (bool, error) {
	r.renewals.Add(1)
	return !r.refuse, r.err
}

func TestDo_UnauthorizedRenewsOnceAlsoWithoutRetries(t *testing.T) {
	url, n := counted(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Header.Get("Authorization") != "Bearer new-token" {
			w.WriteHeader(401)
			return
		}
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	source := &renewable{}
	c := newTestClient(t, url, func(cfg *Config) { cfg.Authorizer, cfg.MaxRetries = source, -1 })
	require.NoError(t, use(t, c, post))
	assert.EqualValues(t, 2, n.Load())
	assert.EqualValues(t, 1, source.renewals.Load())
}

func TestDo_UnauthorizedTwiceIsTheError(t *testing.T) {
	url, n := counted(t, status(401))
	source := &renewable{}
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.Authorizer = source }), get)
	assert.ErrorIs(t, err, parley.ErrUnauthorized)
	assert.EqualValues(t, 2, n.Load())
	assert.EqualValues(t, 1, source.renewals.Load())
}

func TestDo_RenewalThatFailsOrBringsNothingNew(t *testing.T) {
	url, n := counted(t, status(401))
	down := errors.New("token server down")
	for _, source := range []*renewable{{refuse: true}, {err: down}} {
		err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.Authorizer = source }), post)
		assert.ErrorIs(t, err, parley.ErrUnauthorized)
		assert.Equal(t, source.err != nil, errors.Is(err, down))
		assert.EqualValues(t, 1, n.Swap(0))
	}
}

// broken is a credential that always fails.
type broken struct{ auth.None }

func TestDo_RetryAfterDateCountsFromTheDateOfTheResponse(t *testing.T) {
	for _, skew := range []time.Duration{0, time.Hour, -time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			server := roundTripper(func(*http.Request) (*http.Response, error) {
				if n++; n > 1 {
					return answer(200, `{"id":"1"}`), nil
				}
				r, now := answer(429, ""), time.Now().Add(skew).UTC()
				r.Header.Set("Date", now.Format(http.TimeFormat))
				r.Header.Set("Retry-After", now.Add(30*time.Second).Format(http.TimeFormat))
				return r, nil
			})
			c := newTestClient(t, "https://api.example", func(cfg *Config) {
				cfg.HTTPClient, cfg.MaxRetryWait = &http.Client{Transport: server}, 0
			})
			start := time.Now()
			require.NoError(t, use(t, c, post))
			assert.Equal(t, 30*time.Second, time.Since(start), "a wait that is as long as MaxRetryWait is honoured")
		})
	}
}

func TestDo_FailedAfterAcceptIsNotSentAgain(t *testing.T) {
	url, n := counted(t, status(460))
	c := newTestClient(t, url, func(cfg *Config) {
		cfg.FailedAfterAccept = func(status int) bool { return status == 460 }
	})
	assert.ErrorIs(t, use(t, c, post), parley.ErrDeliveryUnknown)
	assert.EqualValues(t, 1, n.Load())
}

func TestDo_RetryHintOfTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		server := roundTripper(func(*http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return answer(503, "hint"), nil
			}
			return answer(200, `{"id":"1"}`), nil
		})
		c := newTestClient(t, "https://api.example", func(cfg *Config) {
			cfg.HTTPClient, cfg.MaxRetryWait = &http.Client{Transport: server}, 0
			cfg.RetryHint = func(body []byte) (time.Duration, bool) { return 4 * time.Second, string(body) == "hint" }
		})
		start := time.Now()
		require.NoError(t, use(t, c, post), "a refusal lets a POST go out again")
		assert.Equal(t, 4*time.Second, time.Since(start))
	})
}

func TestDo_RetryAfterExactlyAtTheCapIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for asked, want := range map[string]error{"30": nil, "31": parley.ErrRateLimited} {
			n := 0
			sender := roundTripper(func(*http.Request) (*http.Response, error) {
				if n++; n > 1 {
					return answer(200, `{"id":"1"}`), nil
				}
				refusal := answer(http.StatusTooManyRequests, "")
				refusal.Header.Set("Retry-After", asked)
				return refusal, nil
			})
			c := newTestClient(t, "https://api.example", func(cfg *Config) {
				cfg.HTTPClient, cfg.MaxRetryWait = &http.Client{Transport: sender}, 0 // 30 s
			})
			began := time.Now()
			require.ErrorIs(t, use(t, c, post), want)
			if want == nil {
				assert.Equal(t, 30*time.Second, time.Since(began))
			}
		}
	})
}
