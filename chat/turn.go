package chat

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-127a5941/parley"
)

// Turn is what a Session reports a turn to. Its methods must be called on the goroutine that called Send, Greet,
// HandOver or Await, and not after that call has returned.
type Turn struct {
	c     *Conversation
	ctx   context.Context
	yield func(Event, error) bool

	message bool   // a message of the user belongs to the turn
	heard   bool   // the vendor has accepted the message, or answers it
	left    bool   // the caller has left the loop
	done    bool   // the driver has emitted EventDone
	finish  string // how the turn ended
	last    string // ID of the last message
	unnamed string // ID of the message for which the driver emits deltas without an ID

	drafts []*draft        // messages of which only deltas came, in order
	whole  map[string]bool // messages that were emitted whole
}

// draft is a message that is being made.
type draft struct {
	event Event
	text  strings.Builder
}

func newTurn(c *Conversation, ctx context.Context, yield func(Event, error) bool) *Turn {
	return &Turn{c: c, ctx: ctx, yield: yield, finish: FinishStop, whole: map[string]bool{}}
}

// take runs the turn and yields how it ended.
func (t *Turn) take(run func(*Turn) error) {
	err := run(t)
	switch {
	case t.left:
	case err != nil:
		t.yield(Event{}, err)
	default:
		t.yield(Event{Kind: EventDone, ID: t.last, Finish: t.finish}, nil)
	}
}

// Emit passes an event on to the caller. It returns an error when the turn is over because the caller has left it,
// ctx has ended or the Conversation was closed; the driver then returns that error.
//
// The Conversation completes events. A message without an ID gets one, and a Role that is "" becomes RoleAssistant. A
// message of which the driver emits deltas only is emitted whole at the end. A second EventMessage with one ID is
// dropped. An EventDone ends the turn, with FinishStop if it has no Finish; a driver that emits none ends it by
// returning.
func (t *Turn) Emit(e Event) error {
	switch {
	case t.left:
		return errLeft
	case t.ctx.Err() != nil:
		return context.Cause(t.ctx)
	case t.done:
		return invalid("the driver emitted an event after EventDone")
	}
	switch e.Kind {
	case EventDone:
		t.done = true
		if e.Finish != "" {
			t.finish = e.Finish
		}
		return nil
	case EventDelta, EventMessage:
		return t.emitText(e)
	case EventStatus, EventPart:
		return t.pass(e)
	}
	return invalid("the driver emitted an event of the unknown kind %q", e.Kind)
}

func (t *Turn) emitText(e Event) error {
	t.heard = true
	if e.Role == "" {
		e.Role = RoleAssistant
	}
	if e.ID == "" {
		if t.unnamed == "" || t.whole[t.unnamed] {
			t.unnamed = newID()
		}
		e.ID = t.unnamed
	}
	if t.whole[e.ID] {
		return nil
	}
	t.last = e.ID
	if e.Kind == EventDelta {
		t.collect(e)
	} else {
		t.whole[e.ID] = true
		t.c.noteMessage(e)
	}
	return t.pass(e)
}

func (t *Turn) collect(e Event) {
	d := t.draftOf(e.ID)
	if d == nil {
		d = &draft{event: Event{Kind: EventMessage, ID: e.ID, Role: e.Role}}
		t.drafts = append(t.drafts, d)
	}
	if e.Replace {
		d.text.Reset()
	}
	d.text.WriteString(e.Text)
}

func (t *Turn) draftOf(id string) *draft {
	for _, d := range t.drafts {
		if d.event.ID == id {
			return d
		}
	}
	return nil
}

func (t *Turn) pass(e Event) error {
	if !t.yield(e, nil) {
		t.left = true
		return errLeft
	}
	return nil
}

// Accepted records that the vendor has taken the message, with the vendor's id of it or "", and saves the State with
// what the driver has set in its Memory. A driver whose answer carries what the next turn needs calls it before it
// emits anything. In Greet and HandOver it saves only.
func (t *Turn) Accepted(vendorID string) error {
	t.heard = true
	if len(vendorID) > maxID {
		vendorID = ""
	}
	t.c.mu.Lock()
	if p := t.c.st.Pending; t.message && p != nil {
		accepted := *p
		accepted.Accepted = true
		if vendorID != "" {
			accepted.VendorID = vendorID
		}
		t.c.st.Pending = &accepted
	}
	t.c.mu.Unlock()
	if t.last == "" {
		t.last = vendorID
	}
	if err := t.c.save(t.ctx); err != nil {
		return fmt.Errorf("chat: save the state of an accepted message: %w", err)
	}
	return nil
}

// flush emits the messages of which only deltas came.
func (t *Turn) flush() error {
	done := t.done
	t.done = false
	for _, d := range t.drafts {
		d.event.Text = d.text.String()
		if err := t.Emit(d.event); err != nil {
			return err
		}
	}
	t.done = done
	return nil
}

// conclude settles the message of a turn for which the driver returned err.
func (t *Turn) conclude(err error) error {
	if err == nil {
		err = t.flush()
	}
	if t.left {
		return errLeft
	}
	if t.ctx.Err() != nil && err != nil { // the turn ends as the death of the process would end it
		return t.interrupted(err)
	}
	switch {
	case err == nil:
		return t.settle(nil, func(st *state) { st.settle(true) })
	case errors.Is(err, parley.ErrAnswerFailed):
		return t.settle(err, func(st *state) {
			st.settle(true)
			st.Unsure = true
		})
	case !t.heard && provesUnsaid(err):
		return t.settle(err, func(st *state) { st.settle(false) })
	}
	return err
}

// settle changes and saves the state and returns err, with the error of Save if that fails.
func (t *Turn) settle(err error, change func(*state)) error {
	if !t.message {
		change = func(*state) {}
	}
	if failed := t.c.commit(t.ctx, change); failed != nil {
		return errors.Join(err, fmt.Errorf("chat: save the state after the turn: %w", failed))
	}
	return err
}

// interrupted makes err match the cause of ctx's end.
func (t *Turn) interrupted(err error) error {
	cause := context.Cause(t.ctx)
	if errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w: %w", cause, err)
}

// noteMessage remembers a message that a turn yields, with the choices that it offers.
func (c *Conversation) noteMessage(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told[e.ID] = true
	c.st.offer(e.Choices)
	for _, card := range e.Cards {
		c.st.offer(card.Choices)
	}
}
