package chattest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

var eventCases = []entry{
	{"Events/AsCapabilitiesSay", func(b *bench) {
		if b.can.History || b.can.Push {
			b.Skip("events can come")
		}
		for _, err := range b.conversation().Events(b.ctx, "") {
			b.is(err, chat.ErrUnsupported)
		}
	}},
	{"Events/EndWithTheCauseOfTheContext", func(b *bench) {
		b.needsEvents()
		ctx, cancel := context.WithCancelCause(b.ctx)
		cancel(errGivenUp)
		c := b.conversation()
		b.within("Events", func() {
			var last error
			for _, err := range c.Events(ctx, "") {
				last = err
			}
			if !errors.Is(last, errGivenUp) {
				b.Errorf("the error is %v, want the cause of the context", last)
			}
		})
	}},
	{"Events/EndWithClose", func(b *bench) {
		b.needsEvents()
		c := b.conversation()
		b.ask(c, "hello")
		l := b.listen(c, "")
		_ = c.Close()
		b.wait("Events of a closed conversation", l.done)
		b.is(l.err, parley.ErrClosed)
	}},
	{"Events/ASecondRangeIsErrClosed", func(b *bench) {
		c := b.conversation()
		ctx, cancel := context.WithCancel(b.ctx)
		cancel()
		events := c.Events(ctx, "")
		_, err := chat.Collect(events)
		b.must(err != nil, "Events of an ended context has no error")
		for _, err := range events {
			b.is(err, parley.ErrClosed)
		}
	}},
	{"Events/WhatAHumanSays", func(b *bench) {
		c, l := b.withHuman()
		b.Human("I am Ann")
		l.wants("I am Ann")
		b.Human("How can I help?")
		l.wants("I am Ann", "How can I help?")
		_ = c.Close()
	}},
	{"Events/TwoLoopsEachGetEverything", func(b *bench) {
		c, l := b.withHuman()
		other := b.listen(c, b.now(c))
		b.eventually("both loops listen", func() bool { // a vendor that only pushes shows it in no other way
			b.Human("ping")
			return len(l.texts()) > 0 && len(other.texts()) > 0
		})
		b.Human("I am Ann")
		for _, loop := range []*listener{l, other} {
			b.eventually("a loop gets the message", func() bool { return slices.Contains(loop.texts(), "I am Ann") })
		}
	}},
	{"Events/ContinueAfterAMessage", func(b *bench) {
		if !b.can.History {
			b.Skip("the vendor shows no messages")
		}
		c, l := b.withHuman()
		b.Human("one")
		b.Human("two")
		l.wants("one", "two")
		_ = c.Close()
		b.Human("three")
		next := b.resumed()
		b.listen(next, l.ids()[0]).wants("two", "three")
	}},
	{"Events/NoAnswersToMessages", func(b *bench) {
		c, l := b.withHuman()
		_, err := c.Ask(b.ctx, chat.Message{Text: "to the human"})
		b.must(err == nil, "the turn failed: %v", err)
		b.Human("last")
		l.wants("last")
	}},
	{"Events/AnAnswerThatRecoverYields", func(b *bench) {
		b.needsRecover()
		c := b.lose()
		l := b.listen(c, "unknown")
		b.looks()
		b.recovers(c, "hello")
		b.ask(c, "next")
		b.looks()
		b.must(len(l.texts()) == 0, "these came: %q", l.texts())
	}},
	{"Events/ALateAnswerAfterAnotherMessage", func(b *bench) {
		b.needsRecover()
		c := b.conversation()
		b.loseIn(c, FaultNoAnswer, "first")
		l := b.listen(c, "unknown")
		a, err := chat.Collect(c.Recover(b.ctx))
		b.must(err == nil && a.Finish == chat.FinishUnanswered, "Recover ended with %q, %v", a.Finish, err)
		b.ask(c, "second")
		b.Answer()
		l.wantsOf(chat.RoleAssistant, "first")
	}},
	{"Events/AnAgentThatSpeaksAfterAHuman", func(b *bench) {
		if b.Agent == nil {
			b.Skip("the harness cannot let the agent speak")
		}
		_, l := b.withHuman()
		b.Human("I am Ann")
		l.wants("I am Ann")
		b.Agent("Ann has left")
		b.eventually("the agent's message comes", func() bool { return len(l.texts()) == 2 })
		b.must(strings.Contains(l.texts()[1], "Ann has left"), "these came: %q", l.texts())
	}},
	{"Events/OutlivePassingFailures", func(b *bench) {
		if b.Disturb == nil || !b.can.History {
			b.Skip("there are no looks to disturb")
		}
		_, l := b.withHuman()
		b.Disturb(8)
		b.Human("I am Ann")
		l.wants("I am Ann")
	}},
	{"History/AsCapabilitiesSay", func(b *bench) {
		c := b.conversation()
		messages, err := c.History(b.ctx)
		if !b.can.History {
			b.is(err, chat.ErrUnsupported)
			return
		}
		b.must(err == nil && len(messages) == 0, "the history of a new conversation is %v, %v", messages, err)
		b.ask(c, "one")
		b.ask(c, "two")
		messages, err = c.History(b.ctx)
		b.must(err == nil && len(messages) == 4, "the history has %d messages, %v", len(messages), err)
		for i, want := range []string{"one", "one", "two", "two"} {
			m, user := messages[i], i%2 == 0
			b.must(m.Kind == chat.EventMessage && m.ID != "", "message %d is a %q with ID %q", i, m.Kind, m.ID)
			said := strings.Contains(m.Text, want) && (m.Role == chat.RoleUser) == user
			b.must(said, "message %d is %q by %q", i, m.Text, m.Role)
		}
	}},
	{"History/HasTheIDsOfTurns", func(b *bench) {
		if !b.can.History {
			b.Skip("the vendor shows no messages")
		}
		c := b.conversation()
		a := b.ask(c, "hello")
		messages, err := c.History(b.ctx)
		b.must(err == nil && len(messages) > 0, "the history has %d messages, %v", len(messages), err)
		last := messages[len(messages)-1]
		b.must(last.ID == a.Messages[0].ID, "the history has other IDs than the turn")
	}},
}

