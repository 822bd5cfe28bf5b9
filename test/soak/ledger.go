package soak

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"

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

	// Waits is set for a WebSocket message whose caller waits for the whole answer.
	Waits bool

	Outcome Outcome // the result that the caller got
	Err     error   // the error of the call, if it failed
	Wrong   string  // describes a wrong result, such as half an answer or another caller's, and is "" for a right one
	// Left is set if the context of the call had ended when the call did, and Late if that was too long before.
	Left, Late bool

	began, ended int64 // places in the order of all that the ledger recorded
}

// departure is a message that leaves the SDK.
type departure struct {
	session int   // of WebSocket, or 0
	conn    int   // the number of the session's connection
	early   bool  // an earlier connection of the session was still open
	at      int64 // the place among all that the ledger recorded
}

// Ledger records the messages that were sent, those that were processed, and the results that the callers got. It is
// safe for concurrent use.
type Ledger struct {
	settling time.Duration // how long connections may take to end

	mu        sync.Mutex        // guards the fields below
	entries   map[string]*Entry // by id
	processed map[string]int    // how often a server acted on it
	arrived   map[string]int    // the number of requests or frames
	stored    map[string]int    // how often a store holds it
	unasked   map[string]int    // how often its whole answer came unasked
	left      map[string][]departure
	clock     int64
	sessions  int         // of WebSocket
	broken    []Violation // those that belong to no call
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger { return newLedger(0) }

func newLedger(settling time.Duration) *Ledger {
	return &Ledger{
		settling: settling,
		entries:  map[string]*Entry{}, processed: map[string]int{}, arrived: map[string]int{}, stored: map[string]int{},
		unasked: map[string]int{}, left: map[string][]departure{},
	}
}

// Begin enters a call. It must be called before any byte of the call is sent.
func (l *Ledger) Begin(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Outcome, e.began = Pending, l.next()
	l.entries[e.ID] = &e
}

// Session returns the number of a new WebSocket session.
func (l *Ledger) Session() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sessions++
	return l.sessions
}

// Now returns a place in the order of all that the ledger records.
func (l *Ledger) Now() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next()
}

// next returns the place of what is recorded now.
func (l *Ledger) next() int64 {
	l.clock++
	return l.clock
}

// End enters the result that the caller got. Of r, it takes the fields from Outcome to Late.
func (l *Ledger) End(id string, r Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.entries[id]; ok {
		e.Outcome, e.Err, e.Wrong, e.Left, e.Late, e.ended = r.Outcome, r.Err, r.Wrong, r.Left, r.Late, l.next()
	}
}

// Left records that the message has left the SDK.
func (l *Ledger) Left(id string, d departure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left[id] = append(l.left[id], d)
}

// Unasked records that a whole answer came to no caller that waits for it.
func (l *Ledger) Unasked(answer string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id := ids.FindString(answer); id != "" && answer == answerTo(id) {
		l.unasked[id]++
	}
}

// Break records a broken rule that belongs to no call.
func (l *Ledger) Break(rule Rule, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = append(l.broken, Violation{Rule: rule, What: what})
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

const idLength = len("soak-00000000-0000000")

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

// forget drops all records, so that what the clients keep can be measured.
func (l *Ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	empty := NewLedger()
	l.entries, l.processed, l.arrived, l.stored = empty.entries, empty.processed, empty.arrived, empty.stored
	l.unasked, l.left, l.broken = empty.unasked, empty.left, nil
}

// Audit judges all entries. The servers must have ended before, because it would miss messages that they process later.
func (l *Ledger) Audit() *Audit {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := newAudit()
	for _, id := range slices.Sorted(maps.Keys(l.entries)) {
		a.add(*l.entries[id], evidence{l.processed[id], l.arrived[id], l.stored[id], l.unasked[id], l.left[id]})
	}
	for _, id := range slices.Sorted(maps.Keys(l.processed)) {
		if l.entries[id] == nil {
			a.violate(RuleNobody, Entry{ID: id}, evidence{processed: l.processed[id]})
		}
	}
	for _, e := range l.disordered() {
		a.violate(RuleOrder, e, evidence{})
	}
	a.Violations = append(a.Violations, l.broken...)
	return a
}

// disordered returns the WebSocket messages that left before another one of their session, although they were given to
// the SDK only when the call of that one had ended, or on an earlier connection.
func (l *Ledger) disordered() (late []Entry) {
	sessions := map[int][]*Entry{}
	for id, left := range l.left {
		if e := l.entries[id]; e != nil && left[0].session > 0 {
			sessions[left[0].session] = append(sessions[left[0].session], e)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(sessions)) {
		list := sessions[number]
		slices.SortFunc(list, func(a, b *Entry) int { return cmp.Compare(a.began, b.began) })
		for i, e := range list {
			here := l.left[e.ID][0]
			if slices.ContainsFunc(list[:i], func(before *Entry) bool {
				there := l.left[before.ID][0]
				return before.ended > 0 && before.ended < e.began && (here.at < there.at || here.conn < there.conn)
			}) {
				late = append(late, *e)
			}
		}
	}
	return late
}
