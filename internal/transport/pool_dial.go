//go:build !js

package transport

import (
	"context"
	"errors"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// sharedPool holds the connections of all clients in the process that have no http.Client of the user.
var sharedPool = sync.OnceValue(newSharedPool)

// dialSlots are held by the dials of sharedPool that are under way. They are made with the process: a channel that the
// first client makes would belong to the synctest bubble of a user's test, and no other test could use the pool.
var dialSlots = newDialSlots()

// slots are channels whose places are held by dials. An address always has the same channel, and few addresses share
// one, so that dials to a host that does not respond delay hardly any other host.
type slots [64]chan struct{}

func newDialSlots() (s slots) {
	for i := range s {
		s[i] = make(chan struct{}, 8)
	}
	return s
}

func (s *slots) of(address string) chan struct{} {
	sum := fnv.New32a()
	_, _ = io.WriteString(sum, address)
	return s[sum.Sum32()%uint32(len(s))]
}

func newSharedPool() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	dials := &dialLimiter{connect: dialer.DialContext, slots: dialSlots}
	return &http.Transport{
		// Net/http reads the environment here, as in http.DefaultTransport.
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dials.dial,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           4 * idlePerHost,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        30 * time.Second, // load balancers silently drop older ones
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		OnProxyConnectResponse: checkConnect,
		// Without pings, a connection whose path has died silently would take every call of its host to its timeout.
		HTTP2: &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingAfter},
	}
}

// idlePerHost is how many idle connections to one host are kept. A service with more callers at once than that makes
// new connections all the time, because each caller that finds no idle connection dials.
const idlePerHost = 512

// pingAfter is how long an HTTP/2 connection may be silent before it is pinged, and how long it has to answer the ping.
const pingAfter = 15 * time.Second

// dialLimiter spreads the dials of a burst a little. A caller that finds no idle connection makes net/http dial. If an
// idle one comes first, net/http pools the dialled one on top, so that many callers at once would hold far more
// connections than they use. With 64 callers on a busy machine, up to 171 connections were measured without the limiter
// and at most 85 with it, and with 512 callers 750 and 520. So if a few dials are under way, a further dial waits a
// moment, and is left out if its caller got a connection meanwhile.
type dialLimiter struct {
	connect func(ctx context.Context, network, address string) (net.Conn, error)
	slots   slots
}

// maxDialDelay is the longest delay of a dial. After 20 ms, not all of 512 callers had their connection on a busy
// machine.
const maxDialDelay = 60 * time.Millisecond

var errNotNeeded = errors.New("an idle connection came first")

func (l *dialLimiter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	timer := time.NewTimer(maxDialDelay)
	defer timer.Stop()
	places := l.slots.of(address)
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
	case <-timer.C:
	}
	if t, ok := ctx.Value(traceKey{}).(*trace); ok && t.served() {
		return nil, errNotNeeded
	}
	return l.connect(ctx, network, address)
}
