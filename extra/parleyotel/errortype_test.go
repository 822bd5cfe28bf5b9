package parleyotel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/raia"
)

func TestErrorType(t *testing.T) {
	for want, errs := range map[string][]error{
		"": {nil},
		"answer_failed": {
			parley.ErrAnswerFailed,
			fmt.Errorf("%w: %w: %w", parley.ErrServer, parley.ErrDeliveryUnknown, parley.ErrAnswerFailed),
		},
		"bad_request":        {parley.ErrBadRequest},
		"unauthorized":       {parley.ErrUnauthorized},
		"payment_required":   {parley.ErrPaymentRequired},
		"forbidden":          {parley.ErrForbidden},
		"not_found":          {parley.ErrNotFound},
		"conflict":           {parley.ErrConflict},
		"unprocessable":      {parley.ErrUnprocessable},
		"rate_limited":       {fmt.Errorf("%w: %w", parley.ErrRateLimited, parley.ErrRetryBudget)},
		"server_error":       {fmt.Errorf("%w: %w", parley.ErrServer, context.DeadlineExceeded)},
		"response_too_large": {fmt.Errorf("%w: %w", parley.ErrDecode, parley.ErrResponseTooLarge)},
		"decode":             {parley.ErrDecode},
		"invalid_argument":   {parley.ErrInvalidArgument},
		"attempt_timeout": {
			fmt.Errorf("%w: %w: %w", parley.ErrAttemptTimeout, context.DeadlineExceeded, parley.ErrNotSent),
		},
		"canceled":          {context.Canceled, fmt.Errorf("%w: %w", parley.ErrTruncated, context.Canceled)},
		"deadline_exceeded": {context.DeadlineExceeded},
		"truncated":         {parley.ErrTruncated},
		"closed":            {parley.ErrClosed},
		"not_sent":          {fmt.Errorf("%w: %w", parley.ErrNotSent, &net.OpError{Err: errors.New("refused")})},
		"network":           {&net.OpError{Err: errors.New("reset")}, io.EOF, fmt.Errorf("x: %w", io.ErrUnexpectedEOF)},
		"418":               {&raia.Error{StatusCode: 418}},
		"_OTHER":            {errors.New("secret"), parley.ErrRetryBudget},
	} {
		for _, err := range errs {
			assert.Equal(t, want, errorType(err), "%v", err)
			if err != nil {
				assert.Equal(t, want, errorType(fmt.Errorf("wrapped: %w", err)))
			}
		}
	}
}

func TestFailureAttributes(t *testing.T) {
	assert.Nil(t, failureAttributes(nil))
	for want, err := range map[string]error{
		"none":    parley.ErrRateLimited,
		"unknown": parley.ErrDeliveryUnknown,
		"done":    fmt.Errorf("%w: %w", parley.ErrDeliveryUnknown, parley.ErrAnswerFailed),
	} {
		assert.Equal(t, want, failureAttributes(err)[1].Value.AsString())
	}
}
