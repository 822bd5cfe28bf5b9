package soak

import (
	"errors"
	"fmt"

	"github.com/seed-127a5941/parley/raia"
)

// Rule is a promise to the caller. Its name says how it is broken.
type Rule string

// These are the rules, in the order of the report.
const (
	RuleTwice    Rule = "processed twice"
	RuleDone     Rule = "reported as done, but not processed"
	RuleRefused  Rule = "reported as not acted on, but processed"
	RuleWhole    Rule = "half or foreign answer reported as whole"
	RuleDoubt    Rule = "idempotent call reported as delivery unknown"
	RuleNotSent  Rule = "reported as not sent, but left"
	RuleResent   Rule = "left twice over WebSocket"
	RuleAfter    Rule = "left after its call had ended"
	RuleOrder    Rule = "left in another order than it was given, or before an earlier connection had ended"
	RuleStray    Rule = "its answer came unasked"
	RulePatience Rule = "call that outlasted its context"
	RuleEnd      Rule = "call that never ended"
	RuleLive     Rule = "client that did not work again after the faults"
	RuleConns    Rule = "connections left open"
	RuleMemory   Rule = "memory kept of what is over"
	RuleNobody   Rule = "processed, but sent by nobody" // the ledger or a fake is wrong
	RuleWitness  Rule = "witnesses disagree"            // the ledger or a fake is wrong
)

// Rules lists all rules.
func Rules() []Rule {
	return []Rule{
		RuleTwice, RuleDone, RuleRefused, RuleWhole, RuleDoubt, RuleNotSent, RuleResent, RuleAfter, RuleOrder,
		RuleStray, RulePatience, RuleEnd, RuleLive, RuleConns, RuleMemory, RuleNobody, RuleWitness,
	}
}

// evidence is the record of a fake about one message.
type evidence struct {
	processed int // how often the server acted on it
	arrived   int // the number of requests that carried it
	stored    int // how often the store holds it; 0 for messages that are not stored or were not processed
	unasked   int // how often its whole answer came to no caller that waits
	left      []departure
}

// judge returns the rules that a call breaks.
func judge(e Entry, saw evidence) []Rule {
	var broken []Rule
	check := func(ok bool, rule Rule) {
		if !ok {
			broken = append(broken, rule)
		}
	}
	check(e.Outcome != Pending, RuleEnd)
	check(e.Wrong == "", RuleWhole)
	check(!e.Idempotent || e.Outcome != Unknown, RuleDoubt)
	check(!e.Late, RulePatience)
	judgeDepartures(e, saw, check)
	if e.Silent {
		return broken
	}
	check(saw.processed <= saw.arrived, RuleWitness)
	check(saw.stored == 0 || saw.stored == saw.processed, RuleWitness)
	if e.Idempotent {
		check(e.Outcome != Done || saw.arrived > 0, RuleDone)
		return broken
	}
	check(e.Unsafe || saw.processed <= 1, RuleTwice)
	check(e.Outcome != Done || saw.processed > 0, RuleDone)
	check(e.Outcome != Refused || saw.processed == 0, RuleRefused)
	return broken
}

// judgeDepartures checks what is known of a message where it left the SDK. If the outcome is Unknown, a frame may still
// be written when the call ends.
func judgeDepartures(e Entry, saw evidence, check func(bool, Rule)) {
	frames := 0
	for _, d := range saw.left {
		check(!d.early, RuleOrder)
		if d.session > 0 {
			frames++
			check(e.ended == 0 || d.at < e.ended || e.Outcome == Unknown, RuleAfter)
		}
	}
	check(frames <= 1, RuleResent)
	check(len(saw.left) == 0 || !errors.Is(e.Err, raia.ErrNotSent), RuleNotSent)
	check(saw.unasked <= 1 && (saw.unasked == 0 || !e.Waits || e.Left), RuleStray)
}

// Violation is a broken rule.
type Violation struct {
	Rule      Rule   // the broken rule
	Entry     Entry  // the call that broke it
	Processed int    // how often the server acted on the message
	Arrived   int    // the number of requests that carried it to the server
	What      string // describes what is wrong if it belongs to no call
}

// String describes the violation in one line.
func (v Violation) String() string {
	e := v.Entry
	if e.ID == "" {
		return fmt.Sprintf("%s: %s", v.Rule, v.What)
	}
	line := fmt.Sprintf("%s: %s %s %s through %q: %s, processed %d times, arrived %d times",
		v.Rule, e.Vendor, e.Kind, e.ID, e.Fault, e.Outcome, v.Processed, v.Arrived)
	if e.Wrong != "" {
		line += ": " + e.Wrong
	}
	if e.Err != nil {
		line += ": " + e.Err.Error()
	}
	return line
}
