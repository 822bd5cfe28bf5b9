package transport

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// baseWait is the upper end of the first wait; each further one doubles it.
const baseWait = 500 * time.Millisecond

// retryAfterOf reads the Retry-After of a response. A date counts from the response's own Date, because the two clocks
// may differ, and from now if there is none.
func retryAfterOf(h http.Header, now time.Time) (time.Duration, bool) {
	value := h.Get("Retry-After")
	if value == "" {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return parseRetryAfter(value, now)
}

// parseRetryAfter reads a Retry-After value: whole seconds or an HTTP date. A date that has passed is no wait, a number
// too large for a Duration the longest one; anything else is not there.
func parseRetryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if isDigits(value) {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > math.MaxInt64/int64(time.Second) {
			return math.MaxInt64, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(0, date.Sub(now)), true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// jitter draws the wait before retry n (0, 1, ...): anything below 500 ms * 2^n and below limit.
func jitter(n int, limit time.Duration) time.Duration {
	top := limit
	if n < 32 {
		top = min(limit, baseWait<<n)
	}
	return rand.N(top)
}

// Sleep waits for d or the end of ctx.
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
