package simulation

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// Outcome says how a call ended, as its caller saw it.
type Outcome string

// The outcomes.
const (
	Running  Outcome = "running"  // the call has not ended
	Done     Outcome = "done"     // there is an answer
	Accepted Outcome = "accepted" // the vendor has the message, and the answer is missing or comes later
	NotSent  Outcome = "not sent" // the error matches ErrNotSent
	Refused  Outcome = "refused"  // the error says that the vendor did not act
	Unknown  Outcome = "unknown"  // the error says that the vendor may have acted
	Failed   Outcome = "failed"   // the vendor has the message and could not answer it
	Skipped  Outcome = "skipped"  // the caller could not begin to say it
)

// outcomeOf returns what an error says of the message.
func outcomeOf(err error) Outcome {
	switch {
	case err == nil:
		return Done
	case errors.Is(err, errSkipped):
		return Skipped
	case errors.Is(err, errAccepted):
		return Accepted
	case errors.Is(err, parley.ErrNotSent):
		return NotSent
	case errors.Is(err, chat.ErrNotDelivered):
		return Refused
	case errors.Is(err, parley.ErrAnswerFailed):
		return Failed
	case errors.Is(err, parley.ErrDeliveryUnknown), errors.Is(err, parley.ErrTruncated):
		return Unknown
	}
	return Refused
}

var (
	errSkipped  = errors.New("the message was not said")
	errAccepted = errors.New("the message was accepted")
)

// Entry is the record of one message.
type Entry struct {
	Text     string // unique
	User     int
	Began    time.Time
	Deadline time.Time // of the caller's context
	Ended    time.Time // when the call returned to the caller
	Outcome  Outcome
	Answer   string
	Err      error
	First    error       // the error of the call itself, if the message was settled later
	Traced   bool        // the message goes out in an HTTP request of its own
	Wrote    atomic.Bool // a header of such a request was written
	Socket   bool        // the message is sent in a frame, whose writing does not prove that it arrived
	Probe    bool        // said after the faults had ended

	attempts []time.Time // when the headers of its HTTP requests were written, unless tokens are fetched
	asked    []ask       // the waits that the vendor asked for
	heard    []time.Time // when the vendor acted on it
	arrived  int         // how many requests or frames with it reached the vendor
	stray    int         // how many times its answer came unasked while its caller waited
	heardPos int         // the place of its first hearing among all
}

// ask is a wait that the vendor asked for in its response to a request with a message.
type ask struct{ at, until time.Time }

// Ledger holds the entries. It is safe for concurrent use.
type Ledger struct {
	// LateAfter is for a vendor that does not say which message an answer belongs to. An answer that comes so long
	// after its caller has left may be taken for another one's. Zero means that no answer may.
	LateAfter time.Duration
	// Tokens is for a vendor whose tokens are fetched, for which requests are made in the name of a call at any time.
	Tokens bool

	mu      sync.Mutex
	entries []*Entry
	byText  map[string]*Entry
	broken  []Violation // those that belong to no entry
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger { return &Ledger{byText: map[string]*Entry{}} }

// Begin records that a user says text until ctx ends, and returns the context for the call.
func (l *Ledger) Begin(ctx context.Context, user int, text string) (context.Context, *Entry) {
	e := &Entry{Text: text, User: user, Began: time.Now(), Outcome: Running}
	e.Deadline, _ = ctx.Deadline()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	l.byText[text] = e
	hooks := &httptrace.ClientTrace{WroteHeaders: func() { l.wrote(e) }}
	return httptrace.WithClientTrace(ctx, hooks), e
}

// wrote records an attempt.
func (l *Ledger) wrote(e *Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Wrote.Store(true)
	if !l.Tokens {
		e.attempts = append(e.attempts, time.Now())
	}
}

// Asked records that the response to a request asks for a wait, if there is a message in its body.
func (l *Ledger) Asked(body []byte, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.byText[textForm.FindString(string(body))]; e != nil && wait > 0 {
		e.asked = append(e.asked, ask{time.Now(), time.Now().Add(wait)})
	}
}

// End records the end of a call, which returned at the time ended.
func (l *Ledger) End(e *Entry, answer string, err error, ended time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Answer, e.Err, e.Outcome, e.Ended = answer, err, outcomeOf(err), ended
}

// Stray records that the answer to text came unasked.
func (l *Ledger) Stray(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.byText[text]; e != nil && e.Outcome == Running {
		e.stray++
	}
}

// maxBroken bounds what is recorded of one schedule, because a loop that repeats itself breaks a rule without end.
const maxBroken = 1000

// Break records a broken rule that belongs to no message.
func (l *Ledger) Break(rule Rule, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.broken) < maxBroken {
		l.broken = append(l.broken, Violation{rule, what})
	}
}

// textForm is how the texts of messages look.
var textForm = regexp.MustCompile(`m\d+-u\d+-\d+x`)

// userOf returns the number of the user who said text, or -1.
func userOf(text string) int {
	var schedule, user int
	if _, err := fmt.Sscanf(textForm.FindString(text), "m%d-u%d-", &schedule, &user); err != nil {
		return -1
	}
	return user
}

// heard records that the vendor acted on a message.
func (l *Ledger) heard(text string, at time.Time, position int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.byText[textForm.FindString(text)]
	if e == nil {
		return
	}
	if len(e.heard) == 0 {
		e.heardPos = position
	}
	e.heard = append(e.heard, at)
}

// arrival records that the bytes of a request or a frame reached the vendor.
func (l *Ledger) arrival(body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range textForm.FindAll(body, -1) {
		if e := l.byText[string(text)]; e != nil {
			e.arrived++
		}
	}
}

// answerTo returns the answer of the fakes.
func answerTo(text string) string { return "re: " + text }
