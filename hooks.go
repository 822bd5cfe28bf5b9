package parley

import (
	"context"
	"net/http"
	"time"
)

// Attempt describes one request on the wire after it ended. Hooks.OnAttempt gets it.
type Attempt struct {
	// Operation is the vendor and the operation, such as "raia: get conversation".
	Operation string
	// Method is the HTTP method, such as "GET".
	Method string
	// Path is the template of the path, such as "/conversations/{id}", so that metrics stay countable.
	Path string
	// Number counts the attempts of a call from 1.
	Number int
	// StatusCode is the status of the response. It is 0 if there was no response.
	StatusCode int
	// Header is the header of the response. It is nil if there was no response.
	Header http.Header
	// Duration is the time until the response was read whole, or for a stream the time until its headers arrived.
	Duration time.Duration
	// Wait is the time until the next attempt. It is 0 if this attempt was the last one. It is also 0 if the next
	// attempt follows at once with a new credential.
	Wait time.Duration
	// Err says why there is no whole response. It is nil if the response arrived whole, whatever its status.
	Err error
}

// Hooks are functions of the user that observe calls. The zero value observes no call, and any of the fields may be
// nil. The functions run on the goroutine of the call, which waits for them, so they must be quick. They may run on
// several goroutines at once.
type Hooks struct {
	// OnCall is called before the first attempt of a call. The context that it returns must derive from the one that it
	// gets, and all requests of the call carry it, so a span that it starts becomes the parent of theirs. A nil context
	// stands for the one that OnCall got. Options such as WithHeader that are set here have no effect on the call.
	//
	// The function that it returns runs exactly once, after the last OnAttempt: when the call returns, when a stream
	// has ended, when the answer of Aisera's Ask or Exchange has ended, and when the frame of Aisera's Conn.Send is
	// written. It may be nil.
	//
	// Each page that an iterator fetches is a call of its own. Await is one call, and its polls are calls below it. A
	// fetch of a token or session is a call below the one that needed it. OnCall is not called for a method that makes
	// several calls, such as raia's GetOrCreate, but for each of these calls.
	OnCall func(context.Context, Call) (context.Context, func(CallResult))
	// OnAttempt is called after every attempt, before a refused credential is refreshed and before the wait for the
	// next attempt. It gets the context of the call. For spans of attempts use OnAttempt, whose Attempt has a Duration,
	// or a RoundTripper in WrapTransport, but not both.
	OnAttempt func(context.Context, Attempt)
	// WrapTransport is called once by NewClient and returns the RoundTripper that sends the client's requests. It gets
	// the Transport of Config.HTTPClient or the SDK's connection pool, so a tracing RoundTripper keeps the pool. If it
	// returns nil, the RoundTripper that it got is used.
	//
	// The RoundTripper sees each attempt, requests for tokens and sessions included, and is the place to set a header
	// such as traceparent. It sees the header with the credential, the query with SiteAssist's publishable key, and the
	// bodies, and must not record any of them. It must pass the context of the request on, because otherwise no failure
	// can prove that a request never left.
	WrapTransport func(http.RoundTripper) http.RoundTripper
}

// Call describes a call before its first attempt.
type Call struct {
	// Vendor is the name of the package: "aisera", "raia", "siteassist" or "syntphony".
	Vendor string
	// Operation is the vendor and the operation, such as "raia: get conversation".
	Operation string
	// Method is the HTTP method. It is "WS" for a frame over a WebSocket.
	Method string
	// Path is the template of the path, such as "/conversations/{id}". It is "" for a frame over a WebSocket.
	Path string
	// Server is the host and port of the configured URL that the requests go to, such as "api.example.com:443".
	Server string
	// Idempotent reports whether the vendor may get the call more than once without harm.
	Idempotent bool
	// Stream reports whether the response is read while the vendor makes it.
	Stream bool
}

// CallResult describes a call after it ended.
type CallResult struct {
	// StatusCode is the status of the last response. It is 0 if there was no response.
	StatusCode int
	// Attempts is the number of attempts, those that did not reach the vendor included.
	Attempts int
	// Duration is the time since OnCall was called.
	Duration time.Duration
	// FirstByte is the time until the headers of the last response arrived. It is 0 if there was no response.
	FirstByte time.Duration
	// Bytes is the size of the response's body as far as it was read.
	Bytes int64
	// Err is the error that the caller gets. It is nil if the call succeeded.
	Err error
}

// JoinHooks returns hooks that call several others, such as those of a tracing and of a metrics library. OnCall and
// OnAttempt are called in the given order, and the functions that the OnCalls returned in the opposite order. The
// RoundTripper of the first WrapTransport is the outermost one.
func JoinHooks(hooks ...Hooks) Hooks {
	var joined Hooks
	for _, h := range hooks {
		joined = Hooks{
			OnCall:        joinOnCall(joined.OnCall, h.OnCall),
			OnAttempt:     joinOnAttempt(joined.OnAttempt, h.OnAttempt),
			WrapTransport: joinWrapTransport(joined.WrapTransport, h.WrapTransport),
		}
	}
	return joined
}

type onCall = func(context.Context, Call) (context.Context, func(CallResult))

func joinOnCall(first, second onCall) onCall {
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	}
	return func(ctx context.Context, call Call) (context.Context, func(CallResult)) {
		outer, endFirst := first(ctx, call)
		if outer == nil {
			outer = ctx
		}
		inner, endSecond := second(outer, call)
		if inner == nil {
			inner = outer
		}
		return inner, func(result CallResult) {
			if endSecond != nil {
				endSecond(result)
			}
			if endFirst != nil {
				endFirst(result)
			}
		}
	}
}

func joinOnAttempt(first, second func(context.Context, Attempt)) func(context.Context, Attempt) {
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	}
	return func(ctx context.Context, attempt Attempt) {
		first(ctx, attempt)
		second(ctx, attempt)
	}
}

func joinWrapTransport(
	outer, inner func(http.RoundTripper) http.RoundTripper,
) func(http.RoundTripper) http.RoundTripper {
	switch {
	case outer == nil:
		return inner
	case inner == nil:
		return outer
	}
	return func(base http.RoundTripper) http.RoundTripper { return outer(inner(base)) }
}
