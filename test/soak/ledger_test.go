package soak

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
	"github.com/seed-127a5941/parley/syntphony"
)

func TestOutcomeOf(t *testing.T) {
	assert.Equal(t, Done, OutcomeOf(nil))
	for _, sentinel := range []error{
		raia.ErrDeliveryUnknown, siteassist.ErrDeliveryUnknown, syntphony.ErrDeliveryUnknown, aisera.ErrDeliveryUnknown,
	} {
		assert.Equal(t, Unknown, OutcomeOf(fmt.Errorf("send: %w: %w", context.Canceled, sentinel)))
	}
	assert.Equal(t, Refused, OutcomeOf(context.Canceled))
	assert.Equal(t, Written, written(nil))
	assert.Equal(t, Refused, written(context.Canceled))
}

func leaves(list ...departure) evidence { return evidence{left: list} }

func TestJudge(t *testing.T) {
	tests := []struct {
		name   string
		entry  Entry
		saw    evidence
		broken []Rule
	}{
		{"done once", Entry{Outcome: Done}, evidence{processed: 1, arrived: 1}, nil},
		{"done at the second attempt", Entry{Outcome: Done}, evidence{processed: 1, arrived: 2}, nil},
		{"done twice", Entry{Outcome: Done}, evidence{processed: 2, arrived: 2}, []Rule{RuleTwice}},
		{"done twice, unsafe", Entry{Outcome: Done, Unsafe: true}, evidence{processed: 2, arrived: 2}, nil},
		{"done, not processed", Entry{Outcome: Done}, evidence{arrived: 1}, []Rule{RuleDone}},
		{"done, not processed, unsafe", Entry{Outcome: Done, Unsafe: true}, evidence{}, []Rule{RuleDone}},
		{"unknown, processed", Entry{Outcome: Unknown}, evidence{processed: 1, arrived: 1}, nil},
		{"unknown, not processed", Entry{Outcome: Unknown}, evidence{}, nil},
		{"unknown, processed twice", Entry{Outcome: Unknown}, evidence{processed: 2, arrived: 2}, []Rule{RuleTwice}},
		{"refused, not processed", Entry{Outcome: Refused}, evidence{arrived: 3}, nil},
		{"refused, processed", Entry{Outcome: Refused}, evidence{processed: 1, arrived: 1}, []Rule{RuleRefused}},
		{
			"refused, processed, unsafe", Entry{Outcome: Refused, Unsafe: true}, evidence{processed: 2, arrived: 2},
			[]Rule{RuleRefused},
		},
		{"written, processed", Entry{Outcome: Written}, evidence{processed: 1, arrived: 1}, nil},
		{"written, lost", Entry{Outcome: Written}, evidence{}, nil},
		{
			"written once, processed twice", Entry{Outcome: Written}, evidence{processed: 2, arrived: 2},
			[]Rule{RuleTwice},
		},
		{"half an answer", Entry{Outcome: Done, Wrong: "half"}, evidence{processed: 1, arrived: 1}, []Rule{RuleWhole}},
		{"no end", Entry{Outcome: Pending}, evidence{}, []Rule{RuleEnd}},
		{"idempotent, done twice", Entry{Outcome: Done, Idempotent: true}, evidence{arrived: 2}, nil},
		{"idempotent, done by nobody", Entry{Outcome: Done, Idempotent: true}, evidence{}, []Rule{RuleDone}},
		{"idempotent, failed", Entry{Outcome: Refused, Idempotent: true}, evidence{arrived: 1}, nil},
		{"idempotent, unknown", Entry{Outcome: Unknown, Idempotent: true}, evidence{arrived: 1}, []Rule{RuleDoubt}},
		{"silent", Entry{Outcome: Done, Idempotent: true, Silent: true}, evidence{}, nil},
		{"silent, unknown", Entry{Outcome: Unknown, Idempotent: true, Silent: true}, evidence{}, []Rule{RuleDoubt}},
		{"too patient", Entry{Outcome: Refused, Left: true, Late: true}, evidence{}, []Rule{RulePatience}},
		{
			"left and not sent", Entry{Outcome: Refused, Err: raia.ErrNotSent}, leaves(departure{at: 2}),
			[]Rule{RuleNotSent},
		},
		{"a frame that left once", Entry{Outcome: Unknown, ended: 1}, leaves(departure{session: 1, at: 2}), nil},
		{
			"a frame that left twice", Entry{Outcome: Unknown}, leaves(departure{session: 1}, departure{session: 1}),
			[]Rule{RuleResent},
		},
		{
			"a frame that left late", Entry{Outcome: Refused, ended: 1}, leaves(departure{session: 1, at: 2}),
			[]Rule{RuleAfter},
		},
		{
			"a frame beside an earlier connection", Entry{Outcome: Unknown}, leaves(departure{session: 1, early: true}),
			[]Rule{RuleOrder},
		},
		{"a request that left twice", Entry{Outcome: Unknown}, leaves(departure{}, departure{at: 9}), nil},
		{"unasked", Entry{Outcome: Unknown, Waits: true}, evidence{unasked: 1}, []Rule{RuleStray}},
		{
			"unasked, and its caller had left", Entry{Outcome: Unknown, Waits: true, Left: true}, evidence{unasked: 1},
			nil,
		},
		{"unasked, and no caller waits", Entry{Outcome: Written}, evidence{unasked: 1}, nil},
		{"unasked twice", Entry{Outcome: Written}, evidence{unasked: 2}, []Rule{RuleStray}},
		{"processed, but never arrived", Entry{Outcome: Done}, evidence{processed: 1}, []Rule{RuleWitness}},
		{
			"processed once, stored twice", Entry{Outcome: Done}, evidence{processed: 1, arrived: 2, stored: 2},
			[]Rule{RuleWitness},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.broken, judge(tt.entry, tt.saw)) })
	}
}

