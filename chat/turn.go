package chat

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-127a5941/parley"
)

// A Session reports the events of a turn to its Turn. Its methods must be called on the goroutine that called Send,
// Greet, HandOver or Await, and not after that call has returned.
type Turn struct {
	c     *Conversation           // whose turn it is
	ctx   context.Context         // ends with the caller's and with Close
	yield func(Event, error) bool // of the caller's loop

	message  bool   // a message of the user belongs to the turn
	heard    bool   // the vendor has accepted the message, or answers it
	answered bool   // a whole message of the agent was emitted
	left     bool   // the caller has left the loop
	done     bool   // the driver has emitted EventDone
	finish   string // how the turn ended
	last     string // ID of the last message
	unnamed  string // ID of the message for which the driver emits deltas without an ID
	drafts   drafts // the messages so far
}

func newTurn(c *Conversation, ctx context.Context, yield func(Event, error) bool) *Turn {
	return &Turn{c: c, ctx: ctx, yield: yield, finish: FinishStop}
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
// dropped. An EventDone ends the turn, with FinishStop if it has no Finish. A driver may also end the turn by
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
		if t.unnamed == "" || t.drafts.whole(t.unnamed) {
			t.unnamed = newID()
		}
		e.ID = t.unnamed
	}
	if t.drafts.whole(e.ID) {
		return nil
	}
	t.last = e.ID
	t.drafts.add(e)
	if e.Kind == EventMessage {
		t.answered = t.answered || e.Role == RoleAssistant
		t.c.note(e)
		if err := t.c.saveLearned(t.ctx); err != nil {
			return fmt.Errorf("chat: save the choices of a message: %w", err)
		}
	}
	return t.pass(e)
}

func (t *Turn) pass(e Event) error {
	if !t.yield(e, nil) {
		t.left = true
		return errLeft
	}
	return nil
}

// Accepted records that the vendor has taken the message, with the vendor's id of it or "", and saves the State with
// the driver's Memory. A driver whose answer carries ids that the next turn needs calls it before it emits an event.
// In Greet and HandOver it saves only.
func (t *Turn) Accepted(vendorID string) error {
	t.accept(vendorID)
	if err := t.c.save(t.ctx); err != nil {
		return fmt.Errorf("chat: save the state of an accepted message: %w", err)
	}
	return nil
}

// accept is Accepted without the save.
func (t *Turn) accept(vendorID string) {
	t.heard = true
	if !storable(vendorID) {
		vendorID = ""
	}
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if p := t.c.st.Pending; t.message && p != nil {
		accepted := *p
		accepted.Accepted = true
		if vendorID != "" {
			accepted.VendorID = vendorID
		}
		t.c.st.Pending = &accepted
	}
	if t.last == "" {
		t.last = vendorID
	}
}

// flush emits the messages of which only deltas came.
func (t *Turn) flush() error {
	done := t.done
	t.done = false
	for _, e := range t.drafts.rest() {
		if err := t.Emit(e); err != nil {
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
	switch {
	case t.left:
		return errLeft
	case t.ctx.Err() != nil && err != nil: // the turn ends as the death of the process would end it
		return t.interrupted(err)
	case err == nil:
		t.identify()
		return t.said(nil, nil)
	case errors.Is(err, parley.ErrAnswerFailed):
		return t.said(err, func(st *state) { st.Unsure = true })
	case !t.heard && provesUnsaid(err):
		return t.unsaid(err, nil)
	case !t.message: // the driver may have set its Memory
		return t.unsaid(err, nil)
	}
	return err
}

// said settles a message that the vendor has or may have, with a further change of the state, which may be nil. It
// returns err, with the error of Save if that fails.
func (t *Turn) said(err error, also func(*state)) error { return t.settle(err, true, also) }

// unsaid settles a message that the vendor does not have.
func (t *Turn) unsaid(err error, also func(*state)) error { return t.settle(err, false, also) }

func (t *Turn) settle(err error, said bool, also func(*state)) error {
	failed := t.c.commit(t.ctx, func(st *state) {
		if !t.message {
			return
		}
		st.settle(said, t.answered)
		if said {
			st.Last.Open = st.Last.VendorID == "" && !t.answered && (err != nil || t.finish != FinishStop)
		}
		if also != nil {
			also(st)
		}
	})
	if failed != nil {
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

// note remembers a message that is about to be yielded, and the choices that it offers.
func (c *Conversation) note(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.st.Told = c.st.Told.with(maxTold, e.ID)
	c.learned = c.st.offer(e) || c.learned
}
