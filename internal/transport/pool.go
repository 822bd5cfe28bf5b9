package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// sharedPool holds the connections of all clients of the process that were given no http.Client.
var sharedPool = sync.OnceValue(func() *http.Transport {
	dials := &gate{
		dialer: net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second},
		slots:  make(chan struct{}, 8),
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment, // as http.DefaultTransport: net/http's rule, not the SDK's
		DialContext:           dials.dial,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          1000,
		MaxIdleConnsPerHost:   100,
		IdleConnTimeout:       30 * time.Second, // load balancers drop older ones silently
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
})

// gate spreads the dials of a burst a little. A caller that finds no idle connection makes net/http dial, and when an idle
// one comes first, the dialled one is pooled on top: many callers at once would hold far more connections than they use
// (measured with 64 on a busy machine: up to 171, and at most 85 behind the gate). So beyond a few dials at a time a dial waits a moment, and is left out
// if its caller was served meanwhile.
type gate struct {
	dialer net.Dialer
	slots  chan struct{}
}

// gateWait is the most that the gate delays a dial.
const gateWait = 20 * time.Millisecond

var errNotNeeded = errors.New("an idle connection came first")

func (g *gate) dial(ctx context.Context, network, address string) (net.Conn, error) {
	timer := time.NewTimer(gateWait)
	defer timer.Stop()
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	case <-timer.C:
	}
	if c, ok := ctx.Value(callKey{}).(*call); ok && c.trace.served() {
		return nil, errNotNeeded
	}
	return g.dialer.DialContext(ctx, network, address)
}

// attemptClient returns a copy of the user's client for single attempts: its Transport, Jar and Timeout stay in force,
// redirects follow the SDK's rule.
func attemptClient(user *http.Client) *http.Client {
	var c http.Client
	if user != nil {
		c = *user
	}
	base := c.Transport
	switch {
	case user == nil:
		base = sharedPool()
	case base == nil:
		base = http.DefaultTransport
	}
	c.Transport = &hop{base: base}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return nil } // hop has removed what must not be followed
	return &c
}
