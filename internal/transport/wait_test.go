package transport

import (
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
