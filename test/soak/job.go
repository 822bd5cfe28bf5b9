package soak

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"
)

// job is one action of a worker: one call, or several calls that belong together.
type job struct {
	soak   *soak
	vendor string
	route  *route
	random *rand.Rand

	done int   // the calls that were done
	last error // of the last call
}

// call describes a recorded call.
type call struct {
	kind       string
	idempotent bool
	silent     bool // the same as in Entry
	message    bool // a WebSocket message and not an HTTP call
	aside      bool // counted as neither
	patient    bool // the client lets it wait until its context ends
	waits      bool // the caller waits for the whole answer to a WebSocket message
	do         func(ctx context.Context, id string) (wrong string, err error)
	outcome    func(error) Outcome // nil means OutcomeOf
}

// run makes the call, records it and returns its error.
func (j *job) run(c call) error {
	s, fault := j.soak, j.route.fault
	if s.options.plant != nil {
		c = s.options.plant(s, c)
	}
	id := newID(s.options.Seed, s.serial.Add(1))
	s.count(c)
	s.ledger.Begin(Entry{
		ID: id, Vendor: j.vendor, Kind: c.kind, Fault: fault.name, Idempotent: c.idempotent, Silent: c.silent,
		Waits:  c.waits,
		Unsafe: fault.unsafe && !c.message && !s.options.careless,
	})
	over := s.dog.begin(fmt.Sprintf("%s %s %s through %q", j.vendor, c.kind, id, fault.name))
	defer over()
	ctx, cancel := end(j.random, fault, c.message || c.patient)
	defer cancel()
	left := watch(ctx)
	wrong, err := c.do(ctx, id)
	result := Entry{
		Outcome: OutcomeOf(err), Err: err, Wrong: wrong, Left: ctx.Err() != nil, Late: left() > s.options.grace,
	}
	if c.outcome != nil {
		result.Outcome = c.outcome(err)
	}
	s.ledger.End(id, result)
	if j.last = err; result.Outcome == Done && !c.aside {
		j.done++
	}
	return err
}

// watch returns a func that tells how long ago ctx has ended. It must be called when the call has.
func watch(ctx context.Context) func() time.Duration {
	var ended atomic.Int64
	stop := context.AfterFunc(ctx, func() { ended.Store(time.Now().UnixNano()) })
	return func() time.Duration {
		stop()
		if at := ended.Load(); at > 0 {
			return time.Since(time.Unix(0, at))
		}
		return 0
	}
}

// fork returns a source of randomness for another goroutine.
func (j *job) fork() *rand.Rand { return rand.New(rand.NewPCG(j.random.Uint64(), j.random.Uint64())) }

// answerTo returns the fakes' answer to a message. It is long enough to be cut in its middle, and different for each
// message.
func answerTo(id string) string {
	var b strings.Builder
	b.WriteString("answer to " + id)
	for n := range 10 + hash(id)%40 {
		fmt.Fprintf(&b, " word-%d", n)
	}
	return b.String() + " end"
}

func hash(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return h.Sum32()
}

// compare describes the difference between an answer and the expected one. It returns "" if they are equal.
func compare(got, want string) string {
	switch {
	case got == want:
		return ""
	case strings.HasPrefix(want, got):
		return fmt.Sprintf("the answer was cut after %d of %d bytes", len(got), len(want))
	}
	return fmt.Sprintf("it is another answer, of %d bytes", len(got))
}

// tally counts calls and messages and compares the counts with their bounds.
type tally struct {
	serial          atomic.Int64 // for ids
	calls, messages atomic.Int64
}

func (t *tally) count(c call) {
	switch {
	case c.message:
		t.messages.Add(1)
	case !c.aside:
		t.calls.Add(1)
	}
}
