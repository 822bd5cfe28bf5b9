package aisera

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/websocket"
)

// These errors are the classes of an error response, by HTTP status. Match them with errors.Is. The vendor documents
// only that 4xx means a failure of the request and 5xx one of the system.
var (
	ErrBadRequest      = parley.ErrBadRequest      // 400
	ErrUnauthorized    = parley.ErrUnauthorized    // 401, and the close codes 1008 and 4401 of a WebSocket
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
	// ErrInvalidArgument means that an argument was refused before any request.
	ErrInvalidArgument = parley.ErrInvalidArgument
	// ErrDeliveryUnknown means that the server may have acted on the message. Sending it again may do it twice.
	ErrDeliveryUnknown = parley.ErrDeliveryUnknown
	// ErrNotSent means that no request of the call reached the vendor, so that sending it again cannot do it twice.
	ErrNotSent = parley.ErrNotSent
	// ErrAttemptTimeout means that Config.Timeout ended an attempt. It comes with context.DeadlineExceeded.
	ErrAttemptTimeout = parley.ErrAttemptTimeout
	// ErrRetryBudget means that a retry was due and was not made, because most recent calls of the client failed.
	ErrRetryBudget = parley.ErrRetryBudget
	// ErrAnswerFailed means that the vendor took the message and says that it could not answer it.
	ErrAnswerFailed = parley.ErrAnswerFailed
	// ErrDecode means that the body of a 2xx response is not a reply, or that a frame is not a JSON object.
	ErrDecode = parley.ErrDecode
	// ErrResponseTooLarge means that a response exceeds 32 MiB, or a frame DialOptions.ReadLimit.
	ErrResponseTooLarge = parley.ErrResponseTooLarge
	// ErrTruncated means that a stream was cut off. No error of this package matches it, because an Exchange that is
	// cut off matches ErrDeliveryUnknown.
	ErrTruncated = parley.ErrTruncated
	// ErrClosed means that Close or Shutdown was called on the connection.
	ErrClosed = parley.ErrClosed
)

// CloseError says that the server closed a WebSocket connection. Its field Code is that of the close frame, or 1005 if
// the frame had no code. Reason is the server's, in one line and with credentials redacted. The codes 1008 and 4401
// match ErrUnauthorized.
type CloseError = websocket.CloseError

// ErrorCode is one of the vendor's "Error Logged" codes, such as ERR-007, found anywhere in the text of an error. It is
// an error itself, so that errors.Is(err, aisera.CodeFulfillment) works. The empty code does not match any error. The
// vendor does not say whether and where these codes reach a client.
type ErrorCode string

// These are the codes of the vendor's table, named after the exception in its first column.
const (
	CodeStatusRuntime    ErrorCode = "ERR-001" // an internal service took too long
	CodeNullPointer      ErrorCode = "ERR-002"
	CodeIllegalArgument  ErrorCode = "ERR-003"
	CodeNoSuchMethod     ErrorCode = "ERR-004" // incomplete deployment
	CodeClassNotFound    ErrorCode = "ERR-005" // incomplete deployment
	CodeIndexOutOfBounds ErrorCode = "ERR-006"
	CodeFulfillment      ErrorCode = "ERR-007" // an action or a knowledge article could not be fetched
	CodeRuntime          ErrorCode = "ERR-008"
	CodeUnknownHost      ErrorCode = "ERR-009"
	CodeIO               ErrorCode = "ERR-010" // a resource does not exist
	CodeInterrupted      ErrorCode = "ERR-011"
	CodeUnexpected       ErrorCode = "ERR-012" // an error that is not in this table
	CodeICM              ErrorCode = "ERR-013" // the bot was not retrained
	CodeLiveAgentSystem  ErrorCode = "ERR-014" // no live agent session could be started
	CodeLanguageService  ErrorCode = "ERR-015" // language detection or translation failed
	codePrefix                     = "ERR-"
	codeDigits                     = 3
)

// Error returns the code.
func (c ErrorCode) Error() string { return string(c) }

