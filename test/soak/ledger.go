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

// Outcome is the result that a caller was told.
type Outcome int

// The outcomes.
const (
	Pending Outcome = iota // the call has not ended
	Done                   // it was done, without an error and with a whole answer
	Unknown                // ErrDeliveryUnknown: it may have been done
	Refused                // any other error: it was not done
	Written                // a frame was written, and nobody waited for its answer
)

// String returns the outcome as the report prints it.
func (o Outcome) String() string {
	return [...]string{"pending", "done", "unknown", "refused", "written"}[o]
}

// OutcomeOf returns the outcome that err tells a caller. The sentinel is the same value in all four vendor packages.
func OutcomeOf(err error) Outcome {
	switch {
	case err == nil:
		return Done
	case errors.Is(err, raia.ErrDeliveryUnknown):
		return Unknown
	}
	return Refused
}

// Entry is one call with the result that its caller was told.
type Entry struct {
	ID     string // unique, and in the text of the message
	Vendor string // "raia"
	Kind   string // "send", "stream"
	Fault  string // of the route that it went through
	// Idempotent calls may reach the server more than once, and never leave their caller in doubt.
	Idempotent bool
	// Unsafe calls are those of a client with RetryNonIdempotent: they may be processed twice.
	Unsafe bool
	// Silent calls carry no id, so the fakes cannot tell how often they were processed.
	Silent bool

	Outcome Outcome // the result that the caller was told
	Err     error   // the error of the call, if it failed
	Wrong   string  // describes a wrong result, such as half an answer or another caller's, and is "" for a right one
}

// Ledger records the messages that were sent, those that were processed, and the results that the callers were told.
// It is safe for concurrent use.
type Ledger struct {
	mu        sync.Mutex        // of all that follows
	entries   map[string]*Entry // by id
	processed map[string]int    // how often a server acted on it
	arrived   map[string]int    // in how many requests or frames
	stored    map[string]int    // how often a store holds it
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{
		entries: map[string]*Entry{}, processed: map[string]int{}, arrived: map[string]int{}, stored: map[string]int{},
	}
}

// Begin enters a call before anything of it is sent.
func (l *Ledger) Begin(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Outcome = Pending
	l.entries[e.ID] = &e
}

// End enters the result that the caller was told. wrong describes a wrong result and is "" for a right one.
func (l *Ledger) End(id string, outcome Outcome, err error, wrong string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.entries[id]; ok {
		e.Outcome, e.Err, e.Wrong = outcome, err, wrong
	}
}

// Processed counts that a server acted on the message.
func (l *Ledger) Processed(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.processed[id]++
}

// Stored counts that a server's store holds the message: a second witness beside Processed.
func (l *Ledger) Stored(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stored[id]++
}

// ids have a fixed length, so that an id that was cut does not match.
var ids = regexp.MustCompile(`soak-[0-9a-f]{8}-[0-9]{7}`)

func newID(seed uint64, n int64) string { return fmt.Sprintf("soak-%08x-%07d", uint32(seed), n) }

// Arrived counts the requests or frames, each as one text, that reached a server: whole or cut, answered or not.
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

// Audit judges all entries. The servers must have ended before: what they still process would be missed.
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
