package auth

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
)

type vendorError struct{ causes []error }

func (e *vendorError) Error() string   { return "404 not found" }
func (e *vendorError) Unwrap() []error { return e.causes }

func TestFetchError_ClassesAreNotThoseOfTheCall(t *testing.T) {
	own := errors.New("own")
	kept := []error{own, parley.ErrUnauthorized, parley.ErrForbidden, parley.ErrDecode, parley.ErrInvalidArgument}
	hidden := []error{
		parley.ErrBadRequest, parley.ErrPaymentRequired, parley.ErrNotFound, parley.ErrConflict,
		parley.ErrUnprocessable,
		parley.ErrRateLimited, parley.ErrServer, parley.ErrDeliveryUnknown, parley.ErrNotSent, parley.ErrAnswerFailed,
		parley.ErrRetryBudget,
	}
	err := error(&fetchError{err: &vendorError{causes: append(kept, hidden...)}})
	for _, wrapped := range []error{err, fmt.Errorf("call: %w", err)} {
		for _, target := range kept {
			assert.ErrorIs(t, wrapped, target)
		}
		for _, target := range hidden {
			assert.NotErrorIs(t, wrapped, target)
		}
		vendor, ok := errors.AsType[*vendorError](wrapped)
		assert.True(t, ok)
		assert.Len(t, vendor.causes, len(kept)+len(hidden))
		assert.ErrorContains(t, wrapped, "404 not found")
	}
}

func TestPanicError(t *testing.T) {
	own := errors.New("own")
	err := newPanicError("TokenSource", fmt.Errorf("wrapped: %w", own))
	assert.EqualError(t, err, "panic in the TokenSource: wrapped: own")
	assert.ErrorIs(t, err, own)
	err = newPanicError("TokenSource", 7)
	assert.EqualError(t, err, "panic in the TokenSource: 7")
	assert.NoError(t, errors.Unwrap(err))
}
