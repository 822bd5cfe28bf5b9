package websocket

import (
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// backoff computes the waits between attempts to connect with full jitter: each wait is random below a bound that doubles
// from min to max.
type backoff struct {
	min, max time.Duration
	tries    int
}

// next returns the wait after a connection was lost, or not made, for cause. If cause is a refused handshake whose response
// asks for a wait, the random one is added to it.
func (b *backoff) next(cause error) time.Duration {
	bound := b.max
	if b.tries < 30 && b.min<<b.tries > 0 {
		bound = min(b.max, b.min<<b.tries)
	}
	b.tries++
	wait := rand.N(bound + 1)
	if refused, ok := errors.AsType[*HandshakeError](cause); ok && refused.RetryAfter > 0 {
		wait += min(refused.RetryAfter, maxRetryAfter)
	}
	return wait
}

// maxRetryAfter keeps a nonsensical Retry-After from overflowing.
const maxRetryAfter = 365 * 24 * time.Hour

// retryAfter returns the wait that a response asks for, in seconds or as a date, which counts from the response's own
// Date. It is zero if the response asks for none.
func retryAfter(header http.Header) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, math.MaxInt64/uint64(time.Second))) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, date.Sub(now))
}
