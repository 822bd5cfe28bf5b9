package aisera

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
)

// sendKeeps is how long a message of Send is expected to be answered, where answers are told apart by their order. Not
// every such message is: a live agent may just read it.
const sendKeeps = 30 * time.Second

var errStarved = errors.New("nothing was read for 10 s, because frames that nobody receives fill the buffer: " +
	"call Receive, or set DialOptions.OnUnsolicited")

// place is a message that was written and whose answer is not complete.
type place struct {
	id   string
	x    *exchange // nil: a message of Send. One that was left keeps its place, and takes no frame.
	sent time.Time
}

// router decides which frames belong to which Exchange: those with its request id; from a server that echoes none, those
// of the oldest message that is not answered. An answer ends with its final frame.
type router struct {
	mu      sync.Mutex
	places  []*place // in the order in which they were written
	echoes  bool     // the server echoes request ids
	agent   bool     // a live agent is in the conversation
	starved bool     // the reader has been held up for long
	closed  bool     // Close began: no answer comes any more
}

// add notes a message right before it is written.
func (rt *router) add(p *place) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.closed && p.x != nil {
		p.x.frames.End(parley.ErrClosed)
	}
	p.sent = time.Now()
	rt.forgetSends(p.sent.Add(-sendKeeps))
	if p.x != nil || !rt.agent {
		rt.places = append(rt.places, p)
	}
}

// forgetSends removes the messages of Send that were written before then.
func (rt *router) forgetSends(then time.Time) {
	rt.places = slices.DeleteFunc(rt.places, func(p *place) bool { return p.x == nil && p.sent.Before(then) })
}

func (rt *router) remove(p *place) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.removeLocked(p)
}

func (rt *router) removeLocked(p *place) {
	if i := slices.Index(rt.places, p); i >= 0 {
		rt.places = slices.Delete(rt.places, i, i+1)
	}
}

// route returns the Exchange that r belongs to; nil: none.
func (rt *router) route(r *Response) *exchange {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.watchAgent(r.Mode)
	p := rt.find(r)
	if p == nil {
		return nil
	}
	if r.Final() {
		rt.removeLocked(p)
	}
	return p.x
}

func (rt *router) find(r *Response) *place {
	if r.RequestID != "" {
		i := slices.IndexFunc(rt.places, func(p *place) bool { return p.id == r.RequestID })
		if i < 0 {
			return nil
		}
		rt.echoes = true
		return rt.places[i]
	}
	if rt.echoes || r.Mode.aside() {
		return nil
	}
	rt.forgetSends(time.Now().Add(-sendKeeps))
	if len(rt.places) == 0 {
		return nil
	}
	return rt.places[0]
}

// watchAgent notes that a live agent came or went. What is sent to an agent has no answer of its own.
func (rt *router) watchAgent(mode Mode) {
	switch mode {
	case ModeLiveAgentJoined:
		rt.agent = true
		rt.forgetSends(time.Now().Add(time.Second))
	case ModeLiveAgentExited:
		rt.agent = false
	}
}

// lost ends every Exchange: what was not answered on a connection will not be answered on the next.
func (rt *router) lost(cause error) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	for _, p := range rt.places {
		if p.x != nil {
			p.x.frames.End(fmt.Errorf("%w: %w", cause, parley.ErrDeliveryUnknown))
		}
	}
	rt.places, rt.agent = nil, false
}

// close ends every Exchange, and each that is still written.
func (rt *router) close() {
	rt.mu.Lock()
	rt.closed = true
	rt.mu.Unlock()
	rt.lost(parley.ErrClosed)
}

// starve ends every Exchange but the one that holds the reader up itself: their frames wait behind what nobody takes.
func (rt *router) starve(holder *exchange) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.starved = true
	for _, p := range rt.places {
		if p.x != nil && p.x != holder {
			p.x.frames.End(fmt.Errorf("%w: %w", errStarved, parley.ErrDeliveryUnknown))
		}
	}
}

// fed is called when the reader goes on.
func (rt *router) fed() {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.starved = false
}

// isStarved reports whether an answer could not come through now.
func (rt *router) isStarved() bool {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.starved
}
