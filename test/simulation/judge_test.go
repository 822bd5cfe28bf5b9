package simulation

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
)

// record makes a ledger with two messages of one user, which change then alters.
func record(change func(l *Ledger, first, second *Entry)) []Rule {
	l := NewLedger()
	began := time.Now()
	var entries []*Entry
	for i, text := range []string{"m1-u1-1x", "m1-u1-2x"} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, e := l.Begin(ctx, 1, text)
		e.Began, e.Traced = began.Add(time.Duration(i)*time.Second), true
		e.Wrote.Store(true)
		l.arrival([]byte(`{"text":"` + text + `"}`))
		l.heard(text, began, i)
		l.End(e, answerTo(text), nil, began.Add(time.Duration(i)*time.Second))
		entries = append(entries, e)
	}
	change(l, entries[0], entries[1])
	var rules []Rule
	for _, v := range l.Judge() {
		rules = append(rules, v.Rule)
		if v.String() == "" {
			rules = append(rules, "without a text")
		}
	}
	return rules
}

func TestJudge(t *testing.T) {
	for want, change := range map[Rule]func(l *Ledger, first, second *Entry){
		"":          func(*Ledger, *Entry, *Entry) {},
		RuleTwice:   func(l *Ledger, e, _ *Entry) { l.heard(e.Text, time.Now(), 9) },
		RuleDone:    func(_ *Ledger, e, _ *Entry) { e.heard = nil },
		RuleNotSent: func(l *Ledger, e, _ *Entry) { l.End(e, "", parley.ErrNotSent, e.Ended); e.heard = nil },
		RuleRefused: func(l *Ledger, e, _ *Entry) { l.End(e, "", parley.ErrNotFound, e.Ended) },
		RuleUnknown: func(l *Ledger, e, _ *Entry) {
			l.End(e, "", parley.ErrDeliveryUnknown, e.Ended)
			e.Wrote.Store(false)
		},
		RuleAnswer:   func(_ *Ledger, e, other *Entry) { e.Answer = other.Answer },
		RuleOrder:    func(_ *Ledger, e, _ *Entry) { e.heardPos = 5 },
		RulePatience: func(_ *Ledger, e, _ *Entry) { e.Ended = e.Deadline.Add(time.Second) },
		RuleEnd:      func(_ *Ledger, e, _ *Entry) { e.Outcome = Running },
		RuleStray:    func(l *Ledger, e, _ *Entry) { e.Outcome = Running; l.Stray(e.Text); e.Outcome = Done },
		RuleHaste: func(l *Ledger, e, _ *Entry) {
			l.Asked([]byte(e.Text), time.Minute)
			e.attempts = []time.Time{time.Now().Add(30 * time.Second)}
		},
		RuleLiveness: func(l *Ledger, _, _ *Entry) { l.Break(RuleLiveness, "user 1") },
	} {
		var rules []Rule
		if want != "" {
			rules = []Rule{want}
		}
		assert.Equal(t, rules, record(change), want)
	}
}

func TestJudge_LateAnswersOfAVendorWithoutIDs(t *testing.T) {
	swap := func(wait time.Duration) []Rule {
		return record(func(l *Ledger, first, second *Entry) {
			l.LateAfter = 30 * time.Second
			l.End(first, "", parley.ErrDeliveryUnknown, first.Began)
			second.Answer, second.Ended = answerTo(first.Text), first.Ended.Add(wait)
		})
	}
	assert.Empty(t, swap(31*time.Second))
	assert.Equal(t, []Rule{RuleAnswer}, swap(29*time.Second))
}
