package demo

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/raia/raiatest"
)

// book is a ledger and what staff did.
type book struct {
	ledger []raiatest.Action
	done   []string
}

func (b *book) heard(conversation, text string) {
	b.ledger = append(b.ledger, raiatest.Action{Conversation: conversation, Text: text})
}

func (b *book) desk() *desk {
	return &desk{
		ledger: func() []raiatest.Action { return b.ledger },
		says:   func(id, text string) bool { b.done = append(b.done, id+": "+text[:5]); return true },
		leaves: func(id string) bool { b.done = append(b.done, id+" left"); return true },
	}
}

func TestDesk_TakesOverAnswersAndLeaves(t *testing.T) {
	b := &book{}
	d := b.desk()
	b.heard("1", "Hello")
	b.heard("1", "Is there a Human?")
	b.heard("2", "Hello")
	d.look()
	assert.Equal(t, []string{"1: Hello"}, b.done)
	b.heard("1", "It is late.")
	b.heard("1", "Thank you!")
	b.heard("1", "Thank you!")
	b.ledger = append(b.ledger, raiatest.Action{Conversation: "2", Operation: handOver})
	d.look()
	d.look()
	assert.Equal(t, []string{"1: Hello", "1: I hav", "1: You a", "1 left", "2: Hello"}, b.done)
}

func TestHire_LooksUntilItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		b.heard("1", "human")
		end := hire(b.desk())
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Len(t, b.done, 1)
		end()
	})
}
