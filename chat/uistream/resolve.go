package uistream

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"time"

	"github.com/seed-127a5941/parley/chat"
)

// ask is the wish of a request.
type ask struct {
	key  key
	user chat.User
	kind kind
	said said   // of kindMessage
	mark string // of kindMessage
	// resume asks for the answer under way, whatever it answers. wanted is then the ID of the message whose stored
	// answer serves too, or "".
	resume bool
	wanted string
}

var (
	errEdited = &requestError{
		http.StatusConflict, "A message cannot be changed after it was sent. Please write a new one.",
	}
	errOld   = &requestError{http.StatusConflict, "This message was answered before. Please write a new one."}
	errBegun = &requestError{http.StatusConflict, "The conversation has begun already."}
)

// wants reports whether a turn that runs is the one that is asked for.
func (a ask) wants(t turn) (bool, error) {
	switch {
	case a.resume:
		return true, nil
	case t.Kind != a.kind:
		return false, nil
	case a.kind != kindMessage:
		return true, nil
	case sameID(t.Mark, a.mark) && t.Mark != a.mark:
		return false, errEdited
	}
	return t.Mark == a.mark, nil
}

// resolve returns a run with its reader counted. mine means that it was asked for; otherwise it has to end
// first. A nil run means that there is no answer under way.
func (h *Handler) resolve(ctx context.Context, a ask) (r *run, mine bool, err error) {
	unlock, err := h.locks.lock(ctx, a.key)
	if err != nil {
		return nil, false, err
	}
	defer unlock()
	if r, mine, err := h.active(a); r != nil || err != nil {
		return r, mine, err
	}
	if a.resume {
		if r, known, err := h.peek(ctx, a); known || err != nil {
			return r, true, err
		}
	}
	lease, err := h.config.Store.Lock(ctx, a.key.user, a.key.id)
	if errors.Is(err, ErrLocked) {
		return h.elsewhere(ctx, a)
	}
	if err != nil {
		h.storeFailed(ctx, "lock", err)
		return nil, false, err
	}
	r, err = h.begin(ctx, a, lease)
	return r, true, err
}

// active returns the run of this process, if there is one.
func (h *Handler) active(a ask) (r *run, mine bool, err error) {
	if r = h.runs.find(a.key); r == nil {
		return nil, false, nil
	}
	mine, err = a.wants(r.turn)
	_, state, _ := r.since(0)
	switch {
	case a.resume && state == whole: // its end was saved, which tells whether it is under way
		r.detach()
		return nil, false, nil
	case state == whole:
		// A message that was not said is said again, or changed, when the conversation is free.
		return r, false, nil
	case err != nil:
		r.detach()
		return nil, false, err
	}
	return r, mine, nil
}

// peek looks whether there is an answer under way, without taking the lock. known means that no turn runs, and that
// the run, which may be nil, is all that there is.
func (h *Handler) peek(ctx context.Context, a ask) (r *run, known bool, err error) {
	l, _, err := h.load(ctx, a.key)
	switch {
	case err != nil || l.Turn.open():
		return nil, false, err
	case l.Turn.unread(), l.Turn != nil && a.wanted != "" && l.Turn.ID == a.wanted && l.Turn.Chunks != nil:
		return storedRun(a.key, *l.Turn), true, nil
	}
	return nil, true, nil
}

func (h *Handler) load(ctx context.Context, k key) (ledger, chat.State, error) {
	record, err := h.config.Store.Load(ctx, k.user, k.id)
	if err != nil {
		h.storeFailed(ctx, "load", err)
		return ledger{}, nil, err
	}
	l, err := decodeLedger(record)
	return l, record.State, err
}

// elsewhere follows the turn of the replica that has the lock.
func (h *Handler) elsewhere(ctx context.Context, a ask) (*run, bool, error) {
	l, _, err := h.load(ctx, a.key)
	if err != nil {
		return nil, false, err
	}
	var t turn // which one runs is not known before its message was recorded
	if l.Turn.open() {
		t = *l.Turn
	}
	mine, err := a.wants(t)
	if err != nil {
		return nil, false, err
	}
	r, err := h.follow(ctx, a.key, t)
	return r, mine && t.open() && t.Answer != "", err
}

// begin begins the turn that is asked for, under a lease that it gives back if there is no work.
func (h *Handler) begin(ctx context.Context, a ask, lease Lease) (r *run, err error) {
	started := false
	defer func() {
		if !started {
			lease.Unlock()
		}
	}()
	l, state, err := h.load(ctx, a.key)
	if err != nil {
		return nil, err
	}
	p, stored, err := h.plan(a, l)
	if stored != nil || err != nil {
		return stored, err
	}
	if p == nil {
		return nil, nil
	}
	r = newRun(a.key, p.turn)
	talk, err := h.talks.use(a.key, a.user, state)
	if err != nil {
		return nil, err
	}
	if err := h.runs.begin(r, h.config.MaxTurns); err != nil {
		h.talks.release(talk)
		return nil, err
	}
	started = true
	j := &job{h: h, run: r, lease: lease, talk: talk, locale: a.user.Locale, plan: *p, ledger: l}
	go j.work(context.WithoutCancel(ctx))
	return r, nil
}

// plan says what to do if no turn runs. A run means that a stored answer serves. If all is nil, there is no work.
func (h *Handler) plan(a ask, l ledger) (*plan, *run, error) {
	open := l.Turn.open()
	switch {
	case a.resume && !open:
		return nil, nil, nil
	case a.resume:
		return &plan{turn: *l.Turn, recover: true, own: true}, nil, nil
	case a.kind == kindGreeting:
		return h.planGreeting(a, l)
	case a.kind == kindHuman:
		return &plan{turn: turn{Kind: kindHuman, Answer: madeID()}, recover: open, begin: handOver}, nil, nil
	}
	if a.said.old && (l.Turn == nil || l.Turn.Mark != a.mark) {
		return nil, nil, errOld
	}
	m := a.said.message
	p := &plan{
		turn: turn{
			Kind: kindMessage, ID: m.ID, Mark: a.mark, Text: m.Text, Choice: m.ChoiceID, Answer: answerID(m.ID),
		},
		recover: open,
		begin: func(c *chat.Conversation, ctx context.Context) iter.Seq2[chat.Event, error] {
			return c.Send(ctx, m)
		},
	}
	switch l.decide(a.mark) {
	case decideReplay:
		if l.Turn.Chunks == nil {
			return nil, nil, errOld
		}
		return nil, storedRun(a.key, *l.Turn), nil
	case decideEdited:
		return nil, nil, errEdited
	case decideOld:
		return nil, nil, errOld
	case decideRecover:
		p.own = true
	}
	return p, nil, nil
}

func (h *Handler) planGreeting(a ask, l ledger) (*plan, *run, error) {
	last := l.Turn
	switch {
	case last == nil, last.Kind == kindGreeting && last.End == endUnsaid:
		return &plan{turn: turn{Kind: kindGreeting, Answer: madeID()}, begin: greet}, nil, nil
	case last.Kind == kindGreeting && last.Chunks != nil:
		return nil, storedRun(a.key, *last), nil
	}
	return nil, nil, errBegun
}

func greet(c *chat.Conversation, ctx context.Context) iter.Seq2[chat.Event, error] {
	return c.Greet(ctx)
}

func handOver(c *chat.Conversation, ctx context.Context) iter.Seq2[chat.Event, error] {
	return c.HandOver(ctx)
}

// pollInterval and its eightfold are how often a Store without a Tailer is asked whether a turn has ended.
const pollInterval = 100 * time.Millisecond
