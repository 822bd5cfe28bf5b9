package uistream

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// plan is the work of a job.
type plan struct {
	turn    turn
	recover bool // first find out what became of the message that is pending
	own     bool // the pending message is that of turn
	// begin starts the turn and returns its events. If it is nil, the job recovers only.
	begin func(*chat.Conversation, context.Context) iter.Seq2[chat.Event, error]
}

// job carries out a turn under a lease. It goes on when its client leaves.
type job struct {
	h      *Handler
	run    *run
	lease  Lease
	talk   *talk
	locale string
	plan   plan

	enc     *encoder
	log     chunkLog
	held    [][]byte // chunks that wait for the Record to be saved
	holding bool

	mu       sync.Mutex // guards the fields below, because a loop over Events may call save while a turn runs
	begun    bool       // the pending message belongs to the turn of the plan
	deferred chat.State // to be saved with the end of the turn
	ledger   ledger
}

// maxAnswer bounds a response, in bytes.
const maxAnswer = 16 << 20

var errTooLarge = errors.New("uistream: the answer is too large")

// work carries out the turn and frees the conversation.
func (j *job) work(ctx context.Context) {
	began := time.Now()
	ctx, cancel := j.bind(ctx)
	defer cancel()
	j.enc = newEncoder(j.plan.turn.Answer, j.emit)
	var relay sync.WaitGroup
	if _, ok := j.h.config.Store.(Tailer); ok {
		relay.Go(j.relay)
	}
	j.talk.saveWith(j.save)
	done, err := j.play(ctx)
	j.conclude(ctx, done, err)
	j.talk.saveWith(nil)
	relay.Wait()
	j.h.talks.release(j.talk)
	j.lease.Unlock()
	j.h.runs.finish(j.run, true)
	j.report(ctx, time.Since(began), err)
}

// bind returns the context of the turn, which ends as soon as the lease, the handler or Config.TurnTimeout ends.
func (j *job) bind(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	lease := j.lease.Context()
	stopLease := context.AfterFunc(lease, func() { cancel(fmt.Errorf("%w: %w", ErrLocked, context.Cause(lease))) })
	stopLife := context.AfterFunc(j.h.life, func() { cancel(errShutdown) })
	ctx, stopTimer := context.WithTimeoutCause(ctx, j.h.config.TurnTimeout, errTimeout)
	return ctx, func() {
		stopTimer()
		stopLife()
		stopLease()
		cancel(nil)
	}
}

func (j *job) report(ctx context.Context, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = classOf(err).name
	}
	j.h.config.Logger.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "chat turn",
		slog.String("vendor", j.h.config.Driver.Name()), slog.String("kind", string(j.plan.turn.Kind)),
		slog.String("result", result), slog.Duration("duration", took))
}

// play carries out the plan. A panic of the driver is an error of the turn. Its value is only in the text, because the
// class of an error in the chain would say whether the message was said, which a panic does not know.
func (j *job) play(ctx context.Context) (done chat.Event, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			j.h.talks.discard(j.talk)
			err = fmt.Errorf("uistream: the driver panicked: %v", cause)
		}
	}()
	if j.plan.recover {
		done, err = j.settle(ctx)
		if j.plan.begin == nil || err != nil || j.plan.own && done.Kind == chat.EventDone {
			return done, err
		}
	}
	j.mu.Lock()
	j.begun = true
	j.mu.Unlock()
	done, err = j.stage(j.plan.begin(j.talk.Conversation, ctx))
	if _, pending := j.talk.Pending(); err == nil || !pending || ctx.Err() != nil {
		return done, err
	}
	j.enc.broken() // the message may have been said: look for the rest of the answer
	found, again := j.stage(j.talk.Recover(ctx))
	_, pending := j.talk.Pending()
	lost := again == nil && found.Finish == chat.FinishUnanswered && errors.Is(err, parley.ErrTruncated)
	if pending && ctx.Err() == nil || lost {
		return done, err
	}
	return found, again
}

// settle finds out what became of the pending message. If the plan can go on, there is no error. An EventDone
// then means that the message arrived, with an answer or without one. Without it, a message that did not arrive is to
// be sent again.
func (j *job) settle(ctx context.Context) (chat.Event, error) {
	done, err := j.stage(j.talk.Recover(ctx))
	_, pending := j.talk.Pending()
	switch {
	case err == nil && done.Finish == "":
		return chat.Event{}, parley.ErrDeliveryUnknown
	case pending || j.plan.begin == nil:
		return done, err
	case !j.plan.own:
		j.concludeBefore(err)
	}
	switch {
	case err == nil:
		return done, nil
	case !j.plan.own:
		j.enc.endStep()
		j.enc.notice(j.h.failed(err, j.locale))
		return chat.Event{}, nil
	case errors.Is(err, chat.ErrNotDelivered):
		return chat.Event{}, nil
	}
	return done, err
}