// findCode returns the first code in text. The separator behind it differs in the vendor's table (":", " - ", " : "),
// so only the code itself counts. If a letter or digit precedes or follows it, it is not a code.
func findCode(text string) ErrorCode {
	for from := 0; ; {
		i := strings.Index(text[from:], codePrefix)
		if i < 0 {
			return ""
		}
		begin := from + i
		from = begin + len(codePrefix)
		end := from + codeDigits
		if end <= len(text) && digits(text[from:end]) && !precedes(text, begin) && !wordAt(text, end) {
			return ErrorCode(text[begin:end])
		}
	}
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// precedes reports whether a word ends right before i. The letter of a JSON escape such as \n does not count.
func precedes(text string, i int) bool {
	return wordAt(text, i-1) && (i < 2 || text[i-2] != '\\')
}

// wordAt reports whether the byte at i continues a word.
func wordAt(text string, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := text[i]
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// ErrorDetail is one violated constraint of a request.
type ErrorDetail struct {
	Message string // the violation, with the token redacted
	Path    string // its place in the request
}

// Error is returned when the server responds with a status outside 2xx, with a 2xx response whose body cannot be used,
// or with a refused WebSocket handshake. It is also returned when a reply reports a failure in-band (Response.Err). It
// prints one line, without the body. Match it with errors.Is against the values above or a code, or read its fields
// after errors.As.
type Error struct {
	Operation  string        // such as "aisera: send message"
	Method     string        // "POST", or "GET" for a handshake, empty in-band
	Path       string        // "/api/receive", or "WebSocketURL" for a handshake, empty in-band
	StatusCode int           // of the response, 0 in-band
	Code       ErrorCode     // the ERR code in its text, empty if there is no such code
	Message    string        // the body's "error", or the text of an in-band answer, with the token redacted
	Errors     []ErrorDetail // the body's "errors"
	RequestID  string        // given by the server or a proxy in front of it; in-band that of the message
	RetryAfter time.Duration // the wait that the server asks for, 0 if it asks for no wait
	Attempts   int           // requests on the wire, 0 in-band
	Mode       Mode          // of an in-band failure, otherwise empty
	Body       []byte        `json:"-"` // the first 1 MiB of the response, or 1 KiB for a handshake, as sent

	causes []error // the errors that errors.Is finds beside class and code
}

// Error returns "aisera: send message: 400 ERR-003: message (POST /api/receive, 1 attempt)". For an in-band failure it
// returns "aisera: reply: ExternalSystemError ERR-007: message".
func (e *Error) Error() string {
	if e.StatusCode == 0 {
		return e.inBand()
	}
	return apierr.ErrorText{
		Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode,
		Code: string(e.Code), Message: e.summary(), Attempts: e.Attempts, RetryAfter: e.RetryAfter, Causes: e.causes,
	}.String()
}

func (e *Error) inBand() string {
	parts := []string{e.Operation, strings.TrimSpace(string(e.Mode) + " " + string(e.Code)), e.summary()}
	var text []string
	for _, part := range parts {
		if part = redact.OneLine(part); part != "" {
			text = append(text, part)
		}
	}
	return strings.Join(text, ": ")
}

// summary returns the message with the first detail.
func (e *Error) summary() string {
	if len(e.Errors) == 0 {
		return e.Message
	}
	detail := strings.Trim(e.Errors[0].Path+": "+e.Errors[0].Message, ": ")
	return strings.Trim(e.Message+": "+detail, ": ")
}

// Is reports whether target is the class of the status or the code. In-band, the modes Error and ExternalSystemError
// match ErrAnswerFailed.
func (e *Error) Is(target error) bool {
	if code, ok := target.(ErrorCode); ok {
		return code != "" && code == e.Code
	}
	if target == parley.ErrAnswerFailed {
		return e.Mode.broken()
	}
	return apierr.Matches(e.StatusCode, target)
}

// Unwrap returns the errors that errors.Is finds beside class and code, such as ErrDeliveryUnknown.
func (e *Error) Unwrap() []error { return e.causes }

// ErrorInfo describes the call in the form that all vendors share, for parley.InfoOf.
func (e *Error) ErrorInfo() parley.ErrorInfo {
	return parley.ErrorInfo{
		Vendor: "aisera", Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode,
		Code: string(e.Code), Message: e.Message, RequestID: e.RequestID, RetryAfter: e.RetryAfter,
		Attempts: e.Attempts,
	}
}

// Format prints the text of Error for every verb.
func (e Error) Format(state fmt.State, verb rune) { redact.Format(state, verb, e.Error()) }

// LogValue logs the text of Error.
func (e Error) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// newError makes the Error of an error response.
func newError(f *apierr.ErrorResponse) error {
	body := readErrorBody(f.Explanation())
	return &Error{
		Operation: f.Operation, Method: f.Method, Path: f.Path, StatusCode: f.StatusCode,
		Code: body.code(f.Body), Message: f.Redact(body.Error), Errors: body.details(f.Redact),
		RequestID: f.RequestID(), RetryAfter: f.RetryAfter, Attempts: f.Attempts, Body: f.Body,
		causes: f.Causes,
	}
}

// errorBody is the documented body of an error response. Its "code" repeats the status.
type errorBody struct {
	Error  string            `json:"error"`
	Errors []json.RawMessage `json:"errors"`
}

// readErrorBody reads the members that it can, because any member may be missing or of another type than documented.
func readErrorBody(raw []byte) errorBody {
	var body errorBody
	_ = lenient.Unmarshal(raw, &body) // decodes all members but those of another type
	return body
}

// code searches the whole body for a code, and the documented text first.
func (b errorBody) code(raw []byte) ErrorCode {
	if code := findCode(b.Error); code != "" {
		return code
	}
	return findCode(string(raw))
}

func (b errorBody) details(mask func(string) string) []ErrorDetail {
	var details []ErrorDetail
	for _, raw := range b.Errors {
		var d struct {
			Message string `json:"message"`
			Path    string `json:"path"`
		}
		if json.Unmarshal(raw, &d.Message) != nil { // not a bare text
			_ = json.Unmarshal(raw, &d)
		}
		if d.Message != "" || d.Path != "" {
			details = append(details, ErrorDetail{Message: mask(d.Message), Path: mask(d.Path)})
		}
	}
	return details
}
