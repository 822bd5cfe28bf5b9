package siteassist

import (
	"fmt"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/redact"
)

// These errors are the classes of an error response, by HTTP status. Match them with errors.Is.
var (
	ErrBadRequest      = parley.ErrBadRequest      // 400
	ErrUnauthorized    = parley.ErrUnauthorized    // 401
	ErrPaymentRequired = parley.ErrPaymentRequired // 402, the plan does not include the feature
	ErrForbidden       = parley.ErrForbidden       // 403
	ErrNotFound        = parley.ErrNotFound        // 404
	ErrConflict        = parley.ErrConflict        // 409
	ErrUnprocessable   = parley.ErrUnprocessable   // 422
	ErrRateLimited     = parley.ErrRateLimited     // 429, rate limit or usage quota, which no code tells apart
	ErrServer          = parley.ErrServer          // 5xx
)

// These errors say what else can go wrong in a call. They combine with each other and with a class above.
var (
	// ErrInvalidArgument means that an argument was refused before any request.
	ErrInvalidArgument = parley.ErrInvalidArgument
	// ErrDeliveryUnknown means that the server may have acted on the call, so that sending it again may do it twice.
	ErrDeliveryUnknown = parley.ErrDeliveryUnknown
	// ErrNotSent means that no request of the call reached the vendor, so that sending it again cannot do it twice.
	ErrNotSent = parley.ErrNotSent
	// ErrAttemptTimeout means that Config.Timeout ended an attempt. It comes with context.DeadlineExceeded.
	ErrAttemptTimeout = parley.ErrAttemptTimeout
	// ErrRetryBudget means that a retry was due and was not made, because most recent calls of the client failed.
	ErrRetryBudget = parley.ErrRetryBudget
	// ErrAnswerFailed means that the vendor took the message and says that it could not answer it.
	ErrAnswerFailed = parley.ErrAnswerFailed
	// ErrDecode means that the server responded with 2xx and a body, or an event in it, that is not what the vendor
	// documents.
	ErrDecode = parley.ErrDecode
	// ErrResponseTooLarge means that the response is larger than 32 MiB, or an event of a stream larger than
	// MaxEventSize.
	ErrResponseTooLarge = parley.ErrResponseTooLarge
	// ErrTruncated means that a stream ended before its end, so that the answer is not whole.
	ErrTruncated = parley.ErrTruncated
	// ErrClosed means that the stream was closed, or read before.
	ErrClosed = parley.ErrClosed
)

// ErrorCode is the "code" in the body of an error response. It is an error itself, so that errors.Is(err,
// siteassist.CodeConversationNotFound) works. The empty code matches no error. Expect other codes too, because the
// vendor shows these in examples and declares no complete set.
type ErrorCode string

// These are the codes that the vendor's pages show, each with the status that it comes with.
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

// Error is returned when the server responds with a status outside 2xx, or with a 2xx response whose body or stream
// cannot be used. Printing it shows one line without the body. Match it with errors.Is against the values above or a
// code, or read its fields after errors.As.
type Error struct {
	// Operation names the operation, such as "siteassist: get conversation".
	Operation string
	// Method is the HTTP method, such as "GET".
	Method string
	// Path is the template of the path, such as "/conversations/{conversationId}".
	Path string
	// StatusCode is the status of the response. It is 200 if a stream failed after it began.
	StatusCode int
	// Code is error.code in the body. It is empty if the server sent no code.
	Code ErrorCode
	// Message is error.message in the body, or the text that the server wrote into a stream that failed. Credentials in
	// it are redacted.
	Message string
	// Details holds the free members of error.details in the body. It is nil if the server sent no details.
	Details map[string]any `json:"-"`
	// RequestID is the id that the server, or a proxy in front of it, gave the request. The vendor documents no such
	// id, so it may be empty.
	RequestID string
	// RetryAfter is the wait that the server asks for in the header Retry-After or in error.details.retryAfter. It is
	// zero if the server asks for no wait.
	RetryAfter time.Duration
	// Attempts counts the requests on the wire.
	Attempts int
	// Body is the first 1 MiB of the response as sent. If a stream failed, it is the event or the text that says so.
	Body []byte `json:"-"`

	causes       []error // errors that errors.Is finds beside class and code
	answerFailed bool    // the error matches ErrAnswerFailed, and Message says why
}

// Error returns "siteassist: get conversation: 404 CODE: message (GET /conversations/{conversationId}, 1 attempt)".
func (e *Error) Error() string {
	return apierr.ErrorText{
		Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode,
		Code: string(e.Code), Message: e.Message, Attempts: e.Attempts, RetryAfter: e.RetryAfter, Causes: e.causes,
	}.String()
}

// Is reports whether target is the class of the status or the code. It also reports true for ErrAnswerFailed if the
// vendor gave up an answer.
func (e *Error) Is(target error) bool {
	if code, ok := target.(ErrorCode); ok {
		return code != "" && code == e.Code
	}
	return e.answerFailed && target == ErrAnswerFailed || apierr.Matches(e.StatusCode, target)
}

// Unwrap returns the errors that errors.Is finds beside class and code, such as ErrTruncated.
func (e *Error) Unwrap() []error { return e.causes }

// ErrorInfo describes the call in the form that all vendors share, for parley.InfoOf.
func (e *Error) ErrorInfo() parley.ErrorInfo {
	return parley.ErrorInfo{
		Vendor: "siteassist", Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode,
		Code: string(e.Code), Message: e.Message, RequestID: e.RequestID, RetryAfter: e.RetryAfter,
		Attempts: e.Attempts,
	}
}

// Format prints the text of Error for every verb.
func (e Error) Format(state fmt.State, verb rune) { redact.Format(state, verb, e.Error()) }
