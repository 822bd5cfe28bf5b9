package parley

import (
	"context"
	"net/http"
	"time"

	"github.com/seed-127a5941/parley/internal/callopts"
)

// Response describes one response to the function of WithResponse.
type Response struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// Header is the header of the response. It must not be changed.
	Header http.Header
	// RequestID is the id that the server or a proxy in front of it gave the request. It is "" if the response names no
	// id.
	RequestID string
	// Attempts is the number of requests that the call has made so far, this one included.
	Attempts int
	// Duration is the time since the call began.
	Duration time.Duration
}

// WithHeader returns a context whose calls send one more header line. Nested contexts add their lines up. The header is
// on every attempt of the operation's own requests and on every WebSocket handshake. It is never on requests for tokens
// and sessions, on uploads to signed URLs, or after a redirect.
//
// The call fails with ErrInvalidArgument, before any request, if name or value cannot be sent. It fails so too if the
// SDK sets the header itself: the vendor's credentials, Host, Content-* (such as Content-Type), Accept,
// Accept-Encoding, User-Agent, Cookie, and the headers that concern one connection only. Idempotency-Key and
// X-Idempotency-Key are refused too, because net/http takes them as permission to send a POST again by itself.
func WithHeader(ctx context.Context, name, value string) context.Context {
	line := callopts.Header{Name: callopts.Canonical(name), Value: value}
	return callopts.With(ctx, func(o *callopts.Options) { o.Headers = append(o.Headers, line) })
}

// WithAttemptTimeout returns a context whose calls use d in place of Config.Timeout, which bounds one attempt. A
// negative value disables the timeout. With zero the call fails with ErrInvalidArgument before any request.
func WithAttemptTimeout(ctx context.Context, d time.Duration) context.Context {
	return callopts.With(ctx, func(o *callopts.Options) { o.AttemptTimeout = &d })
}

// WithMaxRetries returns a context whose calls use n in place of Config.MaxRetries. Zero or less disables retries. The
// client's retry budget, Config.MaxRetryWait and the deadline of ctx still bound them.
func WithMaxRetries(ctx context.Context, n int) context.Context {
	return callopts.With(ctx, func(o *callopts.Options) { o.MaxRetries = &n })
}

// WithResponse returns a context whose calls pass each response to f once, error responses included. An iterator and an
// Await call f for each of their requests, and a stream calls it when its headers have arrived. The goroutine of the
// call calls f before the call returns. If contexts are nested, only the innermost function is called.
func WithResponse(ctx context.Context, f func(Response)) context.Context {
	return callopts.With(ctx, func(o *callopts.Options) {
		o.OnResponse = func(r callopts.Response) { f(Response(r)) }
		if f == nil {
			o.OnResponse = nil
		}
	})
}