// forge makes a ledger of one message with the given outcome and the given number of actions.
func forge(outcome Outcome, processed int, wrong string) *Ledger {
	l := NewLedger()
	id := newID(1, 1)
	l.Begin(Entry{ID: id, Vendor: "raia", Kind: "send", Fault: "forged"})
	for range processed {
		l.Arrived("POST\n" + id)
		l.Processed(id)
	}
	if outcome != Pending {
		l.End(id, Entry{Outcome: outcome, Err: errors.New("forged"), Wrong: wrong})
	}
	return l
}

func TestLedger_NoticesForgedResults(t *testing.T) {
	tests := []struct {
		ledger *Ledger
		broken Rule
	}{
		{forge(Done, 2, ""), RuleTwice},
		{forge(Done, 0, ""), RuleDone},
		{forge(Refused, 1, ""), RuleRefused},
		{forge(Done, 1, "the answer was cut"), RuleWhole},
		{forge(Pending, 0, ""), RuleEnd},
	}
	for _, tt := range tests {
		t.Run(string(tt.broken), func(t *testing.T) {
			audit := tt.ledger.Audit()
			require.Len(t, audit.Violations, 1)
			assert.Equal(t, tt.broken, audit.Violations[0].Rule)
			assert.Equal(t, 1, audit.Broken(tt.broken))

			var out strings.Builder
			report := &Report{Audit: audit}
			require.Error(t, report.Err())
			report.Print(&out)
			assert.Contains(t, out.String(),
				"BROKEN "+string(tt.broken)+`: raia send soak-00000001-0000001 through "forged"`)
		})
	}
}

func TestLedger_HoldsForWhatIsTrue(t *testing.T) {
	for _, l := range []*Ledger{
		forge(Done, 1, ""), forge(Unknown, 1, ""), forge(Unknown, 0, ""), forge(Refused, 0, ""),
	} {
		assert.Empty(t, l.Audit().Violations)
	}
}

func TestLedger_NoticesWhatNobodySent(t *testing.T) {
	l := NewLedger()
	l.Processed(newID(1, 7))
	assert.Equal(t, 1, l.Audit().Broken(RuleNobody))
}

func TestLedger_ArrivedTakesWholeIDsOnce(t *testing.T) {
	l := NewLedger()
	id := newID(0xabc, 12)
	l.Arrived("/path/" + id + "?q=" + id + "\n" + id)
	l.Arrived("cut: " + id[:len(id)-1])
	assert.Equal(t, map[string]int{id: 1}, l.arrived)
}

func TestReport_ProvesNothingWithoutEveryOutcome(t *testing.T) {
	assert.ErrorContains(t, (&Report{Audit: forge(Done, 1, "").Audit()}).Err(), "proves nothing")
	assert.ErrorContains(t, (&Report{Audit: NewLedger().Audit(), Leaked: []string{"goroutine 1"}}).Err(), "left behind")
}

func TestCompare(t *testing.T) {
	assert.Empty(t, compare("whole", "whole"))
	assert.Contains(t, compare("who", "whole"), "cut after 3 of 5 bytes")
	assert.Contains(t, compare("other", "whole"), "another answer")
}

func TestJudgeStream(t *testing.T) {
	id := newID(1, 2)
	want := answerTo(id)
	const none = siteassisttest.FaultNone
	assert.Empty(t, judgeStream(id, none, want, true, nil))
	assert.Empty(t, judgeStream(id, siteassisttest.FaultStayOpen, want, true, nil))
	assert.NotEmpty(t, judgeStream(id, none, want[:9], true, nil), "half an answer")
	assert.NotEmpty(t, judgeStream(id, none, want, false, nil), "no finish")
	assert.NotEmpty(t, judgeStream(id, siteassisttest.FaultCutBeforeEnd, want, true, nil), "the server did not finish")
	assert.Empty(t, judgeStream(id, none, want[:9], false, siteassist.ErrTruncated),
		"what came before the cut is right")
	assert.NotEmpty(t, judgeStream(id, none, "other", false, siteassist.ErrTruncated),
		"what came before the cut is wrong")
	assert.NotEmpty(t, judgeStream(id, none, want+"more", false, siteassist.ErrTruncated), "there is too much of it")
}
