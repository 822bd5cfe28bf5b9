package apierr

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/redact"
)

// PanicError is the error in place of a panic of the user's code. If the value of the panic is an error, errors.Is and
// errors.As find it, with one exception: PanicError never matches an error of package parley. Such a value tells of
// another call. If it matched ErrNotSent or ErrClosed, it would claim that the message of this call was not sent.
type PanicError struct {
	text  string
	cause error // the value of the panic, or nil if that is not an error
}

// NewPanicError returns the error for the value of a panic. Its text begins with what, such as "OnReconnect panicked".
// It shows no URL of a *url.Error.
func NewPanicError(what string, value any) *PanicError {
	cause, ok := value.(error)
	if ok {
		cause = redact.WithoutURLs(cause)
		value = cause
	}
	return &PanicError{text: fmt.Sprintf("%s: %v", what, value), cause: cause}
}

// Error returns the text.
func (e *PanicError) Error() string { return e.text }

// Is reports whether the value of the panic matches target. It reports false for the errors of package parley. There is
// no Unwrap method, so errors.Is looks no deeper.
func (e *PanicError) Is(target error) bool {
	return !slices.Contains(sentinels[:], target) && errors.Is(e.cause, target)
}

// As finds the errors that the value of the panic wraps.
func (e *PanicError) As(target any) bool { return errors.As(e.cause, target) }

// sentinels are the errors of package parley.
var sentinels = [...]error{
	parley.ErrBadRequest, parley.ErrUnauthorized, parley.ErrPaymentRequired, parley.ErrForbidden, parley.ErrNotFound,
	parley.ErrConflict, parley.ErrUnprocessable, parley.ErrRateLimited, parley.ErrServer,
	parley.ErrInvalidArgument, parley.ErrDeliveryUnknown, parley.ErrNotSent, parley.ErrAttemptTimeout,
	parley.ErrRetryBudget, parley.ErrAnswerFailed, parley.ErrDecode, parley.ErrResponseTooLarge, parley.ErrTruncated,
	parley.ErrClosed,
}
