package chaos

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"
)

// Outcome is how a message ended for its user.
type Outcome int

// The outcomes.
const (
	// Pending means that the user was shown no end.
	Pending Outcome = iota
	// Whole means that the user saw the whole answer.
	Whole
	// Line means that the user saw a line that says what became of the message.
	Line
)

// Entry is a message of a user.
type Entry struct {
	// ID is in the text of the message.
	ID string
	// Vendor, User and Network tell where it was said.
	Vendor, User, Network string
	// Outcome is how it ended.
	Outcome Outcome
	// Class is that of the line, Shown its text, and Said the claim that it makes: yes, no or unknown.
	Class, Shown, Said string
	// Wrong describes a wrong answer, such as half of it. It is "" for a right one.
	Wrong string
	// Tries is how often the user sent the message, came back or pressed the button.
	Tries int
	// WentOn is the time from the first cut connection, or the first line that asks to wait, to the end.
	WentOn time.Duration
}

// Ledger records every message, and how often a vendor has heard it. It is safe for concurrent use.
type Ledger struct {
	mu      sync.Mutex
	entries map[string]*Entry
	heard   map[string]int
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger { return &Ledger{entries: map[string]*Entry{}, heard: map[string]int{}} }

var ids = regexp.MustCompile(`chaos-[0-9a-f]{8}-[0-9]{6}`)

func newID(seed uint64, n int64) string { return fmt.Sprintf("chaos-%08x-%06d", uint32(seed), n) }

// Begin enters a message before it is sent.
func (l *Ledger) Begin(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries[e.ID] = &e
}

// End replaces the entry of a message when its user has seen the end.
func (l *Ledger) End(e Entry) { l.Begin(e) }

// Heard counts that a vendor has heard a text.
func (l *Ledger) Heard(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id := ids.FindString(text); id != "" {
		l.heard[id]++
	}
}

// Rule is a promise.
type Rule string

// The rules.
const (
	RuleEnd    Rule = "each user saw the whole answer or a line"
	RuleRight  Rule = "no answer was shown that is not whole or another's"
	RuleTwice  Rule = "no message was said twice"
	RuleHonest Rule = "no line claims what is not true"
	RuleSecret Rule = "no line shows what the vendor said about its failure"
	RuleGoesOn Rule = "a conversation went on in time after its replica was gone"
)

// Rules returns all rules.
func Rules() []Rule { return []Rule{RuleEnd, RuleRight, RuleTwice, RuleHonest, RuleSecret, RuleGoesOn} }

// lockTime is that of a lease, and slack is for an answer on a network
// that is slow while two cores run everything.
const (
	lockTime = 10 * time.Second
	slack    = 25 * time.Second
)

// Broken is a rule that an entry breaks.
type Broken struct {
	Rule  Rule
	Entry Entry
	Heard int
}

// String describes it in a line.
func (b Broken) String() string {
	e := b.Entry
	return fmt.Sprintf("%s: %s of %s to %s over the %s network, heard %d times, %d tries, class %q, said %q, shown "+
		"%q, wrong %q, went on after %s",
		b.Rule, e.ID, e.User, e.Vendor, e.Network, b.Heard, e.Tries, e.Class, e.Said, e.Shown, e.Wrong,
		e.WentOn.Round(time.Millisecond))
}

// judge returns the rules that an entry breaks.
func judge(e Entry, heard int, limit time.Duration) (rules []Rule) {
	breaks := map[Rule]bool{
		RuleEnd:    e.Outcome == Pending || e.Outcome == Line && e.Shown == "",
		RuleRight:  e.Wrong != "" || e.Outcome == Whole && heard == 0,
		RuleTwice:  heard > 1,
		RuleHonest: e.Outcome == Line && (e.Said == "no" && heard > 0 || e.Said == "yes" && heard == 0),
		RuleSecret: secrets.MatchString(e.Shown),
		RuleGoesOn: e.WentOn > limit,
	}
	for _, rule := range Rules() {
		if breaks[rule] {
			rules = append(rules, rule)
		}
	}
	return rules
}

// secrets are words of the vendors' failures.
var secrets = regexp.MustCompile(`(?i)secret|<html|garbage|redis|127\.0\.0\.1`)

// Audit returns the broken rules, by the ID of the message. Messages that were heard although no user said them
// break RuleTwice.
func (l *Ledger) Audit(recoverWait time.Duration) (broken []Broken) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(l.entries)) {
		e := *l.entries[id]
		for _, rule := range judge(e, l.heard[id], lockTime+recoverWait+slack) {
			broken = append(broken, Broken{rule, e, l.heard[id]})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.heard)) {
		if l.entries[id] == nil {
			broken = append(broken, Broken{RuleTwice, Entry{ID: id, Wrong: "nobody said it"}, l.heard[id]})
		}
	}
	return broken
}

// Row counts messages that have something in common.
type Row struct {
	Name                               string
	Messages, Whole, Line, Heard, Late int // Late: whole after a cut connection or a line
}

// Rows counts the messages by what of gives.
func (l *Ledger) Rows(of func(Entry) string) []Row {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := map[string]*Row{}
	for id, e := range l.entries {
		name := of(*e)
		if name == "" {
			continue
		}
		row := rows[name]
		if row == nil {
			row = &Row{Name: name}
			rows[name] = row
		}
		row.Messages++
		row.Heard += min(l.heard[id], 1)
		switch {
		case e.Outcome == Whole && e.Tries > 1:
			row.Late++
			row.Whole++
		case e.Outcome == Whole:
			row.Whole++
		case e.Outcome == Line:
			row.Line++
		}
	}
	list := make([]Row, 0, len(rows))
	for _, row := range rows {
		list = append(list, *row)
	}
	slices.SortFunc(list, func(a, b Row) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// wentOn returns the times after which conversations went on, in order.
func (l *Ledger) wentOn() (times []time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.WentOn > 0 && e.Outcome == Whole {
			times = append(times, e.WentOn)
		}
	}
	slices.Sort(times)
	return times
}
