// Package backoff computes and makes the waits before retries.
package backoff

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter reads the Retry-After header of a response. A date in it counts from the response's own Date, because the
// two clocks may differ. Without a Date it counts from now. RetryAfter reports false if the header is absent or cannot
// be read.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := h.Get("Retry-After")
	if value == "" {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return parseRetryAfter(value, now)
}

// parseRetryAfter reads a Retry-After value, which is a number of whole seconds or an HTTP date. A date that has passed
// means no wait, and a number too large for a Duration means the longest one. It reports false for anything else.
func parseRetryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	seconds, err := strconv.ParseUint(value, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && seconds > math.MaxInt64/uint64(time.Second):
		return math.MaxInt64, true
	case err == nil:
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(0, date.Sub(now)), true
}

// Jitter returns the wait before retry n, which counts from 0. The wait is random below a bound that doubles from first
// with each retry up to limit.
func Jitter(n int, first, limit time.Duration) time.Duration {
	bound := limit
	if n < 62 && first<<n > 0 && first<<n>>n == first {
		bound = min(limit, first<<n)
	}
	return rand.N(max(bound, 1))
}

// Sleep waits for d. It returns the error of ctx at once when ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
