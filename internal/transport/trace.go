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

// trace records the steps that net/http takes with the request of one attempt. httptrace also offers WroteHeaderField,
// which is called a moment before WroteHeaders. But for its sake net/http would format each header field once more,
// which costs 7 allocations per request over HTTP/1 and 10 over HTTP/2. WroteHeaders proves as much, because no server
// can act on an incomplete header.
type trace struct {
	hooks    httptrace.ClientTrace
	stop     context.CancelCauseFunc
	standard bool     // the RoundTripper is an *http.Transport, which makes no requests of its own
	plain2   bool     // it speaks HTTP/2 without TLS to http URLs
	url      *url.URL // of the request

	asked     atomic.Int32 // the number of GetConn calls: how often net/http looked for a connection
	connected atomic.Int32 // the number of GotConn calls: how often it got a connection or a stream
	written   atomic.Bool  // WroteHeaders was called: a whole header was written
	current   atomic.Bool  // the same since the last redirect
}

// traceKey is the context key under which a dial finds the trace of its attempt.
type traceKey struct{}

// installTrace returns ctx with the hooks of the attempt, which compose with those that ctx carries. Over HTTP/2 the
// hooks end an attempt whose request net/http is about to send a second time. Over HTTP/1 they do not have to, because
// net/http sends a request again only if a pooled connection proves dead before the first byte of a response, and only
// once for each such connection.
func (o *outgoing) installTrace(ctx context.Context, stop context.CancelCauseFunc, s *settings) context.Context {
	t := &o.trace
	t.stop, t.url = stop, &o.url
	var base *http.Transport
	base, t.standard = s.transport.(*http.Transport)
	t.plain2 = t.standard && speaksUnencryptedHTTP2(base)
	if s.HTTPClient == nil {
		ctx = context.WithValue(ctx, traceKey{}, t) // for the dialLimiter of the SDK's own pool
	}
	t.hooks.GetConn = func(hostPort string) {
		// A RoundTripper of the user may make other requests with the same context, such as one for a token.
		if t.standard || hostPort == hostPortOf(t.url) {
			t.asked.Add(1)
		}
	}
	t.hooks.GotConn = func(info httptrace.GotConnInfo) {
		t.connected.Add(1)
		if t.standard && t.current.Load() && t.isHTTP2(info.Conn) {
			t.stop(errWrittenTwice) // net/http writes no header once the context is done
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

// neverSent reports whether the failed attempt proves that the server cannot act on its request. An interrupted request
// that has its connection may still be written a moment later. Any other error is returned by net/http only after it
// has stopped writing.
func (t *trace) neverSent(interrupted bool) bool {
	if t.asked.Load() == 0 || t.written.Load() {
		return false
	}
	return t.connected.Load() == 0 || t.standard && !interrupted
}

// served reports whether the call already got its connection. A second search for a connection may need the dial.
func (t *trace) served() bool { return t.asked.Load() == 1 && t.connected.Load() > 0 }

func (t *trace) isHTTP2(conn net.Conn) bool {
	if t.plain2 && t.url.Scheme == "http" {
		return true
	}
	c, ok := conn.(interface{ ConnectionState() tls.ConnectionState })
	return ok && c.ConnectionState().NegotiatedProtocol == "h2"
}

// speaksUnencryptedHTTP2 reports whether t uses HTTP/2 for http URLs. It does if it may not use HTTP/1.
func speaksUnencryptedHTTP2(t *http.Transport) bool {
	return t.Protocols != nil && t.Protocols.UnencryptedHTTP2() && !t.Protocols.HTTP1()
}

// hostPortOf returns the address for which net/http calls GetConn.
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
