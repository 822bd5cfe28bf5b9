package auth

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seed-127a5941/parley"
)

// fetchError is the error of a call that got no token. The class of the token endpoint's response is not that of the
// call: if the endpoint is not found or limits its clients, that says nothing about the conversation which the call is
// about. Its text says what happened, and errors.As finds the vendor's Error. Only that the credential was refused, 401
// and 403, holds for the call as well.
type fetchError struct{ err error }

// classesOfFetch are errors that a fetch may match and the call must not.
var classesOfFetch = [...]error{
	parley.ErrBadRequest, parley.ErrPaymentRequired, parley.ErrNotFound, parley.ErrConflict, parley.ErrUnprocessable,
	parley.ErrRateLimited, parley.ErrServer, parley.ErrDeliveryUnknown, parley.ErrNotSent, parley.ErrAnswerFailed,
	parley.ErrRetryBudget,
}

func (e *fetchError) Error() string { return e.err.Error() }

// Is matches as the fetch's error does, without the classes that are not the call's. There is no Unwrap, so
// errors.Is looks no deeper.
func (e *fetchError) Is(target error) bool {
	return !slices.Contains(classesOfFetch[:], target) && errors.Is(e.err, target)
}

// As finds the errors that the fetch's error wraps.
func (e *fetchError) As(target any) bool { return errors.As(e.err, target) }

// panicError is the error of callers that waited for code of the user's that panicked.
type panicError struct {
	text  string
	cause error // the value of the panic if it is an error
}

func newPanicError(where string, value any) error {
	cause, _ := value.(error)
	return &panicError{text: fmt.Sprintf("panic in the %s: %v", where, value), cause: cause}
}

func (e *panicError) Error() string { return e.text }
func (e *panicError) Unwrap() error { return e.cause }
