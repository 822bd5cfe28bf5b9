package simulation

import (
	"iter"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// rulesOf returns the rules that the ledger finds broken.
func rulesOf(l *Ledger) (rules []Rule) {
	for _, v := range l.Judge() {
		rules = append(rules, v.Rule)
	}
	return rules
}

func TestListener_NoticesRepeatedForeignAndLostEvents(t *testing.T) {
	l := newListener(NewLedger(), 3)
	l.expect(line(1)) // it may be lost, because no loop has a place yet
	l.heard(chat.Event{ID: "1", Text: "re: m1-u3-1x"})
	l.expect(line(2))
	l.heard(chat.Event{ID: "2", Text: line(2)})
	l.judge()
	assert.Empty(t, rulesOf(l.ledger))

	l.expect(line(3))
	l.judge()
	l.heard(chat.Event{ID: "1", Text: "again"})
	l.heard(chat.Event{ID: "3", Text: line(2)})
	l.heard(chat.Event{ID: "4", Text: "re: m1-u33-1x"})
	assert.Equal(t, []Rule{RuleEventLost, RuleEventTwice, RuleEventTwice, RuleForeign}, rulesOf(l.ledger))
}

// A loop that ends early is followed by one that begins where it ended. Close ends them.
func TestListener_BeginsAgainWhereItEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newListener(NewLedger(), 3)
		var after []string
		l.follow(func(place string) iter.Seq2[chat.Event, error] {
			after = append(after, place)
			return func(yield func(chat.Event, error) bool) {
				if len(after) == 3 {
					yield(chat.Event{}, parley.ErrClosed)
					return
				}
				yield(chat.Event{Kind: chat.EventMessage, ID: "7"}, nil)
				yield(chat.Event{}, parley.ErrServer)
			}
		})
		l.loops.Wait()
		assert.Equal(t, []string{"", "7", "7"}, after)
		assert.Equal(t, []Rule{RuleEventTwice}, rulesOf(l.ledger))
	})
}
