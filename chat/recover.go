package chat

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/seed-127a5941/parley"
)

// Recover settles the pending message and never sends a message. It yields the answer, or FinishUnanswered if the
// message arrived and there is no answer, or FinishQueued if a human will answer. The error matches ErrNotDelivered if
// the vendor does not have the message although Options.RecoverWait has passed since it was sent, and
// parley.ErrDeliveryUnknown if that cannot be known. In all these cases the message is settled. It is also settled if
// the vendor says that the answer failed (parley.ErrAnswerFailed), and if a listed answer stays unfinished
// (parley.ErrTruncated). If Options.Save fails, the message stays pending, whatever else the error matches. After any
// error, Pending reports whether Recover may be called again. Without a pending message the sequence is an EventDone
// without a Finish.
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

// verdict is the result of a look for the pending message.
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
	return t.said(parley.ErrDeliveryUnknown, nil)
}

// await waits for the answer by the vendor's id of the message, until RecoverWait has passed since the send and for at
// least minAwait poll intervals.
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
	case ctx.Err() != nil && t.last == vendorID: // no event was emitted
		return c.unanswered(t)
	}
	return t.conclude(err)
}

// minAwait is how many poll intervals Recover waits at least for the answer to a message that has arrived.
const minAwait = 5

// unknown settles a message whose conversation the vendor no longer knows, so that it cannot be seen whether the
// message arrived.
func (c *Conversation) unknown(t *Turn, cause error) error {
	return t.said(fmt.Errorf("%w: %w: %w", parley.ErrDeliveryUnknown, errGone, cause), nil)
}

// unanswered settles a message that arrived and to which there is no answer.
func (c *Conversation) unanswered(t *Turn) error {
	t.finish = FinishUnanswered
	return t.said(nil, nil)
}

// look reads the conversation until it decides the fate of p.
func (c *Conversation) look(t *Turn, lister Lister, p *record) error {
	deadline := p.SentAt.Add(c.opts.RecoverWait)
	for wait := c.waits(); ; {
		began := time.Now()
		listing, err := c.list(t.ctx, lister)
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

// judge settles the pending message if a listing decides its fate. over means that the listing was asked for after
// RecoverWait.
func (c *Conversation) judge(t *Turn, listing Listing, over bool) (settled bool, err error) {
	p := c.pending()
	found, at := c.locate(listing)
	switch {
	case found == arrived:
		return c.answered(t, listing, at, over)
	case !over:
		return false, nil
	case found == ambiguous, p.Accepted:
		return true, t.said(parley.ErrDeliveryUnknown, func(st *state) {
			st.Said-- // said has just counted the message, and recount must not count it twice
			st.Last.Open = false
			st.Lost++
			st.LostAt = p.SentAt
			st.recount(listing)
		})
	}
	return true, t.unsaid(ErrNotDelivered, func(st *state) {
		st.Lost++
		st.LostAt = p.SentAt
	})
}

// locate looks for the pending message. If the vendor's id of it is known, locate searches for the id. Otherwise the
// first listed message of the user beyond the settled ones is the pending one. at is its index. It compares neither
// texts nor times, because a user says "yes" twice, and clocks are wrong.
func (c *Conversation) locate(listing Listing) (found verdict, at int) {
	c.mu.Lock()
	st, p := c.st, *c.st.Pending
	c.mu.Unlock()
	users := usersOf(listing)
	if p.VendorID != "" {
		if slices.Contains(users, p.VendorID) {
			return arrived, listing.index(p.VendorID)
		}
		return absent, 0
	}
	settled := st.Said
	if st.Last.VendorID != "" {
		settled = max(settled, slices.Index(users, st.Last.VendorID)+1)
	}
	switch beyond := len(users) - settled; {
	case beyond < 0, beyond == 0 && st.Unsure: // a list that lacks settled messages is not whole
		return ambiguous, 0
	case beyond == 0:
		return absent, 0
	case st.Lost > 0: // a message that was given up may turn up before this one, after it, or in its place
		return ambiguous, 0
	}
	return arrived, listing.index(users[settled])
}

// answered yields the answer to the message at an index of the listing, if there is one.
func (c *Conversation) answered(t *Turn, listing Listing, at int, over bool) (settled bool, err error) {
	question := listing.Messages[at]
	if err := t.Accepted(question.ID); err != nil {
		return true, err
	}
	c.mu.Lock()
	c.st.recount(Listing{Messages: listing.Messages[:at]})
	mixed := c.st.expectsOther(listing, lostLife*c.opts.RecoverWait)
	c.mu.Unlock()
	if awaiter, ok := c.session.(Awaiter); ok {
		return true, c.await(t, awaiter, question.ID)
	}
	answers, human := answersOf(listing, at)
	unfinished := len(answers) == 0
	for _, m := range answers {
		unfinished = unfinished || m.Unfinished
	}
	switch {
	case !unfinished && mixed && answers[0].AnswerTo == "":
		return true, c.unanswered(t) // Events yields the answer
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
	return true, t.said(fmt.Errorf("chat: recover: %w", parley.ErrTruncated), nil)
}

// answersOf returns the assistant's messages that answer the one at an index, and whether a human spoke after it.
func answersOf(listing Listing, at int) (answers []Listed, human bool) {
	asked := questionsOf(listing)
	next := true // no other message of the user has come
	for i, m := range listing.Messages[at+1:] {
		next = next && m.Role != RoleUser
		human = human || next && m.Role == RoleHuman
		if asked[at+1+i] == listing.Messages[at].ID {
			answers = append(answers, m)
		}
	}
	return answers, human
}

// emitAll emits the answers. If the vendor marked one as failed, it returns ErrAnswerFailed. It emits an unfinished one
// as a delta.
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

// lostLife is for how long after its send a message that was given up may still appear, in multiples of RecoverWait.
const lostLife = 4

// resync runs before a send if an earlier message was given up, its answer failed or its vendor's id is not known. It
// counts the user's messages again, so that Recover does not take an earlier message for the new one. If the look
// fails, or the list lacks more than the message whose answer failed, the counts stay.
func (c *Conversation) resync(ctx context.Context) {
	lister, ok := c.session.(Lister)
	c.mu.Lock()
	needed := ok && c.can.Recover && (c.st.Lost > 0 || c.st.Unsure || c.st.Last.Open)
	c.mu.Unlock()
	if !needed {
		return
	}
	listing, err := c.list(ctx, lister)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	users := usersOf(listing)
	c.st.identify(users)
	// only the last message may be missing
	if shown := len(users); shown > c.st.Said || c.st.Unsure && shown >= c.st.Said-1 {
		c.st.recount(listing)
		c.st.Unsure = false
	}
	if time.Since(c.st.LostAt) > lostLife*c.opts.RecoverWait {
		c.st.Lost = 0
	}
}
