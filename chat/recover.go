package chat

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/seed-127a5941/parley"
)

// Recover finds out what became of the pending message and never sends anything. It yields the answer, or
// FinishUnanswered if the message arrived and there is no answer, or FinishQueued if a human will answer. The error
// matches ErrNotDelivered if the vendor does not have the message although Options.RecoverWait has passed since it
// was sent, and parley.ErrDeliveryUnknown if nobody can know. In all these cases nothing is pending any more. After
// any other error the message is still pending, and Recover may be called again. If nothing is pending, the sequence
// is an EventDone without a Finish.
func (c *Conversation) Recover(ctx context.Context) iter.Seq2[Event, error] {
	return c.sequence(ctx, func(t *Turn) error {
		if c.pending() == nil {
			t.finish = ""
			return nil
		}
		t.message = true
		return c.recover(t)
	})
}

// verdict is what looks have shown about the pending message.
type verdict int

const (
	absent    verdict = iota // the vendor does not have it
	arrived                  // the vendor has it
	ambiguous                // an earlier message that was given up may be the one, or the list is not whole
)

func (c *Conversation) recover(t *Turn) error {
	p := c.pending()
	if awaiter, ok := c.session.(Awaiter); ok && p.VendorID != "" {
		return c.await(t, awaiter, p.VendorID)
	}
	lister, ok := c.session.(Lister)
	switch {
	case ok && c.can.Recover:
		return c.look(t, lister, p)
	case p.Accepted:
		return c.unanswered(t)
	}
	return t.settle(parley.ErrDeliveryUnknown, func(st *state) { st.settle(true) })
}

// await waits for the answer by the vendor's id of the message.
func (c *Conversation) await(t *Turn, awaiter Awaiter, vendorID string) error {
	end := max(time.Until(c.pending().SentAt.Add(c.opts.RecoverWait)), minAwait*c.opts.PollInterval)
	ctx, cancel := context.WithTimeout(t.ctx, end)
	defer cancel()
	t.heard = true
	if t.last == "" {
		t.last = vendorID
	}
	err := awaiter.Await(ctx, vendorID, t)
	switch {
	case err == nil || t.left || t.ctx.Err() != nil:
		return t.conclude(err)
	case gone(err):
		return c.unknown(t, err)
	case ctx.Err() != nil && t.last == vendorID: // nothing was emitted
		return c.unanswered(t)
	}
	return t.conclude(err)
}

// minAwait is how many poll intervals Recover waits at least for the answer to a message that has arrived.
const minAwait = 5

// unknown settles a message that cannot be looked for.
func (c *Conversation) unknown(t *Turn, cause error) error {
	err := fmt.Errorf("%w: %w: %w", parley.ErrDeliveryUnknown, errGone, cause)
	return t.settle(err, func(st *state) { st.settle(true) })
}

// unanswered settles a message that arrived and to which there is no answer.
func (c *Conversation) unanswered(t *Turn) error {
	t.finish = FinishUnanswered
	return t.settle(nil, func(st *state) {
		late := st.Pending.VendorID
		st.settle(true)
		st.Late = late
	})
}

// look reads the conversation until it shows what became of p.
func (c *Conversation) look(t *Turn, lister Lister, p *record) error {
	deadline := p.SentAt.Add(c.opts.RecoverWait)
	for wait := c.waits(); ; {
		began := time.Now()
		listing, err := lister.List(t.ctx)
		over := !began.Before(deadline)
		switch {
		case t.ctx.Err() != nil:
			return context.Cause(t.ctx)
		case err != nil && gone(err):
			return c.unknown(t, err)
		case err != nil && !passes(err):
			return err
		case err == nil:
			settled, err := c.judge(t, listing, over)
			if settled {
				return err
			}
		}
		if wait.first() {
			if err := t.Emit(Event{Kind: EventStatus, Status: StatusChecking}); err != nil {
				return err
			}
		}
		if err := wait.sleep(t.ctx, time.Until(deadline), err); err != nil {
			return err
		}
	}
}

// judge decides what a listing shows. over means that it was asked for after RecoverWait.
func (c *Conversation) judge(t *Turn, listing Listing, over bool) (settled bool, err error) {
	found, at, users := c.locate(listing)
	switch {
	case found == arrived:
		return c.answered(t, listing, at, over)
	case !over:
		return false, nil
	case found == ambiguous, c.pending().Accepted:
		return true, t.settle(parley.ErrDeliveryUnknown, func(st *state) {
			st.Lost = max(0, st.Lost+1-max(0, users-st.Said))
			st.LostAt = st.Pending.SentAt
			st.settle(true)
			st.Said = users
		})
	}
	return true, t.settle(ErrNotDelivered, func(st *state) {
		st.Lost++
		st.LostAt = st.Pending.SentAt
		st.settle(false)
	})
}

