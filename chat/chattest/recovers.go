package chattest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

var recoverCases = []entry{
	{"Recover/WithNothingPending", func(b *bench) {
		c := b.conversation()
		a, err := chat.Collect(c.Recover(b.ctx))
		b.must(err == nil && a.Finish == "" && len(a.Messages) == 0, "it ended with %q, %v", a.Finish, err)
		b.must(b.Requests() == 0, "%d requests were sent", b.Requests())
	}},
	{"Recover/TheAnswerThatWasLost", func(b *bench) {
		c := b.lose()
		b.recovers(c, "hello")
		b.heard("hello")
	}},
	{"Recover/TheAnswerInAnotherProcess", func(b *bench) {
		_ = b.lose().Close()
		b.recovers(b.resumed(), "hello")
		b.heard("hello")
	}},
	{"Recover/AMessageThatWasLost", func(b *bench) {
		c := b.conversation()
		b.fault(FaultLoseRequest)
		began := time.Now()
		m := chat.Message{ID: "lost", Text: "hello"}
		_ = b.fails(c, m)
		if _, open := c.Pending(); open {
			_, err := chat.Collect(c.Recover(b.ctx))
			b.pending(c, false)
			if !b.can.Recover {
				b.is(err, parley.ErrDeliveryUnknown)
				b.is(b.fails(c, m), chat.ErrAlreadySent)
				return
			}
			b.is(err, chat.ErrNotDelivered)
			b.must(time.Since(began) >= brief, "absence was taken for a proof after %s", time.Since(began))
		}
		b.answered("hello", c.Send(b.ctx, m))
		b.heard("hello")
	}},
	{"Recover/AMessageThatTheVendorActsOnLate", func(b *bench) {
		b.needsRecover()
		b.fault(FaultLoseRequest)
		c := b.with(b.Driver, chat.Options{RecoverWait: long})
		_ = b.fails(c, chat.Message{ID: "lost", Text: "hello"})
		b.pending(c, true)
		for e, err := range c.Recover(b.ctx) {
			b.must(err == nil, "Recover failed: %v", err)
			if e.Kind == chat.EventStatus && e.Status == chat.StatusChecking {
				b.Late("hello")
			}
			b.must(e.Kind != chat.EventMessage || strings.Contains(e.Text, "hello"), "the answer is %q", e.Text)
		}
		b.pending(c, false)
		b.heard("hello")
	}},
	{"Recover/ASecondYesThatWasLost", func(b *bench) {
		b.needsRecover()
		c := b.conversation()
		b.ask(c, "yes")
		b.fault(FaultLoseRequest)
		_ = b.fails(c, chat.Message{ID: "second", Text: "yes"})
		a, err := chat.Collect(c.Recover(b.ctx))
		b.is(err, chat.ErrNotDelivered)
		b.must(len(a.Messages) == 0, "the answer to the first one was taken for that to the second: %q", a.Text)
		b.heard("yes")
	}},
	{"Recover/ASecondYesWhoseAnswerWasLost", func(b *bench) {
		b.needsRecover()
		c := b.conversation()
		first := b.ask(c, "yes")
		b.loseIn(c, FaultLoseAnswer, "yes")
		second := b.answered("yes", c.Recover(b.ctx))
		b.must(second.Messages[0].ID != first.Messages[0].ID, "it is the answer to the first one")
		b.heard("yes", "yes")
	}},
	{"Recover/AfterAMessageThatTurnedUpTooLate", func(b *bench) {
		b.needsRecover()
		c := b.conversation()
		b.fault(FaultLoseRequest)
		_ = b.fails(c, chat.Message{ID: "lost-1", Text: "one"})
		_, err := chat.Collect(c.Recover(b.ctx))
		b.is(err, chat.ErrNotDelivered)
		b.Late("one")
		b.fault(FaultLoseRequest)
		_ = b.fails(c, chat.Message{ID: "lost-2", Text: "two"})
		a, err := chat.Collect(c.Recover(b.ctx))
		b.must(errors.Is(err, chat.ErrNotDelivered) || errors.Is(err, parley.ErrDeliveryUnknown), "the error is %v",
			err)
		b.must(len(a.Messages) == 0, "the answer to the first one was taken for that to the second: %q", a.Text)
	}},
	{"Recover/EndsWithItsContextAndCanBeRepeated", func(b *bench) {
		b.needsRecover()
		b.fault(FaultLoseRequest)
		c := b.with(b.Driver, chat.Options{RecoverWait: long})
		_ = b.fails(c, chat.Message{ID: "lost", Text: "hello"})
		ctx, cancel := context.WithCancelCause(b.ctx)
		defer cancel(nil)
		var failed error
		b.within("Recover", func() {
			for e, err := range c.Recover(ctx) {
				if failed = err; e.Status == chat.StatusChecking {
					cancel(errGivenUp)
				}
			}
		})
		b.is(failed, errGivenUp)
		b.pending(c, true)
		b.Late("hello")
		b.recovers(c, "hello")
	}},
	{"Recover/OutlivesPassingFailures", func(b *bench) {
		b.needsRecover()
		if b.Disturb == nil {
			b.Skip("the harness cannot disturb")
		}
		c := b.with(b.Driver, chat.Options{RecoverWait: long}) // beyond the waits after so many failures
		b.loseIn(c, FaultLoseAnswer, "hello")
		b.Disturb(8)
		b.recovers(c, "hello")
	}},
	{"Recover/AfterABreak", func(b *bench) {
		c := b.conversation()
		b.leave(c.Send(b.ctx, chat.Message{Text: "hello"}))
		b.recovers(c, "hello")
		b.ask(c, "next")
		b.heard("hello", "next")
	}},
	{"Recover/AfterACut", func(b *bench) {
		if !b.can.Deltas {
			b.Skip("the driver does not stream")
		}
		c := b.conversation()
		b.loseIn(c, FaultCut, "tell me something longer")
		b.recovers(c, "tell me something longer")
		b.heard("tell me something longer")
	}},
	{"Recover/ThenTheConversationGoesOn", func(b *bench) {
		c := b.lose()
		b.recovers(c, "hello")
		b.is(b.fails(c, chat.Message{ID: "lost", Text: "hello"}), chat.ErrAlreadySent)
		b.ask(c, "next")
		b.loseIn2(c)
	}},
	{"Recover/MovesAtEveryEvent", recoveryMoves},
}

