package chattest

import (
	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

var offerCases = []entry{
	{"Choice/ThatWasOffered", func(b *bench) {
		c := b.conversation()
		choice := b.offered(c)
		_, err := c.Ask(b.ctx, chat.Message{ChoiceID: choice.ID, Text: choice.Label})
		b.must(err == nil, "the choice failed: %v", err)
		b.must(len(b.Heard()) == 2, "the vendor heard %q", b.Heard())
	}},
	{"Choice/ThatWasOfferedInAnotherProcess", func(b *bench) {
		choice := b.offered(b.conversation())
		_, err := b.resumed().Ask(b.ctx, chat.Message{ChoiceID: choice.ID, Text: choice.Label})
		b.must(err == nil, "the choice failed: %v", err)
	}},
	{"Choice/IsSavedBeforeItIsShown", func(b *bench) {
		if !b.can.Choices {
			b.Skip("the driver offers no choices")
		}
		var offered []chat.Choice
		for e, err := range b.conversation().Send(b.ctx, chat.Message{Text: b.OfferText}) {
			b.must(err == nil, "the turn failed: %v", err)
			if offered = e.Choices; len(offered) > 0 {
				break // as the death of the process
			}
		}
		b.must(len(offered) > 0, "the answer to OfferText offers no choice")
		next := b.resumed()
		b.settles(next)
		_, err := next.Ask(b.ctx, chat.Message{ChoiceID: offered[0].ID, Text: offered[0].Label})
		b.must(err == nil, "the choice failed: %v", err)
	}},
	{"Choice/ThatWasNotOfferedIsRefused", func(b *bench) {
		c := b.conversation()
		b.is(b.fails(c, chat.Message{ChoiceID: "made-up", Text: "Made up"}), parley.ErrInvalidArgument)
		b.must(b.Requests() == 0, "%d requests were sent", b.Requests())
		b.pending(c, false)
	}},
	{"Greet/AsCapabilitiesSay", func(b *bench) {
		c := b.conversation()
		a, err := chat.Collect(c.Greet(b.ctx))
		if !b.can.Greeting {
			b.is(err, chat.ErrUnsupported)
			b.must(b.Requests() == 0, "%d requests were sent", b.Requests())
			return
		}
		b.must(err == nil && a.Text != "" && a.Messages[0].Role == chat.RoleAssistant, "the greeting is %q, %v", a.Text,
			err)
		b.heard()
		b.ask(c, "hello")
	}},
	{"Greet/ThenAnotherProcessContinues", func(b *bench) {
		if !b.can.Greeting {
			b.Skip("the driver has no greeting")
		}
		_, err := chat.Collect(b.conversation().Greet(b.ctx))
		b.must(err == nil, "the greeting failed: %v", err)
		b.ask(b.resumed(), "hello")
	}},
	{"HandOver/AsCapabilitiesSay", func(b *bench) {
		a, err := chat.Collect(b.conversation().HandOver(b.ctx))
		if !b.can.HandOver {
			b.is(err, chat.ErrUnsupported)
			b.must(b.Requests() == 0, "%d requests were sent", b.Requests())
			return
		}
		b.must(err == nil && a.Finish != "", "it ended with %q, %v", a.Finish, err)
	}},
	{"HandOver/WhoseResponseWasLost", func(b *bench) {
		if !b.can.HandOver {
			b.Skip("no human can be asked for")
		}
		b.fault(FaultLoseHandOver)
		_, err := chat.Collect(b.conversation().HandOver(b.ctx))
		b.must(err != nil, "the hand-over succeeded")
		next := b.resumed()
		if _, open := next.Pending(); open { // it was asked for in words, which are not repeated
			_, err = chat.Collect(next.HandOver(b.ctx))
			b.is(err, chat.ErrPending)
			b.settles(next)
		}
		said := len(b.Heard())
		b.must(said <= 1, "the vendor heard %q", b.Heard())
		a, err := next.Ask(b.ctx, chat.Message{Text: "hello"})
		b.must(err == nil && len(b.Heard()) == said+1, "the next message ended with %v, the vendor heard %q", err,
			b.Heard())
		b.must(!b.can.History || a.Finish == chat.FinishQueued, "the next message ended with %q", a.Finish)
	}},
	{"Humans/AQueuedMessageEndsItsTurn", func(b *bench) {
		b.needsHumans()
		c := b.conversation()
		b.ask(c, "hello")
		b.TakeOver()
		a, err := c.Ask(b.ctx, chat.Message{Text: "to the human"})
		b.must(err == nil && a.Finish == chat.FinishQueued, "it ended with %q, %v", a.Finish, err)
		b.pending(c, false)
		b.heard("hello", "to the human")
	}},
}

// offered makes the vendor offer a choice.
func (b *bench) offered(c *chat.Conversation) chat.Choice {
	b.Helper()
	if !b.can.Choices {
		b.Skip("the driver offers no choices")
	}
	a, err := c.Ask(b.ctx, chat.Message{Text: b.OfferText})
	b.must(err == nil, "the turn failed: %v", err)
	for _, choice := range a.Choices {
		if choice.ID != "" {
			return choice
		}
	}
	b.Fatalf("the answer to OfferText offers no choice")
	return chat.Choice{}
}

func (b *bench) needsHumans() {
	b.Helper()
	if !b.can.Humans {
		b.Skip("no human answers")
	}
}
