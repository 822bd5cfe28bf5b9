package chat

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/seed-127a5941/parley"
)

// waits are the growing waits of a series of looks.
type waits struct {
	interval time.Duration
	n        int
}

// maxGrowth bounds a wait, in multiples of PollInterval.
const maxGrowth = 8

func (c *Conversation) waits() *waits { return &waits{interval: c.opts.PollInterval} }

// first reports whether no wait was made yet.
func (w *waits) first() bool { return w.n == 0 }

// reset begins a new series.
func (w *waits) reset() { w.n = 0 }

// next returns the next wait: half as much again each time, to eight intervals, less up to a fifth at random, so that
// many conversations do not look in step.
func (w *waits) next() time.Duration {
	wait, limit := w.interval, maxGrowth*w.interval
	for range w.n {
		if wait = min(wait+wait/2, limit); wait == limit {
			break
		}
	}
	w.n++
	return wait - rand.N(wait/5+1)
}

// after returns the next wait, which is at least the one that the vendor asks for in err.
func (w *waits) after(err error) time.Duration {
	info, _ := parley.InfoOf(err)
	return max(w.next(), min(info.RetryAfter, maxAsked))
}

// maxAsked bounds a wait that the vendor asks for.
const maxAsked = 5 * time.Minute

// sleep waits after err for the next look or until ctx ends, whose cause it returns. If something is decided in left,
// it does not wait longer than that.
func (w *waits) sleep(ctx context.Context, left time.Duration, err error) error {
	wait := w.after(err)
	if left > 0 {
		wait = min(wait, left)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
