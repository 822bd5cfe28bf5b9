package raia

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/redact"
)

// These are the classes of an error response, by HTTP status. Match them with errors.Is. If raia does not accept a key,
// the error matches ErrForbidden, because no operation documents 401. The vendor does not document a quota or rate
// limit as 429, but a 429 would match ErrRateLimited.
var (
	ErrBadRequest      = parley.ErrBadRequest      // 400
	ErrUnauthorized    = parley.ErrUnauthorized    // 401
	ErrPaymentRequired = parley.ErrPaymentRequired // 402
	ErrForbidden       = parley.ErrForbidden       // 403
	ErrNotFound        = parley.ErrNotFound        // 404
	ErrConflict        = parley.ErrConflict        // 409
	ErrUnprocessable   = parley.ErrUnprocessable   // 422
	ErrRateLimited     = parley.ErrRateLimited     // 429
	ErrServer          = parley.ErrServer          // 5xx
)

// These errors say what else can go wrong in a call. They combine with each other and with a class above.
var (
	// ErrInvalidArgument means that an argument was refused before the call sent a request.
	ErrInvalidArgument = parley.ErrInvalidArgument
	// ErrDeliveryUnknown means that the server may have acted on the call, so sending it again may do it twice.
	ErrDeliveryUnknown = parley.ErrDeliveryUnknown
	// ErrNotSent means that no request of the call reached the vendor, so that sending it again cannot do it twice.
	ErrNotSent = parley.ErrNotSent
	// ErrAttemptTimeout means that Config.Timeout ended an attempt. It comes with context.DeadlineExceeded.
	ErrAttemptTimeout = parley.ErrAttemptTimeout
	// ErrRetryBudget means that a retry was due and was not made, because most recent calls of the client failed.
	ErrRetryBudget = parley.ErrRetryBudget
	// ErrAnswerFailed means that the vendor took the message and says that it could not answer it.
	ErrAnswerFailed = parley.ErrAnswerFailed
	// ErrDecode means that the server responded with 2xx and a body that the vendor does not document.
	ErrDecode = parley.ErrDecode
	// ErrResponseTooLarge means that a response exceeds 32 MiB, or a webhook delivery 1 MiB.
	ErrResponseTooLarge = parley.ErrResponseTooLarge
	// ErrTruncated means that a stream was cut. This package returns no streams.
	ErrTruncated = parley.ErrTruncated
	// ErrClosed means that a connection, session or stream was closed. This package never returns it.
	ErrClosed = parley.ErrClosed
)

// ErrorCode is the "name" in the body of an error response. It is an error itself, so that errors.Is(err,
// raia.CodeForbidden) works. The empty code matches no error. The vendor publishes no list.
type ErrorCode string

// These are the codes that the vendor's documents show.
const (
	CodeBadRequest     ErrorCode = "BAD_REQUEST"
	CodeForbidden      ErrorCode = "FORBIDDEN_ERROR"
	CodeEntityNotFound ErrorCode = "ENTITY_NOT_FOUND_ERROR"
)

// Error returns the code.
func (c ErrorCode) Error() string { return string(c) }

// Error is returned when the server responds with a status outside 2xx, or with a 2xx response whose body cannot be
// used. Printing it shows one line, without the body. Match it with errors.Is against the values above or a code, or
// read its fields after errors.As.
type Error struct {
	Operation  string            // such as "raia: get conversation"
	Method     string            // such as "GET"
	Path       string            // the template, such as "/conversations/{id}"
	StatusCode int               // of the response
	Code       ErrorCode         // the body's "name", empty if the body has no such member, as with 500
	Message    string            // the body's "message" with keys redacted, may be empty
	Details    []json.RawMessage `json:"-"` // the body's "details", whose content the vendor does not describe
	RequestID  string            // given by the server or a proxy in front of it, may be empty
	RetryAfter time.Duration     // the wait that the server asks for, may be zero
	Attempts   int               // requests on the wire
	Body       []byte            `json:"-"` // the first 1 MiB of the response, as received

	causes []error // the errors that errors.Is finds beside class and code
}

// Error returns "raia: get conversation: 404 NAME: message (GET /conversations/{id}, 1 attempt)".
func (e *Error) Error() string {
	return apierr.ErrorText{
		Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode,
		Code: string(e.Code), Message: e.Message, Attempts: e.Attempts, RetryAfter: e.RetryAfter, Causes: e.causes,
	}.String()
}

// Is reports whether target is the class of the status or the code.
func (e *Error) Is(target error) bool {
	if code, ok := target.(ErrorCode); ok {
		return code != "" && code == e.Code
	}
	return apierr.Matches(e.StatusCode, target)
}

// Unwrap returns the errors that errors.Is finds beside class and code, such as ErrDeliveryUnknown.
func (e *Error) Unwrap() []error { return e.causes }

// ErrorInfo describes the call in the form that all vendors share, for parley.InfoOf.
func (e *Error) ErrorInfo() parley.ErrorInfo {
	return parley.ErrorInfo{
		Vendor: "raia", Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode,
		Code: string(e.Code), Message: e.Message, RequestID: e.RequestID, RetryAfter: e.RetryAfter,
		Attempts: e.Attempts,
	}
}

// Format prints the text of Error for every verb.
func (e Error) Format(state fmt.State, verb rune) { redact.Format(state, verb, e.Error()) }

// newError makes an Error. It decodes the body leniently, because any member may be missing or of another type than
// documented.
func newError(f *apierr.ErrorResponse) error {
	var body struct {
		Name    json.RawMessage `json:"name"`
		Message json.RawMessage `json:"message"`
		Error   json.RawMessage `json:"error"`
		Details json.RawMessage `json:"details"`
	}
	_ = json.Unmarshal(f.Explanation(), &body)
	message := stringOrList(body.Message)
	if message == "" {
		message = stringOrList(body.Error)
	}
	return &Error{
		Operation: f.Operation, Method: f.Method, Path: f.Path, StatusCode: f.StatusCode,
		Code: ErrorCode(f.Redact(stringOrList(body.Name))), Message: f.Redact(message), Details: details(body.Details),
		RequestID: f.RequestID(), RetryAfter: f.RetryAfter, Attempts: f.Attempts, Body: f.Body,
		causes: f.Causes,
	}
}
