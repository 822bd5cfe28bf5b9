package parleyotel

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"

	"github.com/seed-127a5941/parley"
)

// errorClass is a class of errors and its value of error.type.
type errorClass struct {
	err  error
	name string
}

// errorClasses holds the classes of parley, the most telling first: an error that matches several has the first one's
// name.
func errorClasses() []errorClass {
	return []errorClass{
		{parley.ErrAnswerFailed, "answer_failed"},
		{parley.ErrBadRequest, "bad_request"},
		{parley.ErrUnauthorized, "unauthorized"},
		{parley.ErrPaymentRequired, "payment_required"},
		{parley.ErrForbidden, "forbidden"},
		{parley.ErrNotFound, "not_found"},
		{parley.ErrConflict, "conflict"},
		{parley.ErrUnprocessable, "unprocessable"},
		{parley.ErrRateLimited, "rate_limited"},
		{parley.ErrServer, "server_error"},
		{parley.ErrResponseTooLarge, "response_too_large"},
		{parley.ErrDecode, "decode"},
		{parley.ErrInvalidArgument, "invalid_argument"},
		{parley.ErrAttemptTimeout, "attempt_timeout"},
		{context.Canceled, "canceled"},
		{context.DeadlineExceeded, "deadline_exceeded"},
		{parley.ErrTruncated, "truncated"},
		{parley.ErrClosed, "closed"},
		{parley.ErrNotSent, "not_sent"},
	}
}

// errorType is the value of error.type: parley's class of err, a status that has no class, "network" if the connection
// failed, or _OTHER. It is empty if err is nil.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	for _, class := range errorClasses() {
		if errors.Is(err, class.err) {
			return class.name
		}
	}
	if info, ok := parley.InfoOf(err); ok && info.StatusCode != 0 {
		return strconv.Itoa(info.StatusCode)
	}
	if isNetwork(err) {
		return "network"
	}
	return semconv.ErrorTypeOther.Value.AsString()
}

func isNetwork(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// deliveryOf says whether the vendor acted on a call that failed with err. It holds for errors too that InfoOf does not
// describe, such as that of an Await whose context ended.
func deliveryOf(err error) parley.Delivery {
	switch {
	case errors.Is(err, parley.ErrAnswerFailed):
		return parley.DeliveryDone
	case errors.Is(err, parley.ErrDeliveryUnknown):
		return parley.DeliveryUnknown
	}
	return parley.DeliveryNone
}

// failureAttributes says how a call failed. It is nil for a call that succeeded.
func failureAttributes(err error) []attribute.KeyValue {
	if err == nil {
		return nil
	}
	return []attribute.KeyValue{
		semconv.ErrorTypeKey.String(errorType(err)), deliveryKey.String(deliveryOf(err).String()),
	}
}
