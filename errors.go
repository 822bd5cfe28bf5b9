package parley

import "errors"

// These errors are the classes of an error response, by HTTP status. Match them with errors.Is.
var (
	ErrBadRequest      = errors.New("bad request")      // 400
	ErrUnauthorized    = errors.New("unauthorized")     // 401
	ErrPaymentRequired = errors.New("payment required") // 402
	ErrForbidden       = errors.New("forbidden")        // 403
	ErrNotFound        = errors.New("not found")        // 404
	ErrConflict        = errors.New("conflict")         // 409
	ErrUnprocessable   = errors.New("unprocessable")    // 422
	ErrRateLimited     = errors.New("rate limited")     // 429
	ErrServer          = errors.New("server error")     // 5xx
)

// These errors say what else can go wrong in a call. They combine with each other and with the class of a status.
var (
	// ErrInvalidArgument means that an argument or a field of a Config was refused. No request was sent, with one
	// exception: when a plain io.Reader turns out to hold too much, its request is cut off while it is sent.
	ErrInvalidArgument = errors.New("invalid argument")
	// ErrDeliveryUnknown means that the vendor may have acted on the call. Sending it again may do it twice.
	ErrDeliveryUnknown = errors.New("delivery unknown: the server may have acted on it")
	// ErrNotSent means that no request of the call reached the vendor, so that making the call again cannot do it
	// twice. It never comes with ErrDeliveryUnknown, and it does not match an invalid argument or a closed connection.
	ErrNotSent = errors.New("not sent")
	// ErrAttemptTimeout means that Config.Timeout ended an attempt. It comes with context.DeadlineExceeded, but the end
	// of the call's own context does not match it.
	ErrAttemptTimeout = errors.New("attempt timed out")
	// ErrRetryBudget means that a retry was due and was not made, because most recent calls of the client failed. It
	// comes beside the error of the last attempt.
	ErrRetryBudget = errors.New("retry budget spent: most recent calls failed")
	// ErrAnswerFailed means that the vendor took the message and says that it could not answer it.
	ErrAnswerFailed = errors.New("the vendor could not answer the message")
	// ErrDecode means that the server responded with 2xx and a body that is not what the vendor documents.
	ErrDecode = errors.New("undecodable response")
	// ErrResponseTooLarge means that a response or an event exceeds the limit for it.
	ErrResponseTooLarge = errors.New("response too large")
	// ErrTruncated means that a stream stopped before the vendor marked its end.
	ErrTruncated = errors.New("stream truncated")
	// ErrClosed means that the connection, session or stream was closed.
	ErrClosed = errors.New("closed")
)