// locate looks for the pending message: by the vendor's id where it is known, else by count among the user's messages
// beyond those that are settled. at is its index, and users counts all messages of the user. Texts and times prove
// nothing: a user says "yes" twice, and clocks are wrong.
func (c *Conversation) locate(listing Listing) (found verdict, at, users int) {
	c.mu.Lock()
	st, p := c.st, *c.st.Pending
	c.mu.Unlock()
	var said []int // indices of the user's messages
	settled := st.Said
	for i, m := range listing.Messages {
		if m.Role != RoleUser {
			continue
		}
		said = append(said, i)
		if p.VendorID != "" && m.ID == p.VendorID {
			return arrived, i, len(said)
		}
		if st.Last.VendorID != "" && m.ID == st.Last.VendorID {
			settled = max(settled, len(said))
		}
	}
	switch beyond := len(said) - settled; {
	case p.VendorID != "":
		return absent, 0, len(said)
	case beyond < 0, beyond == 0 && st.Unsure: // a list that lacks settled messages proves nothing
		return ambiguous, 0, len(said)
	case beyond == 0:
		return absent, 0, len(said)
	case st.Lost > 0: // a message that was given up may turn up before this one, after it, or in its place
		return ambiguous, 0, len(said)
	}
	return arrived, said[settled], settled + 1
}

// answered yields the answer to the message at an index of the listing, if there is one.
func (c *Conversation) answered(t *Turn, listing Listing, at int, over bool) (settled bool, err error) {
	question := listing.Messages[at]
	if err := t.Accepted(question.ID); err != nil {
		return true, err
	}
	c.count(listing, at)
	if awaiter, ok := c.session.(Awaiter); ok {
		return true, c.await(t, awaiter, question.ID)
	}
	answers, human := answersOf(listing, at)
	unfinished := len(answers) == 0
	for _, m := range answers {
		unfinished = unfinished || m.Unfinished
	}
	switch {
	case !unfinished:
		return true, t.conclude(emitAll(t, answers))
	case len(answers) == 0 && (human || listing.Queued):
		t.finish = FinishQueued
		return true, t.conclude(nil)
	case !over:
		return false, nil
	case len(answers) == 0:
		return true, c.unanswered(t)
	}
	if err = emitAll(t, answers); err != nil {
		return true, t.conclude(err)
	}
	return true, t.settle(fmt.Errorf("chat: recover: %w", parley.ErrTruncated), func(st *state) { st.settle(true) })
}

// count brings the number of settled messages to what a listing shows before the pending one.
func (c *Conversation) count(listing Listing, at int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := 0
	for _, m := range listing.Messages[:at] {
		if m.Role == RoleUser {
			before++
		}
	}
	c.st.Said, c.st.Lost = before, 0
}

// answersOf returns the assistant's messages that answer the one at an index, and whether a human spoke after it.
func answersOf(listing Listing, at int) (answers []Listed, human bool) {
	question, next := listing.Messages[at], true
	for _, m := range listing.Messages[at+1:] {
		switch {
		case m.Role == RoleUser:
			next = false // what follows without an AnswerTo answers another message
		case m.Role == RoleHuman:
			human = human || next
		case m.AnswerTo == question.ID, m.AnswerTo == "" && next:
			answers = append(answers, m)
		}
	}
	return answers, human
}

// emitAll emits the answers. One that failed is an error; one that is unfinished is emitted as a delta.
func emitAll(t *Turn, answers []Listed) error {
	for _, m := range answers {
		if m.Failed {
			return fmt.Errorf("chat: recover: %w", parley.ErrAnswerFailed)
		}
		if m.Unfinished {
			m.Kind = EventDelta
		}
		if err := t.Emit(m.Event); err != nil {
			return err
		}
	}
	return nil
}

// lostLife is how long a message that was given up may turn up yet, in multiples of RecoverWait from its send.
const lostLife = 4

// resync counts the user's messages anew before one is sent after another that was given up, or that the vendor
// failed to answer. One that has turned up meanwhile then is not taken for the new one, and one that the vendor did
// not store does not hide the new one. A look that fails changes nothing.
func (c *Conversation) resync(ctx context.Context) {
	lister, ok := c.session.(Lister)
	c.mu.Lock()
	needed := ok && c.can.Recover && (c.st.Lost > 0 || c.st.Unsure)
	c.mu.Unlock()
	if !needed {
		return
	}
	listing, err := lister.List(ctx)
	if err != nil {
		return
	}
	users := 0
	for _, m := range listing.Messages {
		if m.Role == RoleUser {
			users++
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if late := users - c.st.Said; late > 0 || c.st.Unsure {
		c.st.Said, c.st.Lost = users, max(0, c.st.Lost-max(0, late))
	}
	c.st.Unsure = false
	if time.Since(c.st.LostAt) > lostLife*c.opts.RecoverWait {
		c.st.Lost = 0
	}
}
