package simulation

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// Rule is a promise to the callers, named by how it is broken.
type Rule string

// The rules.
const (
	RuleTwice      Rule = "the vendor acted twice on one message"
	RuleDone       Rule = "reported as done, and the vendor never acted"
	RuleNotSent    Rule = "reported as not sent, and it arrived"
	RuleRefused    Rule = "reported as not acted on, and the vendor acted"
	RuleUnknown    Rule = "reported as unknown, and not a byte had left"
	RuleAnswer     Rule = "answered with another message's answer"
	RuleStray      Rule = "the answer came unasked while its caller waited"
	RuleOrder      Rule = "the vendor heard a caller's messages in another order"
	RulePatience   Rule = "the call outlasted its context"
	RuleEnd        Rule = "the call never ended"
	RuleLiveness   Rule = "a client did not work again after the faults had ended"
	RuleEventTwice Rule = "what came unasked came twice"
	RuleEventLost  Rule = "what came unasked was never told"
	RuleForeign    Rule = "what came unasked belongs to another user"
	RuleLeft       Rule = "a connection was left open"
	RuleBody       Rule = "the body of a response was not closed"
	RuleHaste      Rule = "tried again before the wait that the vendor had asked for"
	RuleGivenUp    Rule = "gave up, although the vendor had asked for a short wait"
	RuleMemory     Rule = "the clients keep memory of what is over"
)

// grace is how much longer than its context a call may take.
const grace = 10 * time.Millisecond

// Violation is a broken rule.
type Violation struct {
	Rule Rule
	What string
}

// String describes the violation in one line.
func (v Violation) String() string { return string(v.Rule) + ": " + v.What }

// Judge returns the rules that were broken.
func (l *Ledger) Judge() []Violation {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Violation
	for _, e := range l.entries {
		for _, rule := range e.broken() {
			if rule != RuleAnswer || !l.late(e) {
				all = append(all, Violation{rule, e.String()})
			}
		}
	}
	for _, pair := range l.disordered() {
		all = append(all, Violation{RuleOrder, pair[0].String() + " before " + pair[1].String()})
	}
	return append(all, l.broken...)
}

// broken returns the rules that one message breaks.
func (e *Entry) broken() (rules []Rule) {
	check := func(ok bool, rule Rule) {
		if !ok {
			rules = append(rules, rule)
		}
	}
	times := len(e.heard)
	check(times <= 1, RuleTwice)
	check(e.stray == 0, RuleStray)
	check(e.Outcome != Running, RuleEnd)
	switch e.Outcome {
	case Done:
		check(times > 0, RuleDone)
		check(e.Answer == answerTo(e.Text), RuleAnswer)
	case Accepted:
		check(times > 0 || e.Socket, RuleDone) // a message to a live agent has no answer that proves its arrival
	case NotSent, Skipped:
		check(e.arrived == 0 && times == 0, RuleNotSent)
	case Refused:
		check(times == 0 || e.tooLate(), RuleRefused)
	case Unknown:
		check(!e.Traced || e.Wrote.Load(), RuleUnknown)
	case Running, Failed: // a fake may say that it failed and have refused the token
	}
	check(e.Deadline.IsZero() || e.Ended.IsZero() || e.Ended.Sub(e.Deadline) <= grace, RulePatience)
	check(!e.hasty(), RuleHaste)
	check(!e.givenUp(), RuleGivenUp)
	return rules
}

// tooLate reports whether a message that was given up as not delivered arrived later than recoverWait permits.
func (e *Entry) tooLate() bool {
	return errors.Is(e.Err, chat.ErrNotDelivered) && !e.heard[0].Before(e.Began.Add(recoverWait))
}

// hasty reports whether an attempt began before a wait was over that the vendor had asked for.
func (e *Entry) hasty() bool {
	return slices.ContainsFunc(e.asked, func(a ask) bool {
		return slices.ContainsFunc(e.attempts, func(at time.Time) bool { return at.After(a.at) && at.Before(a.until) })
	})
}

// givenUp reports whether the only attempt got a response that asked for a wait, and the caller would have waited. A
// call may also end after the wait because there is no credential for its next attempt.
func (e *Entry) givenUp() bool {
	info, _ := parley.InfoOf(e.Err)
	if e.Err != nil && withoutCredential.MatchString(e.Err.Error()) {
		return false
	}
	refused := info.StatusCode == http.StatusTooManyRequests || info.StatusCode == http.StatusServiceUnavailable
	if len(e.asked) == 0 || e.Outcome != Refused || info.Attempts != 1 || !refused {
		return false
	}
	return e.Deadline.Sub(e.asked[0].until) > time.Minute && !errors.Is(e.Err, parley.ErrRetryBudget)
}

var withoutCredential = regexp.MustCompile("cannot (fetch a token|open a visitor session)")

// late reports whether the answer that e got is that of a message whose caller had left long before.
func (l *Ledger) late(e *Entry) bool {
	other := l.byText[textForm.FindString(e.Answer)]
	return l.LateAfter > 0 && other != nil && e.Answer == answerTo(other.Text) && other.Outcome != Running &&
		e.Ended.Sub(other.Ended) >= l.LateAfter
}

// disordered returns pairs of messages of one user that the vendor heard in the wrong order. A message counts if its
// caller was told that it is there, because one whose caller left may come late.
func (l *Ledger) disordered() (pairs [][2]*Entry) {
	users := map[int][]*Entry{}
	for _, e := range l.entries {
		if len(e.heard) > 0 && (e.Outcome == Done || e.Outcome == Accepted || e.Outcome == Failed) {
			users[e.User] = append(users[e.User], e)
		}
	}
	for _, list := range users {
		slices.SortStableFunc(list, func(a, b *Entry) int { return a.Began.Compare(b.Began) })
		for i := 1; i < len(list); i++ {
			if list[i].heardPos < list[i-1].heardPos {
				pairs = append(pairs, [2]*Entry{list[i], list[i-1]})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b [2]*Entry) int { return cmp.Compare(a[0].Text, b[0].Text) })
	return pairs
}

// String describes the entry in one line.
func (e *Entry) String() string {
	return fmt.Sprintf("%s said at %s, told %q after %s (patience %s), heard %d times, arrived %d times, "+
		"answer %q, wrote %t: %v (at first: %v)",
		e.Text, e.Began.Format("15:04:05.000"), e.Outcome, e.Ended.Sub(e.Began), e.Deadline.Sub(e.Began), len(e.heard),
		e.arrived, e.Answer, e.Wrote.Load(), e.Err, e.First)
}
