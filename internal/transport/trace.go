package transport

import (
	"context"
	"errors"
	"net/http/httptrace"
	"sync/atomic"
)

// errMultiplied ends an attempt that net/http sends again and again by itself.
var errMultiplied = errors.New("net/http sent the request more than twice in one attempt")

// delivery is what is known of how far an attempt's request came.
type delivery int

const (
	maybeSent delivery = iota // nothing proves anything: a RoundTripper that reports no hooks, or header bytes written
	neverSent                 // a connection was asked for, and no header byte was written
)

// trace listens to net/http. Its hooks may still fire after their attempt ended; what they then set errs on the side of
// "maybe sent".
type trace struct {
	hooks       httptrace.ClientTrace
	wrote       atomic.Bool  // WroteHeaderField
	asked       atomic.Int32 // GetConn, in this hop
	connections atomic.Int32 // GotConn: connections or streams taken by this hop
}

func (t *trace) reset() {
	t.wrote.Store(false)
	t.nextHop()
}

// nextHop starts the count anew: a redirect takes a connection of its own.
func (t *trace) nextHop() {
	t.asked.Store(0)
	t.connections.Store(0)
}

// listen makes the context of the call's requests: the caller's with the hooks, which compose with those that it carries.
func (c *call) listen(ctx context.Context) {
	t := &c.trace
	t.hooks.GetConn = func(string) { t.asked.Add(1) }
	t.hooks.WroteHeaderField = func(string, []string) { t.wrote.Store(true) }
	t.hooks.GotConn = func(httptrace.GotConnInfo) {
		// Once the context is done, net/http's HTTP/2 writes no header for this stream.
		if t.connections.Add(1) > 2 {
			c.stop(errMultiplied)
		}
	}
	c.Context = httptrace.WithClientTrace(ctx, &t.hooks)
}

// delivery judges an attempt that failed; interrupted: it was ended from our side. A request that was handed to a
// connection and then interrupted may be written a moment later, so it proves nothing.
func (t *trace) delivery(interrupted bool) delivery {
	switch {
	case t.asked.Load() == 0, t.wrote.Load(), interrupted && t.connections.Load() > 0:
		return maybeSent
	}
	return neverSent
}

// served reports whether the call has its connection. Once it asked for another, that one may be needed.
func (t *trace) served() bool { return t.asked.Load() == 1 && t.connections.Load() > 0 }
