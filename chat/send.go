package chat

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"
)

// Send sends m and yields the answer as it comes. The error matches ErrPending while a message is pending,
// ErrAlreadySent if m has the ID of the last one that was sent, parley.ErrInvalidArgument if m is empty or names a
// choice that was not offered, and parley.ErrNotSent if something failed before m was sent. If the fate of m is open
// after another error, Pending returns it.
func (c *Conversation) Send(ctx context.Context, m Message) iter.Seq2[Event, error] {
	return c.sequence(ctx, func(t *Turn) error { return c.send(t, m) })
}

func (c *Conversation) send(t *Turn, m Message) error {
	if m.ID == "" {
		m.ID = newID()
	}
	if err := c.admit(m); err != nil {
		return err
	}
	if err := c.open(t.ctx); err != nil {
		return err
	}
	c.resync(t.ctx)
	err := c.commit(t.ctx, func(st *state) {
		st.Pending = &record{ID: m.ID, Hash: hashMessage(m), SentAt: time.Now()}
	})
	if err != nil {
		return &unsentError{step: "save the state before the message is sent", cause: err}
	}
	t.message = true
	return t.conclude(c.session.Send(t.ctx, m, t))
}

// admit decides whether m may be sent.
func (c *Conversation) admit(m Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !storable(m.ID): // a State could not hold it, and the message could be said twice
		return invalid("Message.ID is not UTF-8 or is longer than %d bytes as JSON", maxID)
	case c.st.Pending != nil:
		return ErrPending
	case m.ID == c.st.Last.ID:
		return ErrAlreadySent
	case m.Text == "" && m.ChoiceID == "" && m.Native == nil:
		return invalid("Message: one of Text, ChoiceID and Native is required")
	case m.ChoiceID != "" && m.Native != nil:
		return invalid("Message: ChoiceID and Native exclude each other")
	case m.ChoiceID != "" && !c.st.Offered.has(m.ChoiceID):
		return invalid("Message.ChoiceID: the choice was not offered")
	}
	return nil
}

// open creates the conversation at the vendor where that is a step of its own.
func (c *Conversation) open(ctx context.Context) error {
	opener, ok := c.session.(Opener)
	if !ok {
		return nil
	}
	if err := opener.Open(ctx); err != nil {
		return &unsentError{step: "open the conversation", cause: err}
	}
	return nil
}

// Greet yields the agent's greeting. The error matches ErrUnsupported if the agent cannot speak first.
func (c *Conversation) Greet(ctx context.Context) iter.Seq2[Event, error] {
	return c.sequence(ctx, func(t *Turn) error {
		greeter, ok := c.session.(Greeter)
		if !ok || !c.can.Greeting {
			return ErrUnsupported
		}
		return t.conclude(greeter.Greet(t.ctx, t))
	})
}

// HandOver asks for a human, who answers in Events. The error matches ErrUnsupported if the vendor has no way to ask.
// With a vendor that is asked in words, the words are a message of the user: HandOver then yields ErrPending while a
// message is pending, and Recover settles words whose fate is open.
func (c *Conversation) HandOver(ctx context.Context) iter.Seq2[Event, error] {
	return c.sequence(ctx, func(t *Turn) error {
		sayer, says := c.session.(HandOverSayer)
		asker, asks := c.session.(HandOverer)
		switch {
		case c.can.HandOver && says:
			return c.send(t, Message{Text: sayer.HandOverText()})
		case c.can.HandOver && asks:
			return c.handOver(t, asker)
		}
		return ErrUnsupported
	})
}

// handOver saves the conversation first, which another process would open again otherwise.
func (c *Conversation) handOver(t *Turn, asker HandOverer) error {
	if err := c.open(t.ctx); err != nil {
		return err
	}
	if err := c.save(t.ctx); err != nil {
		return &unsentError{step: "save the state before the hand-over", cause: err}
	}
	return t.conclude(asker.HandOver(t.ctx, t))
}

// Answer is a turn, collected.
type Answer struct {
	// Text is the text of all messages, one below the other. With an error it is the part that came before.
	Text string
	// Messages are the whole messages, in order.
	Messages []Event
	// Choices are those of all messages, in order.
	Choices []Choice
	// Parts are the chunks that are no text, in order.
	Parts []json.RawMessage
	// Finish says how the turn ended. It is "" beside an error.
	Finish string
}

// Ask is Send, collected. With an error it returns the part that came before. The Answer is never nil.
func (c *Conversation) Ask(ctx context.Context, m Message) (*Answer, error) {
	return Collect(c.Send(ctx, m))
}

// Collect ranges over the events of a turn and returns them as an Answer. With an error it returns the part that came
// before. The Answer is never nil.
func Collect(events iter.Seq2[Event, error]) (*Answer, error) {
	a := &Answer{}
	var parts drafts
	var failed error
	for e, err := range events {
		if err != nil {
			failed = err
			break
		}
		parts.add(e)
		a.add(e)
	}
	var texts []string
	for _, m := range append(slices.Clone(a.Messages), parts.rest()...) {
		texts = append(texts, m.Text)
	}
	a.Text = strings.Join(texts, "\n")
	return a, failed
}

func (a *Answer) add(e Event) {
	switch e.Kind {
	case EventMessage:
		a.Messages = append(a.Messages, e)
		a.Choices = append(a.Choices, e.choices()...)
	case EventPart:
		a.Parts = append(a.Parts, e.Part)
	case EventDone:
		a.Finish = e.Finish
	}
}
