package chattest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

var errSave = errors.New("chattest: the store is down")

var stateCases = []entry{
	{"Save/ComesBeforeTheMessage", func(b *bench) {
		first := true
		b.keep.fail = func(state chat.State) error {
			if first {
				b.must(len(b.Heard()) == 0, "the message was sent before the state was saved")
				b.must(strings.Contains(string(state), `"m-1"`), "the saved state lacks the message: %s", state)
			}
			first = false
			return nil
		}
		b.answered("hello", b.conversation().Send(b.ctx, chat.Message{ID: "m-1", Text: "hello"}))
		b.must(!first, "the state was not saved")
	}},
	{"Save/FailsBeforeTheMessageSendsNothing", func(b *bench) {
		b.keep.fail = func(chat.State) error { return errSave }
		c := b.conversation()
		err := b.fails(c, chat.Message{ID: "m-1", Text: "hello"})
		b.is(err, errSave)
		b.is(err, parley.ErrNotSent)
		b.heard()
		b.pending(c, false)
		b.keep.fail = nil
		b.answered("hello", c.Send(b.ctx, chat.Message{ID: "m-1", Text: "hello"}))
	}},
	{"Save/FailsAfterTheMessageLeavesItPending", func(b *bench) {
		b.keep.fail = func(chat.State) error {
			if len(b.Heard()) > 0 {
				return errSave
			}
			return nil
		}
		c := b.conversation()
		b.is(b.fails(c, chat.Message{Text: "hello"}), errSave)
		b.pending(c, true)
		b.keep.fail = nil
		b.recovers(c, "hello")
		b.heard("hello")
	}},
	{"Save/FailsAtEachPointOfATurn", savesFail},
	{"State/IsSmallAndHoldsNothingSaid", func(b *bench) {
		c := b.conversation()
		for i := range 12 {
			b.ask(c, fmt.Sprintf("swordfish-%d %s", i, strings.Repeat("long ", 40)))
		}
		state := c.State()
		b.must(json.Valid(state) && len(state) < 4096, "the state has %d bytes", len(state))
		b.must(!strings.Contains(string(state), "swordfish"), "the state holds what was said")
		encoded, err := json.Marshal(state)
		b.must(err == nil && json.Valid(encoded), "the state does not marshal: %v", err)
	}},
	{"State/OfANewConversationContinuesIt", func(b *bench) {
		b.keep.states = []chat.State{b.conversation().State()}
		b.ask(b.resumed(), "hello")
	}},
	{"State/AnotherProcessContinues", func(b *bench) {
		c := b.conversation()
		b.ask(c, "one")
		next := b.resumed()
		b.ask(next, "two")
		b.heard("one", "two")
		if b.can.History {
			messages, err := next.History(b.ctx)
			b.must(err == nil && countUser(messages) == 2, "the history has %d messages, %v", len(messages), err)
		}
	}},
	{"State/EqualsWhatWasSaved", func(b *bench) {
		c := b.conversation()
		b.ask(c, "hello")
		b.must(string(c.State()) == string(b.keep.last()), "the state is\n%s\nsaved was\n%s", c.State(), b.keep.last())
	}},
	{"State/MovesAtEveryEventOfATurn", moves},
}

// savesFail lets each call of Save in a turn fail, one turn after the other. The message must be said once, or not at
// all if the call came before it.
func savesFail(b *bench) {
	var want []string
	for point := 1; ; point++ {
		calls, failed, before := 0, false, len(b.Heard())
		b.keep.fail = func(chat.State) error {
			if calls++; calls == point {
				failed = true
				return errSave
			}
			return nil
		}
		text := fmt.Sprintf("text-%d", point)
		c := b.with(b.Driver, chat.Options{State: b.keep.last()})
		_, err := c.Ask(b.ctx, chat.Message{Text: text})
		b.must(errors.Is(err, errSave) == failed, "with call %d of Save failing the turn ended with %v", point, err)
		b.keep.fail = nil
		_ = c.Close()
		if !errors.Is(err, parley.ErrNotSent) {
			want = append(want, text)
		}
		next := b.resumed()
		if _, open := next.Pending(); open {
			b.recovers(next, text)
		}
		b.must(slices.Equal(b.Heard(), want), "after %d messages and call %d of Save the vendor heard %q", before,
			point, b.Heard())
		if !failed {
			return
		}
	}
}

// moves cuts a turn at each of its events and lets another process settle it.
func moves(b *bench) {
	var want []string
	for cut := 0; ; cut++ {
		text := fmt.Sprintf("text-%d", cut)
		want = append(want, text)
		whole := b.cutAt(text, cut)
		next := b.resumed()
		if _, open := next.Pending(); open {
			b.recovers(next, text)
		}
		b.ask(next, text+"-next")
		want = append(want, text+"-next")
		b.must(slices.Equal(b.Heard(), want), "after a cut at event %d the vendor heard %q", cut, b.Heard())
		if whole {
			return
		}
	}
}

// cutAt says text, leaves the loop at an event and closes the conversation, as the death of the process would. It
// reports whether the turn was over before.
func (b *bench) cutAt(text string, cut int) (whole bool) {
	b.Helper()
	c := b.with(b.Driver, chat.Options{State: b.keep.last()})
	defer func() { _ = c.Close() }()
	at := 0
	for _, err := range c.Send(b.ctx, chat.Message{Text: text}) {
		b.must(err == nil, "the turn of %q failed: %v", text, err)
		if at == cut {
			return false
		}
		at++
	}
	return true
}

func countUser(messages []chat.Event) (n int) {
	for _, m := range messages {
		if m.Role == chat.RoleUser {
			n++
		}
	}
	return n
}
