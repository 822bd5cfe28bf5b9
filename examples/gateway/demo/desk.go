package demo

import (
	"strings"
	"time"

	"github.com/seed-127a5941/parley/raia/raiatest"
)

// handOver is the action in the ledger of raia's fake that puts a conversation into the manual mode.
const handOver = "PUT /conversations/{id}/mode"

// desk plays the staff behind a fake. It learns from the fake's ledger who asks for a human, greets, answers each
// message, and leaves after a word of thanks if the fake can hand the conversation back.
type desk struct {
	ledger func() []raiatest.Action // actions are one type in all fakes
	says   func(conversation, text string) bool
	leaves func(conversation string) bool // nil if staff stays
	seen   int                            // actions that were looked at
	with   map[string]bool                // conversations in which staff answers
}

// hire lets desks look every 700 ms. It returns a func that ends that.
func hire(desks ...*desk) (end func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case <-time.After(700 * time.Millisecond):
			}
			for _, d := range desks {
				d.look()
			}
		}
	}()
	return func() { close(quit); <-done }
}

func (d *desk) look() {
	ledger := d.ledger()
	for _, action := range ledger[d.seen:] {
		switch id := action.Conversation; {
		case d.with[id] && d.leaves != nil && strings.Contains(strings.ToLower(action.Text), "thank"):
			d.says(id, "You are welcome. The assistant takes over again.")
			d.leaves(id)
			delete(d.with, id)
		case d.with[id] && action.Text != "":
			d.says(id, "I have noted that, and look into it.")
		case wantsHuman(action.Text), action.Operation == handOver && !d.with[id]:
			d.says(id, "Hello, this is Ann. How can I help?")
			if d.with == nil {
				d.with = map[string]bool{}
			}
			d.with[id] = true
		}
	}
	d.seen = len(ledger)
}
