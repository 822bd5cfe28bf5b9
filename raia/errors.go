package raia

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/redact"
)

// The classes of an answer, by HTTP status, for errors.Is. A key that raia does not accept is ErrForbidden: no
// operation documents 401. No quota or rate limit is documented as 429, but one would match ErrRateLimited.
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

// What else can be wrong with a call. They combine with each other and with a class above.
var (
	// ErrInvalidArgument: an argument was refused, and nothing was sent.
	ErrInvalidArgument = parley.ErrInvalidArgument
	// ErrDeliveryUnknown: the server may have acted on the call, so sending it again may do it twice.
	ErrDeliveryUnknown = parley.ErrDeliveryUnknown
	// ErrNotSent means that no request of the call reached the vendor, so that sending it again cannot do it twice.
	ErrNotSent = parley.ErrNotSent
	// ErrAnswerFailed means that the vendor took the message and says that it could not answer it.
	ErrAnswerFailed = parley.ErrAnswerFailed
	// ErrDecode: the answer is a success, but its body is not what the vendor documents.
	ErrDecode = parley.ErrDecode
	// ErrResponseTooLarge: the reply is larger than 32 MiB, or a webhook delivery larger than 1 MiB.
	ErrResponseTooLarge = parley.ErrResponseTooLarge
	// ErrTruncated: a stream ended before its end. This package has no streams.
	ErrTruncated = parley.ErrTruncated
	// ErrClosed: a connection, session or stream was closed. This package has none.
	ErrClosed = parley.ErrClosed
)

// ErrorCode is the "name" in the body of an error answer. It is an error itself, so that errors.Is(err,
// raia.CodeForbidden) works; the empty code matches nothing. The vendor publishes no list: these are the codes that its
// documents show.
type ErrorCode string

// The codes that the vendor's documents show.
const (
	CodeBadRequest     ErrorCode = "BAD_REQUEST"
	CodeForbidden      ErrorCode = "FORBIDDEN_ERROR"
	CodeEntityNotFound ErrorCode = "ENTITY_NOT_FOUND_ERROR"
)

// Error returns the code.
func (c ErrorCode) Error() string { return string(c) }

// Error is an answer that is no success, or a success whose body is of no use. Printing it shows one line, without the
// body. Match it with errors.Is against the values above or a code, or read its fields after errors.As.
type Error struct {
	Operation  string            // "raia: get conversation"
	Method     string            // "GET"
	Path       string            // the template: "/conversations/{id}"
	StatusCode int               // of the answer
	Code       ErrorCode         // the body's "name"; "": the server sent none, as with 500
	Message    string            // the body's "message", keys masked; "": none
	Details    []json.RawMessage `json:"-"` // the body's "details", whose content the vendor does not describe
	RequestID  string            // of the server or a proxy before it; "": none was sent
	RetryAfter time.Duration     // that the server asks to wait; 0: it named none
	Attempts   int               // requests on the wire
	Body       []byte            `json:"-"` // the first 1 MiB of the answer, as sent

	causes []error // what errors.Is finds beside class and code
}

// Error renders "raia: get conversation: 404 NAME: message (GET /conversations/{id}, 1 attempt)".
func (e *Error) Error() string {
	return apierr.ErrorText{
		Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode,
		Code: string(e.Code), Message: e.Message, Attempts: e.Attempts, Causes: e.causes,
	}.String()
}

// Is reports whether target is the class of the status or the code.
func (e *Error) Is(target error) bool {
	if code, ok := target.(ErrorCode); ok {
		return code != "" && code == e.Code
	}
	return apierr.Matches(e.StatusCode, target)
}

// Unwrap returns what errors.Is finds beside class and code, such as ErrDeliveryUnknown.
func (e *Error) Unwrap() []error { return e.causes }

// Format prints the text of Error for every verb.
func (e Error) Format(state fmt.State, verb rune) { redact.Format(state, verb, e.Error()) }

// newError reads the body leniently: any member may be missing or of another type than documented.
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
