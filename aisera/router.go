package aisera

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/queue"
)

// unclaimedLife is how long an answer is expected if no caller waits for it. For a message of Send the time counts from
// the write, and for an Exchange that was left from that moment. The wait has to end, because not every message is
// answered: a live agent may just read it.
const unclaimedLife = 30 * time.Second

// pendingMessage is a message that was written, or is being written, and whose answer is not complete.
type pendingMessage struct {
	id      string
	asked   bool      // sent by an Exchange, not by Send
	x       *exchange // nil if no caller waits for the answer
	expires time.Time // the end of the wait for the answer if no caller waits for it, by the monotonic clock
	// inherited is the expiry of an earlier message that may have received the answer to this one. It is used in place
	// of the message's own, later expiry. Otherwise each message could take the answer of the next, and one lost answer
	// would shift all later ones.
	inherited time.Time
}

// router decides which frames belong to which Exchange: those with its request id, or, if the server echoes no ids,
// those that follow the oldest message without an answer. An answer ends with its final frame.
type router struct {
	mu      sync.Mutex
	pending []*pendingMessage // in the order in which they were written
	echoes  bool              // the server echoes request ids
	agent   bool              // a live agent is in the conversation
	token   string            // of the last message
	idle    chan struct{}     // closed when no Exchange is running; nil before shutdown
}

// add records a message right before it is written, together with the token that it carries.
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

// remove removes a message that was not written after all. The frames that came for it go to inbox.
func (rt *router) remove(p *pendingMessage, inbox *queue.Queue[*Response]) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if p.x != nil {
		p.x.giveBack(inbox)
	}
	rt.drop(p)
}

// written records that the message of an Ask was written.
func (rt *router) written(x *exchange) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	x.markWritten()
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

// checkIdle must be called after each change by which an Exchange may have stopped running.
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

// leave records that no caller waits for the answer to x any more.
func (rt *router) leave(x *exchange) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.detach(x)
}

// conclude ends the wait of an Ask. It returns the final frame, or why that will not come. If left is the reason for
// which the caller stopped waiting, but the final frame has come, the caller gets it all the same.
func (rt *router) conclude(x *exchange, left error) (*Response, arrivals, error) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.detach(x)
	if x.final != nil {
		return x.final, x.arrivals, nil
	}
	if x.err == nil {
		x.err = left
	}
	return nil, x.arrivals, x.err
}

// abandon ends an Ask whose write failed. If its answer came all the same, that goes to inbox.
func (rt *router) abandon(x *exchange, inbox *queue.Queue[*Response]) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.detach(x)
	x.giveBack(inbox)
}

// stall tells all Exchanges that the reader has been waiting for room for too long.
func (rt *router) stall() {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	for _, p := range rt.pending {
		if p.x != nil {
			p.x.stall()
		}
	}
}

func (rt *router) detach(x *exchange) {
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

// expire removes the messages whose answers are no longer expected.
func (rt *router) expire(now time.Time) {
	rt.pending = slices.DeleteFunc(rt.pending,
		func(p *pendingMessage) bool { return p.x == nil && p.expires.Before(now) })
}

// deliver hands r to the Exchange to which it belongs, or to inbox.
func (rt *router) deliver(r *Response, inbox *queue.Queue[*Response], buffer *queue.Buffer[*Response]) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if x := rt.route(r); x != nil {
		x.deliver(r, buffer)
		return
	}
	inbox.Push(r)
}

// route returns the Exchange to which r belongs, or nil if r belongs to no Exchange.
func (rt *router) route(r *Response) *exchange {
	rt.watchAgent(r.Mode)
	if r.RequestID != "" {
		return rt.byID(r)
	}
	if rt.echoes || r.Mode.unsolicited() || !r.isReply() {
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

// byOrder assigns r to the oldest message. If no caller waits for that message's answer, the answer may have been lost,
// and r may be the answer to the next message. That one then inherits the expiry.
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

// claim returns the time until which the message, and those that inherit from it, can take an answer that is not
// theirs.
func (p *pendingMessage) claim() time.Time {
	if p.x != nil {
		return p.inherited
	}
	return p.expires
}

// watchAgent records whether a live agent is there. A message of Send to an agent has no answer of its own. When the
// agent leaves, this may be the first frame that names it, because the agent may have joined before the connection.
func (rt *router) watchAgent(mode Mode) {
	if mode != ModeLiveAgentJoined && mode != ModeLiveAgentExited {
		return
	}
	rt.agent = mode == ModeLiveAgentJoined
	rt.pending = slices.DeleteFunc(rt.pending, func(p *pendingMessage) bool { return !p.asked })
}

// lost ends every Exchange with cause and forgets all messages, because a message that was not answered on one
// connection will not be answered on the next. It returns the token of the last message.
func (rt *router) lost(cause error) (token string) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	for _, p := range rt.pending {
		if p.x != nil {
			p.x.end(fmt.Errorf("%w: %w", cause, parley.ErrDeliveryUnknown))
		}
	}
	rt.pending, rt.agent = nil, false
	rt.checkIdle()
	return rt.token
}