// concludeBefore records how the previous message ended, before the new turn takes its place in the ledger.
func (j *job) concludeBefore(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	before := *j.ledger.Turn // a turn that must be recovered is always in the ledger
	before.End = endUnsaid
	if wasSaid(err) {
		before.End = endSaid
		j.remember(before)
	}
	j.ledger.conclude(before)
	j.enc.ids, j.enc.whole = nil, nil // they belong to the message before
}

// stage encodes the events of one turn of the Conversation.
func (j *job) stage(events iter.Seq2[chat.Event, error]) (chat.Event, error) {
	for e, err := range events {
		switch {
		case err != nil:
			return chat.Event{}, err
		case e.Kind == chat.EventDone:
			return e, nil
		}
		j.enc.event(e)
		if j.log.size > maxAnswer {
			return chat.Event{}, errTooLarge
		}
	}
	return chat.Event{}, parley.ErrTruncated // no Conversation ends like that
}

// emit publishes a chunk, or holds it back until the Record is saved.
func (j *job) emit(c chunk) {
	raw := encode(c)
	j.log.add(c)
	if j.holding {
		j.held = append(j.held, raw)
		return
	}
	j.run.publish(raw)
}

// save is called by the Conversation. Before a message is sent, its intent is saved under the lease. When no message is
// pending any more, the State is saved with the end of the turn.
func (j *job) save(ctx context.Context, state chat.State) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, pending := j.talk.Pending(); !pending {
		j.deferred = slices.Clone(state)
		return nil
	}
	if j.begun {
		intent := j.plan.turn
		intent.End = endNone
		j.ledger.Turn = &intent
	}
	return j.persist(ctx, state)
}

func (j *job) persist(ctx context.Context, state chat.State) error {
	return j.h.talks.save(ctx, j.talk, j.lease, Record{State: state, Data: encode(j.ledger)})
}

// conclude saves how the turn ended and ends the response. If the lease or the handler ended the turn, it saves nothing
// and tells the readers to come again. It also saves no ending while a message is pending.
func (j *job) conclude(ctx context.Context, done chat.Event, err error) {
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), errTimeout) {
		j.h.talks.discard(j.talk)
		j.run.end(broken)
		return
	}
	j.holding = true
	if err != nil {
		j.enc.fail(j.failure(err))
	} else {
		j.enc.finish(done)
	}
	if _, pending := j.talk.Pending(); !pending && !j.record(err) {
		j.h.talks.discard(j.talk)
		if j.lease.Context().Err() != nil {
			j.run.end(broken) // whoever has the lock now decides about the answer
			return
		}
	}
	j.run.publish(j.held...)
	j.run.end(whole)
}

// failure returns what to tell of the error of the turn. While a message is pending, the vendor may have it, whatever
// the class of the error is, and a retry finds out.
func (j *job) failure(err error) failure {
	f := j.h.failed(err, j.locale)
	if _, pending := j.talk.Pending(); pending && j.ownPending() {
		f.uncertain()
	}
	return f
}

// ownPending reports whether a message that is pending is that of the response.
func (j *job) ownPending() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.begun || j.plan.own
}

// wasSaid reports whether a message whose turn ended with err was said, or may have been.
func wasSaid(err error) bool {
	for _, class := range []error{
		parley.ErrAnswerFailed, parley.ErrDeliveryUnknown, parley.ErrTruncated, chat.ErrAlreadySent,
	} {
		if errors.Is(err, class) {
			return true
		}
	}
	return err == nil
}

// record saves how the turn ended. It reports whether that succeeded.
func (j *job) record(err error) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	ended := j.plan.turn
	ended.End, ended.IDs = endUnsaid, j.enc.ids
	if wasSaid(err) {
		ended.End, ended.Chunks = endSaid, j.log.chunks()
		if j.run.deserted() {
			ended.Unread = time.Now().UTC()
		}
		j.remember(j.plan.turn)
	}
	j.ledger.conclude(ended)
	state := j.deferred
	if state == nil {
		state = j.talk.State()
	}
	return j.persistPatiently(state)
}

// remember keeps the messages of a turn so that a page can load them later. It keeps them only if the vendor has no
// history, except for a greeting, which no vendor's history shows.
func (j *job) remember(t turn) {
	if j.h.config.Driver.Capabilities().History && t.Kind != kindGreeting {
		return
	}
	if t.Kind == kindMessage && !slices.Contains(j.ledger.Said, t.Mark) {
		j.ledger.remember(t.userMessage())
	}
	j.ledger.remember(answerMessages(t.Answer, j.enc.whole)...)
}

// persistPatiently saves the end of a turn, more than once if the Store fails for a moment.
func (j *job) persistPatiently(state chat.State) bool {
	ctx := j.lease.Context()
	for _, wait := range []time.Duration{0, 50 * time.Millisecond, 200 * time.Millisecond, time.Second} {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false
		}
		err := j.persist(ctx, state)
		if err == nil {
			return true
		}
		j.h.storeFailed(ctx, "save", err)
		if errors.Is(err, ErrLocked) {
			return false
		}
	}
	return false
}
