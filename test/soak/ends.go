package soak

import (
	"context"
	"math/rand/v2"
	"net/http/httptrace"
	"time"
)

// end returns the context of a call. Some contexts end after a random time, and some at a certain point of an attempt.
// The others never end, and the timeouts of the client end the call. A patient call always has a deadline, because no
// timeout of the client bounds its wait for an answer. On a silent route each call has one.
func end(r *rand.Rand, f fault, patient bool) (context.Context, context.CancelFunc) {
	if f.silent {
		return context.WithTimeout(context.Background(), time.Duration(between(r, 20, 300))*time.Millisecond)
	}
	at := r.IntN(18)
	switch {
	case at == 0:
		return context.WithTimeout(context.Background(), time.Duration(between(r, 20, 2000))*time.Microsecond)
	case at < 3:
		return context.WithTimeout(context.Background(), time.Duration(between(r, 2, 200))*time.Millisecond)
	case patient:
		return context.WithTimeout(context.Background(), 5*attemptTimeout)
	case at < 5:
		return endAt(r.IntN(5))
	}
	return context.WithCancel(context.Background())
}

// endAt returns a context that ends at a certain point of an attempt. These are the moments at which it is hardest to
// say whether a request left.
func endAt(point int) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	hooks := &httptrace.ClientTrace{}
	switch point {
	case 0:
		hooks.GetConn = func(string) { cancel() }
	case 1:
		hooks.GotConn = func(httptrace.GotConnInfo) { cancel() }
	case 2:
		hooks.WroteHeaders = cancel
	case 3:
		hooks.WroteRequest = func(httptrace.WroteRequestInfo) { cancel() }
	default:
		hooks.GotFirstResponseByte = cancel
	}
	return httptrace.WithClientTrace(ctx, hooks), cancel
}
