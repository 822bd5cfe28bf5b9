// Package apierr describes failed calls.
//
// The error classes are declared in package parley. The four vendor packages export them again, so that code which uses
// several vendors can match a class once for all.
package apierr

import (
	"errors"
	"fmt"

	"github.com/seed-127a5941/parley"
)

// Matches reports whether target is the class of status.
func Matches(status int, target error) bool {
	class := class(status)
	return class != nil && target != nil && errors.Is(class, target)
}

func class(status int) error {
	switch status {
	case 400:
		return parley.ErrBadRequest
	case 401:
		return parley.ErrUnauthorized
	case 402:
		return parley.ErrPaymentRequired
	case 403:
		return parley.ErrForbidden
	case 404:
		return parley.ErrNotFound
	case 409:
		return parley.ErrConflict
	case 422:
		return parley.ErrUnprocessable
	case 429:
		return parley.ErrRateLimited
	}
	if status >= 500 && status <= 599 {
		return parley.ErrServer
	}
	return nil
}

// Invalid returns the error of an argument that was refused before any request. It matches parley.ErrInvalidArgument
// and names the field first, as in "title is longer than 255 characters".
func Invalid(field, format string, args ...any) error {
	return fmt.Errorf("%w: %s %s", parley.ErrInvalidArgument, field, fmt.Sprintf(format, args...))
}

// Required returns the error of a required field that is empty.
func Required(field string) error {
	return Invalid(field, "must not be empty")
}
