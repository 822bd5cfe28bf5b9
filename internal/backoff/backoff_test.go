package backoff

import (
	"context"
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
	for _, s := range []string{
		"0", "3600", "-5", "99999999999999999999", "Sun, 01 Nov 2026 12:00:30 GMT", "1 2", "\x00",
	} {
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

func TestRetryAfter_CountsFromTheDateOfTheResponse(t *testing.T) {
	const at = "Sun, 01 Nov 2026 12:00:30 GMT"
	now := time.Date(2026, 11, 1, 13, 0, 0, 0, time.UTC)
	for date, want := range map[string]time.Duration{
		"Sun, 01 Nov 2026 12:00:00 GMT": 30 * time.Second, "": 0, "yesterday": 0,
	} {
		got, ok := RetryAfter(http.Header{"Retry-After": {at}, "Date": {date}}, now)
		assert.True(t, ok)
		assert.Equal(t, want, got, date)
	}
	_, ok := RetryAfter(http.Header{}, now)
	assert.False(t, ok)
}

func TestJitter_SmallAndHugeBounds(t *testing.T) {
	for n := range 100 {
		assert.Zero(t, Jitter(n, 0, 0))
		assert.Zero(t, Jitter(n, 1, 1))
		assert.Less(t, Jitter(n, math.MaxInt64/2, math.MaxInt64), time.Duration(math.MaxInt64))
	}
}

// A bound that no Duration holds is above the limit, although the bits that are left of it are a small number.
func TestJitter_ABoundThatOverflowsIsTheLimit(t *testing.T) {
	const first, rest = 1<<40 + 1, time.Duration(1 << 30) // first<<30 without the bits above the 64th is rest
	longest := time.Duration(0)
	for range 100 {
		longest = max(longest, Jitter(30, first, time.Hour))
	}
	assert.Greater(t, longest, rest)
}

// Whether ctx has ended counts also if there is no time to wait.
func TestSleep_OfNoTimeAfterTheEndOfCtx(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		require.ErrorIs(t, Sleep(ctx, 0), context.Canceled)
	}
}

func TestSleep_EndsWithCtx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		require.NoError(t, Sleep(ctx, 300*time.Millisecond))
		assert.Equal(t, 300*time.Millisecond, time.Since(start))
		require.NoError(t, Sleep(ctx, 0))
		require.ErrorIs(t, Sleep(ctx, time.Hour), context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
		require.ErrorIs(t, Sleep(ctx, 0), context.DeadlineExceeded)
	})
}

func TestJitter_FullAndCapped(t *testing.T) {
	for n := range 100 {
		top := time.Duration(min(float64(30*time.Second), float64(500*time.Millisecond)*math.Pow(2, float64(n))))
		var low, high bool
		for range 200 {
			wait := Jitter(n, 500*time.Millisecond, 30*time.Second)
			require.LessOrEqual(t, wait, top)
			require.GreaterOrEqual(t, wait, time.Duration(0))
			low, high = low || wait < top/2, high || wait > top/2
		}
		assert.True(t, low && high, "retry %d does not spread over its whole range", n)
	}
}
