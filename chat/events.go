package chat

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"sync/atomic"
	"time"
)

// Events yields the messages that no turn yields: those of humans, those of the agent's own accord, and answers that
// come after their turns have ended, for example with FinishUnanswered or FinishQueued. It yields statuses, too. It
// begins after the message with the ID after, or now if after is "". With an ID that the vendor does not know it
// begins with the first message of the conversation. Any number of loops may run beside the turns, each with an after
// of its own. While a turn runs or a message is pending, a message of the agent waits with all that follow it, because
// the turn or Recover may yield it.
//
// It ends with the cause of ctx's end, with parley.ErrClosed after Close, or with an error that the next look would
// repeat. A look that fails for a passing reason does not end it. The error matches ErrUnsupported if the vendor
// offers neither a list nor a push.
func (c *Conversation) Events(ctx context.Context, after string) iter.Seq2[Event, error] {
	var ranged atomic.Bool
	return func(yield func(Event, error) bool) {
		if ranged.Swap(true) {
			yield(Event{}, errRanged)
			return
		}
		ctx, release := c.bind(ctx)
		defer release()
		f := &feed{c: c, ctx: ctx, yield: yield, after: after, known: c.known(), seen: map[string]bool{}}
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
	after string // ID after which the loop begins

	known  marks           // messages that were known when the loop began
	failed bool            // the first look has failed
	begun  bool            // a look has succeeded
	left   bool            // the caller has left the loop
	seen   map[string]bool // ids of the messages that were judged
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
	return f.poll(lister, pushed) // also if the listener has failed for good
}

// listen listens until ctx ends or the listener fails for a reason that would repeat.
func (f *feed) listen(listener Listener, pushed chan<- Event) error {
	for waits := f.c.waits(); ; {
		began := time.Now()
		err := listenSafely(f.ctx, listener, func(e Event) error { return send(f.ctx, pushed, e) })
		if f.ctx.Err() != nil {
			return context.Cause(f.ctx)
		}
		if err != nil && !passes(err) {
			return err
		}
		if time.Since(began) > maxGrowth*f.c.opts.PollInterval {
			waits.reset() // it listened, so this failure is the first of a series
		}
		if err := waits.sleep(f.ctx, 0, err); err != nil {
			return err
		}
	}
}

// listenSafely calls Listen and returns an error in place of a panic, because Listen runs on a goroutine of its own,
// where no caller could recover.
func listenSafely(ctx context.Context, l Listener, emit func(Event) error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%w: %v", errPanicked, reason)
		}
	}()
	return l.Listen(ctx, emit)
}

func send(ctx context.Context, to chan<- Event, e Event) error {
	select {
	case to <- e:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// relay yields the pushed events of a vendor without a list.
func (f *feed) relay(pushed <-chan Event, ended <-chan error) error {
	for {
		select {
		case e := <-pushed:
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
func (f *feed) poll(lister Lister, pushed <-chan Event) error {
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
		woken, err := f.wait(waits.after(err), pushed)
		if err != nil {
			return err
		}
		if woken {
			waits.reset()
		}
	}
}

// wait returns when the next look is due. woken means that a message was pushed.
func (f *feed) wait(d time.Duration, pushed <-chan Event) (woken bool, err error) {
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
		case <-timer.C:
			return false, nil
		case <-f.ctx.Done():
			return false, context.Cause(f.ctx)
		}
	}
}

// emit completes and yields an event. It saves the choices and the driver's Memory first. If Save fails, the next
// event or turn saves them.
func (f *feed) emit(e Event) error {
	if e.Kind == EventMessage {
		e.Role, e.ID = cmp.Or(e.Role, RoleAssistant), cmp.Or(e.ID, newID())
		f.c.noteChoices(e)
	}
	_ = f.c.saveLearned(f.ctx)
	if !f.yield(e, nil) {
		f.left = true
		return errLeft
	}
	return nil
}

// noteChoices remembers the choices of a message that came unasked.
func (c *Conversation) noteChoices(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.learned = c.st.offer(e) || c.learned
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
	listing, err := c.list(ctx, lister)
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
