package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// errWrittenTwice ends an attempt that net/http begins to send once more by itself over HTTP/2.
var errWrittenTwice = errors.New("net/http was about to send the request a second time in one attempt")

// trace listens to what net/http does with the request of one attempt. httptrace offers WroteHeaderField too, which
// fires a moment before WroteHeaders, but then net/http formats each header field once more for it: 7 allocations per
// request over HTTP/1 and 10 over HTTP/2. WroteHeaders proves as much, because nobody can act on an incomplete header.
type trace struct {
	hooks    httptrace.ClientTrace
	stop     context.CancelCauseFunc
	standard bool     // the RoundTripper is an *http.Transport, which makes no requests of its own
	url      *url.URL // of the request

	asked     atomic.Int32 // GetConn: how often a connection was asked for
	connected atomic.Int32 // GotConn: how often a connection or a stream was taken
	written   atomic.Bool  // WroteHeaders: a whole header was written
	current   atomic.Bool  // the same since the last redirect
}

// attemptKey finds the attempt in the context of a dial.
type attemptKey struct{}

// installTrace returns ctx with the hooks of the attempt, which compose with those that ctx carries. They end an
// attempt that net/http would send a second time over HTTP/2. Over HTTP/1 net/http sends a request again only if a
// pooled connection proves dead before the first byte of a response, once for each such connection, which is left to
// it.
func (a *attempt) installTrace(ctx context.Context, s *settings) context.Context {
	t := &a.trace
	t.stop, t.url = a.stop, &a.url
	_, t.standard = s.transport.(*http.Transport)
	if s.HTTPClient == nil {
		ctx = context.WithValue(ctx, attemptKey{}, a) // for the dialLimiter of the SDK's own pool
	}
	t.hooks.GetConn = func(hostPort string) {
		// A RoundTripper of the user may make other requests with the same context, such as one for a token.
		if t.standard || hostPort == hostPortOf(t.url) {
			t.asked.Add(1)
		}
	}
	t.hooks.GotConn = func(info httptrace.GotConnInfo) {
		t.connected.Add(1)
		if t.standard && t.current.Load() && isHTTP2(info.Conn) {
			t.stop(errWrittenTwice) // once the context is done, no header is written
		}
	}
	t.hooks.WroteHeaders = func() {
		t.written.Store(true)
		t.current.Store(true)
	}
	return httptrace.WithClientTrace(ctx, &t.hooks)
}

// nextRequest is called when a redirect is followed, which is a request of its own.
func (t *trace) nextRequest() { t.current.Store(false) }

// neverSent reports whether it is proved that the server cannot act on the request of an attempt that failed.
// An interrupted request that has its connection may be written a moment later. net/http returns any other error only
// after it stopped writing.
func (t *trace) neverSent(interrupted bool) bool {
	if t.asked.Load() == 0 || t.written.Load() {
		return false
	}
	return t.connected.Load() == 0 || t.standard && !interrupted
}

// served reports whether the call has its connection. Once it asked for another, that one may be needed.
func (t *trace) served() bool { return t.asked.Load() == 1 && t.connected.Load() > 0 }

func isHTTP2(conn net.Conn) bool {
	c, ok := conn.(interface{ ConnectionState() tls.ConnectionState })
	return ok && c.ConnectionState().NegotiatedProtocol == "h2"
}

// hostPortOf is the address that net/http asks a connection for.
func hostPortOf(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