// settles requires that Recover settles the message, whatever the result.
func (b *bench) settles(c *chat.Conversation) {
	b.Helper()
	_, _ = chat.Collect(c.Recover(b.ctx))
	b.pending(c, false)
}

// recoveryMoves cuts Recover at each of its events and lets another process settle the message.
func recoveryMoves(b *bench) {
	for cut := 0; ; cut++ {
		text := fmt.Sprintf("text-%d", cut)
		c := b.with(b.Driver, chat.Options{State: b.keep.last()})
		b.fault(FaultLoseAnswer)
		_ = b.fails(c, chat.Message{Text: text})
		b.pending(c, true)
		at, whole := 0, true
		for _, err := range c.Recover(b.ctx) {
			if whole = err != nil; whole || at == cut {
				break
			}
			at, whole = at+1, true
		}
		_ = c.Close()
		next := b.resumed()
		if _, open := next.Pending(); open {
			b.must(!whole, "a message is pending after Recover has ended")
			b.recovers(next, text)
		}
		b.must(len(b.Heard()) == cut+1, "after a cut at event %d the vendor heard %q", cut, b.Heard())
		if whole {
			return
		}
	}
}

// loseIn2 loses another message and recovers it: the count goes on from where Recover left it.
func (b *bench) loseIn2(c *chat.Conversation) {
	b.Helper()
	b.fault(FaultLoseAnswer)
	_ = b.fails(c, chat.Message{ID: "lost-2", Text: "again"})
	b.recovers(c, "again")
	b.heard("hello", "next", "again")
}

func (b *bench) needsRecover() {
	b.Helper()
	if !b.can.Recover {
		b.Skip("the driver cannot look for a message")
	}
}

// recovers requires that Recover settles a message on which the vendor acted.
func (b *bench) recovers(c *chat.Conversation, text string) {
	b.Helper()
	a, err := chat.Collect(c.Recover(b.ctx))
	b.pending(c, false)
	switch {
	case b.can.Recover:
		b.must(err == nil && strings.Contains(a.Text, text), "Recover brought %q, %v", a.Text, err)
	case err == nil:
		b.must(a.Finish == chat.FinishUnanswered, "Recover ended with %q", a.Finish)
	default:
		b.must(errors.Is(err, parley.ErrDeliveryUnknown), "the error is %v", err)
	}
}
