package chattest

import (
	"errors"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

var faultCases = []entry{
	{"Refused/TheMessageWasNotSaidAndMayBeSaidAgain", func(b *bench) {
		b.fault(FaultRefuse)
		c := b.conversation()
		m := chat.Message{ID: "m-1", Text: "hello"}
		err := b.fails(c, m)
		b.must(!errors.Is(err, parley.ErrDeliveryUnknown), "the error is %v", err)
		b.pending(c, false)
		b.answered("hello", c.Send(b.ctx, m))
		b.heard("hello")
	}},
	{"AnswerFailed/TheMessageWasSaid", func(b *bench) {
		b.fault(FaultFailAnswer)
		c := b.conversation()
		m := chat.Message{ID: "m-1", Text: "hello"}
		b.is(b.fails(c, m), parley.ErrAnswerFailed)
		b.pending(c, false)
		b.is(b.fails(c, m), chat.ErrAlreadySent)
		b.ask(c, "again")
		b.heard("hello", "again")
	}},
	{"AnswerLost/TheMessageIsPending", func(b *bench) {
		c := b.lose()
		b.pending(c, true)
		b.heard("hello")
	}},
	{"AnswerLost/SendIsErrPending", func(b *bench) {
		c := b.lose()
		b.is(b.fails(c, chat.Message{Text: "other"}), chat.ErrPending)
		b.is(b.fails(c, chat.Message{ID: "lost", Text: "hello"}), chat.ErrPending)
		b.heard("hello")
	}},
	{"RequestLost/NothingIsClaimed", func(b *bench) {
		b.fault(FaultLoseRequest)
		c := b.conversation()
		err := b.fails(c, chat.Message{Text: "hello"})
		if _, open := c.Pending(); !open {
			b.must(!errors.Is(err, parley.ErrDeliveryUnknown), "nothing is pending after %v", err)
		}
		b.heard()
	}},
	{"Cut/YieldsWhatCameThenErrTruncated", func(b *bench) {
		if !b.can.Deltas {
			b.Skip("the driver does not stream")
		}
		b.fault(FaultCut)
		c := b.conversation()
		a, err := c.Ask(b.ctx, chat.Message{Text: "tell me something longer"})
		b.must(errors.Is(err, parley.ErrTruncated) || errors.Is(err, parley.ErrDeliveryUnknown), "the error is %v", err)
		b.must(a.Text != "" && len(a.Messages) == 0, "%q and %d messages came", a.Text, len(a.Messages))
		b.pending(c, true)
	}},
	{"Fault/AnErrorShowsNothingThatWasSaid", func(b *bench) {
		b.fault(FaultRefuse)
		err := b.fails(b.conversation(), chat.Message{Text: "my password is swordfish"})
		b.must(!strings.Contains(err.Error(), "swordfish"), "the error shows the message: %v", err)
	}},
}

// lose says "hello" with the ID "lost" and loses the answer.
func (b *bench) lose() *chat.Conversation {
	b.Helper()
	c := b.conversation()
	b.loseIn(c, FaultLoseAnswer, "hello")
	return c
}

func (b *bench) loseIn(c *chat.Conversation, f Fault, text string) {
	b.Helper()
	b.fault(f)
	err := b.fails(c, chat.Message{ID: "lost", Text: text})
	b.must(errors.Is(err, parley.ErrDeliveryUnknown) || errors.Is(err, parley.ErrTruncated), "the error is %v", err)
}
