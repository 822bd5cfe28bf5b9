// Package apierr answers: which sentinels exist, and which status means which?
//
// The four vendor packages export these values under their own names, so that code which uses several vendors matches
// an error class once.
package apierr

import (
	"errors"
	"fmt"
)

// The classes of an answer, by HTTP status.
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

// What else can be wrong with a call. They combine with each other and with a class above.
var (
	// ErrInvalidArgument: nothing was sent, or the request of a plain reader that proved too large was cut off.
	ErrInvalidArgument = errors.New("invalid argument")
	// ErrDeliveryUnknown: the server may have acted on the call; do not send it again blindly.
	ErrDeliveryUnknown = errors.New("delivery unknown: the server may have acted on it")
	// ErrDecode: the server answered 2xx with a body that is not what the vendor documents.
	ErrDecode = errors.New("undecodable reply")
	// ErrResponseTooLarge: a reply or an event is larger than the limit for it.
	ErrResponseTooLarge = errors.New("response too large")
	// ErrTruncated: a stream ended before its end.
	ErrTruncated = errors.New("stream truncated")
	// ErrClosed: the connection, session or stream was closed.
	ErrClosed = errors.New("closed")
)

// Matches reports whether target is the class of status.
func Matches(status int, target error) bool {
	class := class(status)
	return class != nil && target != nil && errors.Is(class, target)
}

func class(status int) error {
	switch status {
	case 400:
		return ErrBadRequest
	case 401:
		return ErrUnauthorized
	case 402:
		return ErrPaymentRequired
	case 403:
		return ErrForbidden
	case 404:
		return ErrNotFound
	case 409:
		return ErrConflict
	case 422:
		return ErrUnprocessable
	case 429:
		return ErrRateLimited
	}
	if status >= 500 && status <= 599 {
		return ErrServer
	}
	return nil
}

// Invalid is the error of an argument that was refused before anything was sent: it matches ErrInvalidArgument and names
// the field first, as in "title is longer than 255 characters".
func Invalid(field, format string, args ...any) error {
	return fmt.Errorf("%w: %s %s", ErrInvalidArgument, field, fmt.Sprintf(format, args...))
}

// Missing is the Invalid of a required field that was left empty.
func Missing(field string) error {
	return Invalid(field, "must not be empty")
}
