package chaos

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLedger_NoticesForgedEntries enters for each rule what must not happen, and for all of them what may.
func TestLedger_NoticesForgedEntries(t *testing.T) {
	for _, tt := range []struct {
		name   string
		entry  Entry
		heard  int
		breaks []Rule
	}{
		{"whole", Entry{Outcome: Whole}, 1, nil},
		{"a line that knows nothing", Entry{Outcome: Line, Shown: "Please check.", Said: "unknown"}, 1, nil},
		{"a true no", Entry{Outcome: Line, Shown: "Please try again.", Said: "no"}, 0, nil},
		{"a true yes", Entry{Outcome: Line, Shown: "The answer broke off.", Said: "yes"}, 1, nil},
		{"went on in time", Entry{Outcome: Whole, WentOn: 30 * time.Second}, 1, nil},

		{"no end", Entry{Outcome: Pending}, 1, []Rule{RuleEnd}},
		{"an empty line", Entry{Outcome: Line, Said: "unknown"}, 1, []Rule{RuleEnd}},
		{"half an answer", Entry{Outcome: Pending, Wrong: "You said"}, 1, []Rule{RuleEnd, RuleRight}},
		{"an answer from nowhere", Entry{Outcome: Whole}, 0, []Rule{RuleRight}},
		{"said twice", Entry{Outcome: Whole}, 2, []Rule{RuleTwice}},
		{
			"said twice behind a line", Entry{Outcome: Line, Shown: "Please check.", Said: "unknown"}, 2,
			[]Rule{RuleTwice},
		},
		{"a false no", Entry{Outcome: Line, Shown: "Please try again.", Said: "no"}, 1, []Rule{RuleHonest}},
		{"a false yes", Entry{Outcome: Line, Shown: "The answer broke off.", Said: "yes"}, 0, []Rule{RuleHonest}},
		{"the vendor's words", Entry{Outcome: Line, Shown: "400: secret", Said: "unknown"}, 0, []Rule{RuleSecret}},
		{"went on too late", Entry{Outcome: Whole, WentOn: time.Minute}, 1, []Rule{RuleGoesOn}},
	} {
		l := NewLedger()
		tt.entry.ID = newID(7, 1)
		l.Begin(Entry{ID: tt.entry.ID})
		l.End(tt.entry)
		for range tt.heard {
			l.Heard("You said: " + tt.entry.ID + " please")
		}
		var broken []Rule
		for _, b := range l.Audit(recoverWait) {
			broken = append(broken, b.Rule)
			assert.Contains(t, b.String(), tt.entry.ID)
		}
		assert.Equal(t, tt.breaks, broken, tt.name)
	}
}

func TestLedger_NoticesAMessageThatNobodySaid(t *testing.T) {
	l := NewLedger()
	l.Heard("something else")
	l.Heard(newID(7, 1))
	broken := l.Audit(0)
	require.Len(t, broken, 1)
	assert.Equal(t, RuleTwice, broken[0].Rule)
}

func TestLedger_Rows(t *testing.T) {
	l := NewLedger()
	l.End(Entry{ID: newID(7, 1), Vendor: "raia", Outcome: Whole, Tries: 1})
	l.End(Entry{ID: newID(7, 2), Vendor: "raia", Outcome: Whole, Tries: 3, WentOn: time.Second})
	l.End(Entry{ID: newID(7, 3), Vendor: "aisera", Outcome: Line})
	l.End(Entry{ID: newID(7, 4), Outcome: Line})
	l.Heard(newID(7, 2))
	assert.Equal(t, []Row{
		{Name: "aisera", Messages: 1, Line: 1}, {Name: "raia", Messages: 2, Whole: 2, Late: 1, Heard: 1},
	}, l.Rows(func(e Entry) string { return e.Vendor }))
	assert.Equal(t, []time.Duration{time.Second}, l.wentOn())
}
