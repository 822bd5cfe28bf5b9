package chat

import (
	"context"
	"iter"
	"sync/atomic"
	"time"
)

// Events yields what comes unasked: what a human says, what the agent says of its own accord, an answer that comes
// after its turn has ended with FinishUnanswered, and statuses. It begins after the message with the ID after, or now
// if after is "". An ID that the vendor does not know yields everything that came unasked. Any number of loops may
// run beside the turns, each with an after of its own.
//
// It ends with the cause of ctx's end, with parley.ErrClosed after Close, or with an error that the next look would
// repeat. A look that fails for a passing reason does not end it. The error matches ErrUnsupported if nothing can
// come unasked.
func (c *Conversation) Events(ctx context.Context, after string) iter.Seq2[Event, error] {
	var ranged atomic.Bool
	return func(yield func(Event, error) bool) {
		if ranged.Swap(true) {
			yield(Event{}, errRanged)
			return
		}
		ctx, release := c.bind(ctx)
		defer release()
		f := &feed{c: c, ctx: ctx, yield: yield, after: after, fresh: true, seen: map[string]bool{}}
		if err := f.run(release); err != nil && !f.left {
			yield(Event{}, err)
		}
	}
}

// feed is one loop over Events.
type feed struct {
	c     *Conversation
	ctx   context.Context
	yield func(Event, error) bool
	after string

	fresh bool            // no look has succeeded yet
	left  bool            // the caller has left the loop
	deaf  error           // why nothing is pushed any more
	seen  map[string]bool // ids of the messages that were judged
}

func (f *feed) run(release func()) error {
	lister, lists := f.c.session.(Lister)
	lists = lists && f.c.can.History
	listener, listens := f.c.session.(Listener)
	listens = listens && f.c.can.Push
	if !lists && !listens {
		return ErrUnsupported
	}
	pushed, result := make(chan Event), make(chan error, 1)
	if listens {
		finished := make(chan struct{})
		defer func() { release(); <-finished }()
		go func() {
			defer close(finished)
			result <- f.listen(listener, pushed)
		}()
	}
	if !lists {
		return f.relay(pushed, result)
	}
	return f.poll(lister, pushed, result)
}

// listen listens until ctx ends or the listener fails for a reason that would repeat.
func (f *feed) listen(listener Listener, pushed chan<- Event) error {
	for waits := f.c.waits(); ; {
		err := listener.Listen(f.ctx, func(e Event) error { return send(f.ctx, pushed, e) })
		if f.ctx.Err() != nil {
			return context.Cause(f.ctx)
		}
		if err != nil && !passes(err) {
			return err
		}
		if err := waits.sleep(f.ctx, 0, err); err != nil {
			return err
		}
	}
}

func send(ctx context.Context, to chan<- Event, e Event) error {
	select {
	case to <- e:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// relay yields what is pushed, from a vendor that has no list.
func (f *feed) relay(pushed <-chan Event, ended <-chan error) error {
	for {
		select {
		case e := <-pushed:
			if e.Kind == EventMessage {
				f.c.noteChoices(e)
			}
			if err := f.emit(e); err != nil {
				return err
			}
		case err := <-ended:
			if f.ctx.Err() != nil {
				return context.Cause(f.ctx)
			}
			return err
		case <-f.ctx.Done():
			return context.Cause(f.ctx)
		}
	}
}

// poll looks at the list after each wait, and at once when something was pushed.
func (f *feed) poll(lister Lister, pushed <-chan Event, ended <-chan error) error {
	waits := f.c.waits()
	for {
		news, err := f.look(lister)
		if f.ctx.Err() != nil {
			return context.Cause(f.ctx)
		}
		if err != nil && (f.left || !passes(err)) {
			return err
		}
		if news {
			waits.reset()
		}
		woken, err := f.wait(waits.after(err), pushed, &ended)
		if err != nil {
			return err
		}
		if woken {
			waits.reset()
		}
	}
}

// wait returns when the next look is due. woken means that a message was pushed.
func (f *feed) wait(d time.Duration, pushed <-chan Event, ended *<-chan error) (woken bool, err error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case e := <-pushed:
			if e.Kind == EventMessage {
				return true, nil
			}
			if err := f.emit(e); err != nil {
				return false, err
			}
		case f.deaf = <-*ended: // the list serves on alone
			*ended = nil
		case <-timer.C:
			return false, nil
		case <-f.ctx.Done():
			return false, context.Cause(f.ctx)
		}
	}
}

// look yields what is new in the list and reports whether there was any.
func (f *feed) look(lister Lister) (news bool, err error) {
	listing, err := lister.List(f.ctx)
	if err != nil {
		return false, err
	}
	if f.fresh {
		f.skip(listing)
		f.fresh = false
	}
	question := "" // ID of the user's message before that has no answer yet
	for _, m := range listing.Messages {
		unasked := m.Role == RoleHuman || m.Role == RoleSystem
		switch m.Role {
		case RoleUser:
			question = m.ID
		case RoleAssistant:
			unasked = f.unasked(m, question)
			question = ""
		}
		if m.Unfinished || f.seen[m.ID] {
			continue
		}
		f.seen[m.ID] = true
		if !unasked || m.Failed {
			continue
		}
		news = true
		f.c.noteChoices(m.Event)
		if err := f.emit(m.Event); err != nil {
			return news, err
		}
	}
	return news, nil
}

// skip marks what came before the loop began as seen.
func (f *feed) skip(listing Listing) {
	last := len(listing.Messages) - 1
	if f.after != "" {
		for ; last >= 0 && listing.Messages[last].ID != f.after; last-- {
		}
	}
	for _, m := range listing.Messages[:last+1] {
		f.seen[m.ID] = true
	}
}

// unasked reports whether an assistant's message is no answer to a message whose turn yields it.
func (f *feed) unasked(m Listed, question string) bool {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if m.AnswerTo != "" {
		question = m.AnswerTo
	}
	return !f.c.told[m.ID] && (question == "" || question == f.c.st.Late)
}

func (f *feed) emit(e Event) error {
	if e.Kind == EventMessage && e.Role == "" {
		e.Role = RoleAssistant
	}
	if e.Kind == EventMessage && e.ID == "" {
		e.ID = newID()
	}
	if !f.yield(e, nil) {
		f.left = true
		return errLeft
	}
	return nil
}

// noteChoices remembers the choices of a message that came unasked. They are saved with the next turn.
func (c *Conversation) noteChoices(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.st.offer(e.Choices)
	for _, card := range e.Cards {
		c.st.offer(card.Choices)
	}
}

// History returns the messages of the conversation, oldest first, as EventMessage. A message that is still being made
// is not among them. The error matches ErrUnsupported if the vendor does not show them.
func (c *Conversation) History(ctx context.Context) ([]Event, error) {
	lister, ok := c.session.(Lister)
	if !ok || !c.can.History {
		return nil, ErrUnsupported
	}
	ctx, release := c.bind(ctx)
	defer release()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	listing, err := lister.List(ctx)
	if err != nil {
		return nil, err
	}
	messages := make([]Event, 0, len(listing.Messages))
	for _, m := range listing.Messages {
		if !m.Unfinished && !m.Failed {
			messages = append(messages, m.Event)
		}
	}
	return messages, nil
}
