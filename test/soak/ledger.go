package soak

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"

	"github.com/seed-127a5941/parley/raia"
)

// Outcome is the result that a call returned to its caller.
type Outcome int

// These are the outcomes.
const (
	Pending Outcome = iota // the call has not ended
	Done                   // done, without an error and with a whole answer
	Unknown                // the error matches ErrDeliveryUnknown, so it may have been done
	Refused                // any other error, so it was not done
	Written                // a frame was written without waiting for its answer
)

// String returns the outcome as the report prints it.
func (o Outcome) String() string {
	return [...]string{"pending", "done", "unknown", "refused", "written"}[o]
}

// OutcomeOf returns the outcome for an error. ErrDeliveryUnknown is the same value in all four vendor packages.
func OutcomeOf(err error) Outcome {
	switch {
	case err == nil:
		return Done
	case errors.Is(err, raia.ErrDeliveryUnknown):
		return Unknown
	}
	return Refused
}

// Entry is one call with the result that its caller got.
type Entry struct {
	ID     string // unique, and part of the text of the message
	Vendor string // such as "raia"
	Kind   string // such as "send" or "stream"
	Fault  string // of the route of the call
	// Idempotent calls may reach the server more than once. Their outcome is never Unknown.
	Idempotent bool
	// Unsafe calls are those of a client with RetryNonIdempotent. They may be processed twice.
	Unsafe bool
	// Silent calls carry no id, so the fakes cannot tell how often they were processed.
	Silent bool

	Outcome Outcome // the result that the caller got
	Err     error   // the error of the call, if it failed
	Wrong   string  // describes a wrong result, such as half an answer or another caller's, and is "" for a right one
}

// Ledger records the messages that were sent, those that were processed, and the results that the callers got. It is
// safe for concurrent use.
type Ledger struct {
	mu        sync.Mutex        // guards the fields below
	entries   map[string]*Entry // by id
	processed map[string]int    // how often a server acted on it
	arrived   map[string]int    // the number of requests or frames
	stored    map[string]int    // how often a store holds it
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{
		entries: map[string]*Entry{}, processed: map[string]int{}, arrived: map[string]int{}, stored: map[string]int{},
	}
}

// Begin enters a call. It must be called before any byte of the call is sent.
func (l *Ledger) Begin(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Outcome = Pending
	l.entries[e.ID] = &e
}

// End enters the result that the caller got. wrong describes a wrong result and is "" for a right one.
func (l *Ledger) End(id string, outcome Outcome, err error, wrong string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.entries[id]; ok {
		e.Outcome, e.Err, e.Wrong = outcome, err, wrong
	}
}

// Processed counts an action of a server on the message.
func (l *Ledger) Processed(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.processed[id]++
}

// Stored counts that a server's store holds the message, as a second witness beside Processed.
func (l *Ledger) Stored(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored[id]++
}

// ids have a fixed length, so that an id that was cut does not match.
var ids = regexp.MustCompile(`soak-[0-9a-f]{8}-[0-9]{7}`)

func newID(seed uint64, n int64) string { return fmt.Sprintf("soak-%08x-%07d", uint32(seed), n) }

// Arrived counts the requests or frames that reached a server, each as one text, whole or cut, answered or not.
func (l *Ledger) Arrived(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := map[string]bool{}
	for _, id := range ids.FindAllString(text, -1) {
		found[id] = true
	}
	for id := range found {
		l.arrived[id]++
	}
}

// Audit judges all entries. The servers must have ended before, because it would miss messages that they process later.
func (l *Ledger) Audit() *Audit {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := newAudit()
	for _, id := range slices.Sorted(maps.Keys(l.entries)) {
		a.add(*l.entries[id], evidence{l.processed[id], l.arrived[id], l.stored[id]})
	}
	for _, id := range slices.Sorted(maps.Keys(l.processed)) {
		if l.entries[id] == nil {
			a.violate(RuleNobody, Entry{ID: id}, evidence{processed: l.processed[id]})
		}
	}
	return a
}
