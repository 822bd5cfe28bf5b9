package transport

import (
	"errors"
	"net/http"
)

// effect is what an attempt that did not succeed may have done to the server.
type effect int

const (
	neverSent  effect = iota // No request that the server could act on reached it, or it says that it processed none.
	notApplied               // The server responded that it did not act.
	ambiguous                // The server may have acted.
	applied                  // The server acted, and its response is of no use.
)

// verdict is what classification says of an attempt that did not succeed.
type verdict struct {
	effect    effect
	retryable bool // another attempt may succeed
}

// permitsRetry reports whether the call may be sent once more. anyOperation is Config.RetryNonIdempotent.
func (v verdict) permitsRetry(idempotent, anyOperation bool) bool {
	return v.retryable && (v.effect < ambiguous || idempotent || anyOperation)
}

// deliveryUnknown reports whether the caller must be told that the server may have acted. For an idempotent operation
// that does not matter.
func (v verdict) deliveryUnknown(idempotent bool) bool {
	return !idempotent && v.effect >= ambiguous
}

// outcome is what is known of an attempt that did not succeed. The first field that is set counts.
type outcome struct {
	useless       bool // a 2xx response that is too large or cannot be decoded
	status        int  // of a whole response outside 2xx
	hasRetryAfter bool // with a wait that parses
	// failedAfterAccept says that the vendor documents the status as its own failure after it took the request.
	failedAfterAccept bool
	bodyFailed        bool // the body of the request ended it: a file that is too large, a reader that failed
	err               error
	began             bool // a response began, but did not come whole
	unsent            bool // it is proved that the server cannot act on the request
	written           bool // a whole header was written
}

// classify judges an attempt by its outcome alone.
func classify(o outcome) verdict {
	switch {
	case o.useless:
		return verdict{applied, false}
	case o.status != 0:
		return classifyStatus(o)
	case o.bodyFailed && o.began: // the server responded to what it had of the request, and may have acted
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
	case !o.began && (isUnprocessed(o.err)):
		return verdict{neverSent, true}
	case IsPermanent(o.err) && o.written: // of a request that a RoundTripper of the user made later
		return verdict{ambiguous, false}
	case IsPermanent(o.err), isRefusedHandshake(o.err), proxy != nil && proxy.final():
		return verdict{neverSent, false}
	case o.unsent:
		return verdict{neverSent, true}
	}
	return verdict{ambiguous, true}
}
