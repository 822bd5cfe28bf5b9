package websocket

import (
	"errors"
	"time"

	"github.com/seed-127a5941/parley/internal/backoff"
)

// reconnectWait computes the waits between attempts to connect, with full jitter.
type reconnectWait struct {
	min, max time.Duration
	tries    int
}

// next returns the wait after a connection was lost, or could not be made, because of cause. If cause is a refused
// handshake whose response asks for a wait, that wait is added to the random one.
func (w *reconnectWait) next(cause error) time.Duration {
	wait := backoff.Jitter(w.tries, w.min, w.max)
	w.tries++
	if refused, ok := errors.AsType[*HandshakeError](cause); ok && refused.RetryAfter > 0 {
		wait += min(refused.RetryAfter, maxRetryAfter)
	}
	return wait
}

// maxRetryAfter keeps the sum from overflowing if a Retry-After is absurdly long.
const maxRetryAfter = 365 * 24 * time.Hour
