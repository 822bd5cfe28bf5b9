package transport

import (
	"errors"
	"net/http"
)

// effect says whether the server may have acted on an attempt that did not succeed.
type effect int

const (
	neverSent  effect = iota // No request reached the server, or the server says that it did not process it.
	notApplied               // The server responded that it did not act.
	ambiguous                // The server may have acted.
	applied                  // The server acted, and its response cannot be used.
)

// verdict is the result of classify for an attempt that did not succeed.
type verdict struct {
	effect    effect
	retryable bool // another attempt may succeed
}

// permitsRetry reports whether the call may be retried. anyOperation is Config.RetryNonIdempotent.
func (v verdict) permitsRetry(idempotent, anyOperation bool) bool {
	return v.retryable && (v.effect < ambiguous || idempotent || anyOperation)
}

// deliveryUnknown reports whether the caller must be told that the server may have acted. For an idempotent operation
// that is of no consequence.
func (v verdict) deliveryUnknown(idempotent bool) bool {
	return !idempotent && v.effect >= ambiguous
}

// outcome holds the facts about an attempt that did not succeed. classify looks at them in the order of the fields.
type outcome struct {
	useless       bool // a 2xx response is too large or cannot be decoded
	status        int  // of a whole response outside 2xx
	hasRetryAfter bool // the response names a wait that can be read
	// failedAfterAccept says that the vendor documents the status as its own failure after it took the request.
	failedAfterAccept bool
	bodyFailed        bool // the body of the request ended the attempt: a file is too large, or a reader failed
	err               error
	began             bool // a response began, but was cut
	unsent            bool // the server provably cannot act on the request
	written           bool // a whole header was written
}

// classify judges an attempt by its outcome alone.
func classify(o outcome) verdict {
	switch {
	case o.useless:
		return verdict{applied, false}
	case o.status != 0:
		return classifyStatus(o)
	case o.bodyFailed && o.began: // the server responded to a part of the request, and may have acted on it
		return verdict{ambiguous, false}
	case o.bodyFailed:
		return verdict{notApplied, false}
	}
	return classifyError(o)
}

// classifyStatus judges a response outside 2xx.
func classifyStatus(o outcome) verdict {
	switch {
	case o.failedAfterAccept, o.status == http.StatusSeeOther:
		return verdict{applied, false}
	case o.status == http.StatusTooManyRequests, o.status == http.StatusServiceUnavailable && o.hasRetryAfter:
		return verdict{notApplied, true}
	case o.status == http.StatusNotImplemented, o.status == http.StatusHTTPVersionNotSupported:
		return verdict{notApplied, false}
	case o.status == http.StatusRequestTimeout, o.status >= 500:
		return verdict{ambiguous, true}
	}
	return verdict{notApplied, false}
}

// classifyError judges an attempt that brought no whole response.
func classifyError(o outcome) verdict {
	proxy, _ := errors.AsType[*proxyError](o.err)
	switch {
	case !o.began && isUnprocessed(o.err):
		return verdict{neverSent, true}
	case IsPermanent(o.err) && o.written: // a RoundTripper of the user failed in a request that it made later
		return verdict{ambiguous, false}
	case IsPermanent(o.err), isRefusedHandshake(o.err), proxy != nil && proxy.final():
		return verdict{neverSent, false}
	case o.unsent:
		return verdict{neverSent, true}
	}
	return verdict{ambiguous, true}
}
