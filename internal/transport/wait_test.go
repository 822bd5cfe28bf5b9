package transport

import (
	"context"
	"io"
	"log"
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		value string
		want  time.Duration
		ok    bool
	}{
		{"0", 0, true}, {"1", time.Second, true}, {" 120 ", 2 * time.Minute, true}, {"3600", time.Hour, true},
		{"Sun, 01 Nov 2026 12:00:30 GMT", 30 * time.Second, true},
		{"Sun, 01 Nov 2026 11:00:00 GMT", 0, true},
		{"9223372036", 9223372036 * time.Second, true},
		{"9223372037", math.MaxInt64, true},
		{"99999999999999999999999", math.MaxInt64, true},
		{"", 0, false}, {"-1", 0, false}, {"1.5", 0, false}, {"+5", 0, false}, {"soon", 0, false}, {"1e3", 0, false},
		{"0x10", 0, false}, {"٣", 0, false},
	}
	for _, tt := range tests {
		got, ok := parseRetryAfter(tt.value, now)
		assert.Equal(t, tt.ok, ok, tt.value)
		assert.Equal(t, tt.want, got, tt.value)
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, s := range []string{"0", "3600", "-5", "99999999999999999999", "Sun, 01 Nov 2026 12:00:30 GMT", "1 2", "\x00"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		wait, ok := parseRetryAfter(value, now)
		if wait < 0 || !ok && wait != 0 {
			t.Fatalf("%q: %v, %v", value, wait, ok)
		}
	})
}

func TestJitter_FullAndCapped(t *testing.T) {
	for n := range 100 {
		top := time.Duration(min(float64(30*time.Second), float64(baseWait)*math.Pow(2, float64(n))))
		var low, high bool
		for range 200 {
			wait := jitter(n, 30*time.Second)
			require.LessOrEqual(t, wait, top)
			require.GreaterOrEqual(t, wait, time.Duration(0))
			low, high = low || wait < top/2, high || wait > top/2
		}
		assert.True(t, low && high, "retry %d does not spread over its whole range", n)
	}
}

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

// waited runs one GET against a server that answers 503 with the given Retry-After twice, then 200, and returns the time
// that passed.
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
		assert.LessOrEqual(t, took, 12*time.Second) // the second time it has passed: a wait of our own
	})
}

func TestDo_RetryAfterBeyondTheCapReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for value, want := range map[string]time.Duration{"3600": time.Hour, "31": 31 * time.Second, "99999999999999999999": math.MaxInt64} {
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

func TestBudget_StopsAStormOnADeadServer(t *testing.T) {
	url, n := counted(t, status(500))
	c := newTestClient(t, url, nil)
	var spent int
	for range 400 {
		if err := use(t, c, get); assert.Error(t, err) && asFailure(t, err).Attempts == 1 {
			assert.ErrorContains(t, err, "retry budget spent")
			spent++
		}
	}
	assert.LessOrEqual(t, n.Load(), int32(600))
	assert.Positive(t, spent)
}

func TestBudget_AQuietClientAlwaysHasItsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(2)
		for b.take() {
		}
		for range 20 {
			time.Sleep(2 * time.Second) // fake time: the calls of a quiet client
			assert.True(t, b.take())
			assert.True(t, b.take())
		}
		assert.False(t, b.take())
		b.refund()
		assert.True(t, b.take(), "a served call gives one back")
	})
}

func TestBudget_HoldsAllRetriesOfOneCall(t *testing.T) {
	url, n := counted(t, status(500))
	c := newTestClient(t, url, func(cfg *Config) { cfg.MaxRetries = 200 })
	assert.ErrorIs(t, use(t, c, get), parley.ErrServer)
	assert.EqualValues(t, 201, n.Load())
}
