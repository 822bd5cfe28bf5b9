package transport

import (
	"errors"
	"strings"

	"github.com/seed-127a5941/parley"
)

// nestedError is the error of a call that another call had to make first, such as the fetch of a token.
type nestedError struct {
	text string
	err  error
}

// Nested returns err with a text that begins with problem, such as "cannot fetch a token". The names of vendor and
// operation are left out, because the call that needed the other one names them again. An error that is not the error
// of a call stays as it is.
func Nested(problem string, err error) error {
	info, ok := parley.InfoOf(err)
	if !ok {
		return err
	}
	return &nestedError{text: problem + ": " + strings.TrimPrefix(err.Error(), info.Operation+": "), err: err}
}

// Error returns the text.
func (e *nestedError) Error() string { return e.text }

// Unwrap returns the error of the call.
func (e *nestedError) Unwrap() error { return e.err }

// isNested reports whether one of the causes is the error of another call, whose text names its own request.
func isNested(causes []error) bool {
	_, ok := errors.AsType[*nestedError](errors.Join(causes...))
	return ok
}