func (b *bench) needsEvents() {
	b.Helper()
	if !b.can.History && !b.can.Push {
		b.Skip("nothing comes unasked")
	}
}

// withHuman returns a conversation that a human has taken over, and a loop over its Events.
func (b *bench) withHuman() (*chat.Conversation, *listener) {
	b.Helper()
	b.needsHumans()
	c := b.conversation()
	b.ask(c, "hello")
	b.TakeOver()
	return c, b.listen(c, b.now(c))
}

// now returns the ID of the last message so far. Without an ID a test cannot tell when a loop has begun to listen.
func (b *bench) now(c *chat.Conversation) string {
	b.Helper()
	if !b.can.History {
		return ""
	}
	messages, err := c.History(b.ctx)
	b.must(err == nil && len(messages) > 0, "the history has %d messages, %v", len(messages), err)
	return messages[len(messages)-1].ID
}

// looks waits until a loop that runs has certainly read the conversation again.
func (b *bench) looks() {
	b.Helper()
	const certainly = 3 // a request may be under way
	before := b.Requests()
	b.eventually("the loop looks", func() bool { return b.Requests() >= before+certainly })
}

// listener is a loop over Events on another goroutine.
type listener struct {
	b    *bench
	done chan struct{}
	err  error // once done is closed

	mu       sync.Mutex
	messages []chat.Event
}

// listen starts a loop.
func (b *bench) listen(c *chat.Conversation, after string) *listener {
	l := &listener{b: b, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for e, err := range c.Events(b.ctx, after) {
			if err != nil {
				l.err = err
				return
			}
			l.add(e)
		}
	}()
	return l
}

func (l *listener) add(e chat.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Kind == chat.EventMessage {
		l.messages = append(l.messages, e)
	}
}

// came returns the messages so far.
func (l *listener) came() []chat.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.messages)
}

func (l *listener) texts() []string { return textsOf(l.came()) }

func textsOf(messages []chat.Event) (texts []string) {
	for _, m := range messages {
		texts = append(texts, m.Text)
	}
	return texts
}

func (l *listener) ids() (ids []string) {
	for _, m := range l.came() {
		ids = append(ids, m.ID)
	}
	return ids
}

// wants waits until so many messages have come, and requires that they are the human's texts, each once.
func (l *listener) wants(texts ...string) {
	l.b.Helper()
	l.wantsOf(chat.RoleHuman, texts...)
}

func (l *listener) wantsOf(role chat.Role, texts ...string) {
	l.b.Helper()
	l.b.eventually("the messages of the "+string(role)+" come", func() bool {
		select {
		case <-l.done:
			l.b.Fatalf("Events has ended with %v", l.err)
		default:
		}
		return len(l.came()) >= len(texts)
	})
	got := l.came()
	l.b.must(len(got) == len(texts), "these came: %q", textsOf(got))
	for i, m := range got {
		l.b.must(m.Role == role && strings.Contains(m.Text, texts[i]), "message %d is %q by %q", i, m.Text, m.Role)
	}
}
