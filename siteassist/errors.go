package siteassist

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/redact"
)

// The classes of an answer, by HTTP status, for errors.Is.
var (
	ErrBadRequest      = parley.ErrBadRequest      // 400
	ErrUnauthorized    = parley.ErrUnauthorized    // 401
	ErrPaymentRequired = parley.ErrPaymentRequired // 402: the plan does not include the feature
	ErrForbidden       = parley.ErrForbidden       // 403
	ErrNotFound        = parley.ErrNotFound        // 404
	ErrConflict        = parley.ErrConflict        // 409
	ErrUnprocessable   = parley.ErrUnprocessable   // 422
	ErrRateLimited     = parley.ErrRateLimited     // 429: rate limit or usage quota, which no code tells apart
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
	// ErrDecode: the answer is a success, but its body or an event of it is not what the vendor documents.
	ErrDecode = parley.ErrDecode
	// ErrResponseTooLarge: the reply is larger than 32 MiB, or an event of a stream larger than MaxEventSize.
	ErrResponseTooLarge = parley.ErrResponseTooLarge
	// ErrTruncated: a stream ended before its end, so the answer is not whole.
	ErrTruncated = parley.ErrTruncated
	// ErrClosed: the stream was closed, or read before.
	ErrClosed = parley.ErrClosed
)

// ErrorCode is the "code" in the body of an error answer. It is an error itself, so that
// errors.Is(err, siteassist.CodeConversationNotFound) works; the empty code matches nothing. The list is open: the vendor
// shows these codes in examples and declares no complete set.
type ErrorCode string

// The codes that the vendor's pages show, each with the status that it comes with.
const (
	CodeInvalidRequestBody   ErrorCode = "INVALID_REQUEST_BODY"   // 400
	CodeUnauthorized         ErrorCode = "UNAUTHORIZED"           // 401
	CodePaymentRequired      ErrorCode = "PAYMENT_REQUIRED"       // 402
	CodeForbidden            ErrorCode = "FORBIDDEN"              // 403
	CodeConversationNotFound ErrorCode = "CONVERSATION_NOT_FOUND" // 404
	CodeConflict             ErrorCode = "CONFLICT"               // 409
	CodeValidationError      ErrorCode = "VALIDATION_ERROR"       // 422
	CodeRateLimitExceeded    ErrorCode = "RATE_LIMIT_EXCEEDED"    // 429
	CodeInternalServerError  ErrorCode = "INTERNAL_SERVER_ERROR"  // 500
	CodeBadGateway           ErrorCode = "BAD_GATEWAY"            // 502
	CodeServiceUnavailable   ErrorCode = "SERVICE_UNAVAILABLE"    // 503
)

// Error returns the code.
func (c ErrorCode) Error() string { return string(c) }

// Error is an answer that is no success, or a success whose body or stream is of no use. Printing it shows one line,
// without the body. Match it with errors.Is against the values above or a code, or read its fields after errors.As.
type Error struct {
	Operation  string         // "siteassist: get conversation"
	Method     string         // "GET"
	Path       string         // the template: "/conversations/{conversationId}"
	StatusCode int            // of the answer; 200 where a stream failed after it began
	Code       ErrorCode      // the body's error.code; "": the server sent none
	Message    string         // the body's error.message or the text of a stream's error chunk, credentials masked
	Details    map[string]any `json:"-"` // the body's error.details, free keys; nil: none
	RequestID  string         // of the server or a proxy before it; "": none was sent, and the vendor documents none
	RetryAfter time.Duration  // that the server asks to wait, from the header or error.details.retryAfter; 0: none
	Attempts   int            // requests on the wire
	Body       []byte         `json:"-"` // the first 1 MiB of the answer, or the error chunk, as sent

	causes []error // what errors.Is finds beside class and code
}

// Error renders "siteassist: get conversation: 404 CODE: message (GET /conversations/{conversationId}, 1 attempt)".
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

// Unwrap returns what errors.Is finds beside class and code, such as ErrTruncated.
func (e *Error) Unwrap() []error { return e.causes }

// Format prints the text of Error for every verb.
func (e Error) Format(state fmt.State, verb rune) { redact.Format(state, verb, e.Error()) }

// envelope is the body of an error answer. Any member may be missing or of another type than documented.
type envelope struct {
	Message json.RawMessage `json:"message"`
	Code    json.RawMessage `json:"code"`
	Details json.RawMessage `json:"details"`
}

func readEnvelope(body []byte) (e envelope) {
	var outer struct {
		Error json.RawMessage `json:"error"`
	}
	if lenient.Unmarshal(body, &outer) == nil && lenient.Unmarshal(outer.Error, &e) != nil {
		e.Message = outer.Error // "error" is a text in place of an object
	}
	return e
}

func newError(f *apierr.ErrorResponse) error {
	body := readEnvelope(f.Explanation())
	e := &Error{
		Operation: f.Operation, Method: f.Method, Path: f.Path, StatusCode: f.StatusCode,
		Code: ErrorCode(f.Redact(text(body.Code))), Message: f.Redact(text(body.Message)),
		RequestID: f.RequestID(), RetryAfter: f.RetryAfter, Attempts: f.Attempts, Body: f.Body,
	}
	_ = json.Unmarshal(body.Details, &e.Details)
	if e.RetryAfter == 0 {
		e.RetryAfter, _ = retryHint(f.Body)
	}
	for _, cause := range f.Causes {
		if errors.Is(cause, errChunk) {
			e.Message = cause.Error() // masked already
			continue
		}
		e.causes = append(e.causes, cause)
	}
	return e
}

// text returns what a JSON string says; anything else says nothing.
func text(raw []byte) (s string) {
	_ = json.Unmarshal(raw, &s)
	return s
}

// retryHint reads error.details.retryAfter. The vendor names no unit; its 60 and 30 are read as seconds.
func retryHint(body []byte) (time.Duration, bool) {
	var details struct {
		RetryAfter float64 `json:"retryAfter"`
	}
	if lenient.Unmarshal(readEnvelope(body).Details, &details) != nil || details.RetryAfter <= 0 {
		return 0, false
	}
	if wait := details.RetryAfter * float64(time.Second); wait < math.MaxInt64 {
		return time.Duration(wait), true
	}
	return math.MaxInt64, true
}

var errChunk = errors.New("error chunk")

// chunkError is the text of a stream's error chunk.
type chunkError string

func (e chunkError) Error() string        { return string(e) }
func (e chunkError) Is(target error) bool { return target == errChunk }
