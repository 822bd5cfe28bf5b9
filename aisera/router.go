package aisera

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
)

// unclaimedLife is how long an answer is expected for which nobody waits: that of a message of Send, from when it was
// written, and that of an Exchange that was left, from then. Not every message is answered: a live agent may just read
// it.
const unclaimedLife = 30 * time.Second

// pendingMessage is a message that was written, or is being written, and whose answer is not complete.
type pendingMessage struct {
	id      string
	asked   bool      // by an Exchange, not by Send
	x       *exchange // nil if nobody waits for the answer
	expires time.Time // when the answer is expected no longer, if nobody waits for it
	// inherited is the expiry of an earlier message that may have received the answer to this one. It takes the place
	// of a later expiry of its own: if each message passed its claim on to the next, one lost answer would shift all
	// later ones.
	inherited time.Time
}

// router decides which frames belong to which Exchange: those with its request id, or, from a server that echoes none,
// those that follow the oldest message without an answer. An answer ends with its final frame.
type router struct {
	mu      sync.Mutex
	pending []*pendingMessage // in the order in which they were written
	echoes  bool              // the server echoes request ids
	agent   bool              // a live agent is in the conversation
	token   string            // of the last message
	idle    chan struct{}     // closed when no Exchange is running; nil until shutdown is called
}

// add records a message right before it is written, with the token that it carries.
func (rt *router) add(p *pendingMessage, token string) error {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.idle != nil {
		return parley.ErrClosed
	}
	now := time.Now()
	rt.expire(now)
	if slices.ContainsFunc(rt.pending, func(other *pendingMessage) bool { return other.id == p.id }) {
		return apierr.Invalid("RequestID", "%q is that of a message that was not answered yet", p.id)
	}
	rt.token = token
	if p.x == nil {
		p.expires = now.Add(unclaimedLife)
	}
	if p.asked || !rt.agent {
		rt.pending = append(rt.pending, p)
	}
	return nil
}

// remove forgets a message that was not written after all.
func (rt *router) remove(p *pendingMessage) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.drop(p)
}

func (rt *router) drop(p *pendingMessage) {
	if i := slices.Index(rt.pending, p); i >= 0 {
		rt.pending = slices.Delete(rt.pending, i, i+1)
	}
	rt.checkIdle()
}

// shutdown makes add refuse further messages. It returns a channel that is closed when no Exchange is running.
func (rt *router) shutdown() <-chan struct{} {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.idle == nil {
		rt.idle = make(chan struct{})
		rt.checkIdle()
	}
	return rt.idle
}

// refuses reports whether shutdown was called.
func (rt *router) refuses() bool {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.idle != nil
}

// checkIdle must follow each change after which an Exchange is no longer running.
func (rt *router) checkIdle() {
	if rt.idle == nil || slices.ContainsFunc(rt.pending, func(p *pendingMessage) bool { return p.x != nil }) {
		return
	}
	select {
	case <-rt.idle:
	default:
		close(rt.idle)
	}
}

// leave makes the answer to x one for which nobody waits.
func (rt *router) leave(x *exchange) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	i := slices.IndexFunc(rt.pending, func(p *pendingMessage) bool { return p.x == x })
	if i < 0 {
		return
	}
	p := rt.pending[i]
	p.x, p.expires = nil, time.Now().Add(unclaimedLife)
	if !p.inherited.IsZero() && p.inherited.Before(p.expires) {
		p.expires = p.inherited
	}
	rt.checkIdle()
}

// expire forgets the messages whose answers are expected no longer.
func (rt *router) expire(now time.Time) {
	rt.pending = slices.DeleteFunc(rt.pending,
		func(p *pendingMessage) bool { return p.x == nil && p.expires.Before(now) })
}

// route returns the Exchange that r belongs to, or nil if there is none.
func (rt *router) route(r *Response) *exchange {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.watchAgent(r.Mode)
	if r.RequestID != "" {
		return rt.byID(r)
	}
	if rt.echoes || r.Mode.aside() || !r.isReply() {
		return nil
	}
	return rt.byOrder(r)
}

func (rt *router) byID(r *Response) *exchange {
	i := slices.IndexFunc(rt.pending, func(p *pendingMessage) bool { return p.id == r.RequestID })
	if i < 0 {
		return nil
	}
	rt.echoes = true
	p := rt.pending[i]
	if r.Final() {
		rt.drop(p)
	}
	return p.x
}

// byOrder gives r to the oldest message. If nobody waits for the answer to that one, it may never have come, and r may
// be the answer to the message behind it. That one then inherits the expiry.
func (rt *router) byOrder(r *Response) *exchange {
	rt.expire(time.Now())
	if len(rt.pending) == 0 {
		return nil
	}
	p := rt.pending[0]
	if r.Final() {
		rt.drop(p)
		if len(rt.pending) > 0 {
			rt.pending[0].inherited = p.claim()
		}
	}
	return p.x
}

// claim returns until when the message, and those that inherit from it, can hold an answer that is not theirs.
func (p *pendingMessage) claim() time.Time {
	if p.x != nil {
		return p.inherited
	}
	return p.expires
}

// watchAgent notes that a live agent came or went. A message of Send to an agent has no answer of its own.
func (rt *router) watchAgent(mode Mode) {
	switch mode {
	case ModeLiveAgentJoined:
		rt.agent = true
		rt.pending = slices.DeleteFunc(rt.pending, func(p *pendingMessage) bool { return !p.asked })
	case ModeLiveAgentExited:
		rt.agent = false
	}
}

// lost ends every Exchange: a message that was not answered on a connection will not be answered on the next. It
// returns the token of the last message.
func (rt *router) lost(cause error) (token string) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	for _, p := range rt.pending {
		if p.x != nil {
			p.x.frames.End(fmt.Errorf("%w: %w", cause, parley.ErrDeliveryUnknown))
		}
	}
	rt.pending, rt.agent = nil, false
	rt.checkIdle()
	return rt.token
}
