package auth

import (
	"errors"
	"slices"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
)

// fetchError is the error of a call that got no token. It does not match the class of the token endpoint's response: a
// 404 or 429 of that endpoint does not concern the conversation that the call is about. The exceptions are 401 and
// 403, because a refused credential stops the call too. The text says what happened, and errors.As finds the vendor's
// Error.
type fetchError struct{ err error }

// classesOfFetch are errors that a fetch may match but that the call must not match.
var classesOfFetch = [...]error{
	parley.ErrBadRequest, parley.ErrPaymentRequired, parley.ErrNotFound, parley.ErrConflict, parley.ErrUnprocessable,
	parley.ErrRateLimited, parley.ErrServer, parley.ErrDeliveryUnknown, parley.ErrNotSent, parley.ErrAnswerFailed,
	parley.ErrRetryBudget,
}

func (e *fetchError) Error() string { return e.err.Error() }

// Is matches the errors that the fetch's error matches, except for classesOfFetch. There is no Unwrap method, so
// errors.Is looks no deeper.
func (e *fetchError) Is(target error) bool {
	return !slices.Contains(classesOfFetch[:], target) && errors.Is(e.err, target)
}

// As finds the errors that the fetch's error wraps.
func (e *fetchError) As(target any) bool { return errors.As(e.err, target) }

// newPanicError returns the error of the callers that waited for code of the user when that code panicked.
func newPanicError(where string, value any) error {
	return apierr.NewPanicError("panic in the "+where, value)
}
