package syntphony

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/redact"
)

// The classes of an answer, by HTTP status, for errors.Is. The vendor publishes thirteen outcomes of a conversation
// call as descriptions, without status or code. Nine of them are the standard texts of a status:
//
//	Ok                      200, no error
//	Bad Request             ErrBadRequest
//	Unauthorized            ErrUnauthorized, after the token was renewed once
//	Forbidden               ErrForbidden
//	Not Found               ErrNotFound
//	Conflict                ErrConflict
//	Unprocessable Entity    ErrUnprocessable
//	Too many requests       ErrRateLimited
//	Internal Server Error   ErrServer
//
// For the other four the status is unpublished, so look at Error.StatusCode, Error.Code, Error.Message and Error.Body:
//
//	Error while communicating with external webhooks
//	Misconfigured flows or bots
//	Error while communicating with nlp
//	Authentication/authorization error in nlp
var (
	ErrBadRequest      = parley.ErrBadRequest      // 400
	ErrUnauthorized    = parley.ErrUnauthorized    // 401
	ErrPaymentRequired = parley.ErrPaymentRequired // 402, which this vendor does not list
	ErrForbidden       = parley.ErrForbidden       // 403
	ErrNotFound        = parley.ErrNotFound        // 404
	ErrConflict        = parley.ErrConflict        // 409
	ErrUnprocessable   = parley.ErrUnprocessable   // 422
	ErrRateLimited     = parley.ErrRateLimited     // 429
	ErrServer          = parley.ErrServer          // 5xx
)

// What else can be wrong with a call. They combine with each other and with a class above.
var (
	// ErrInvalidArgument: an argument was refused and nothing was sent, or an audio stream of unknown size proved larger
	// than 16 MB and its request was cut off.
	ErrInvalidArgument = parley.ErrInvalidArgument
	// ErrDeliveryUnknown: the agent may have heard the turn, or the rating may count. Do not send it again blindly.
	ErrDeliveryUnknown = parley.ErrDeliveryUnknown
	// ErrNotSent means that no request of the call reached the vendor, so that sending it again cannot do it twice.
	ErrNotSent = parley.ErrNotSent
	// ErrAnswerFailed means that the vendor took the message and says that it could not answer it.
	ErrAnswerFailed = parley.ErrAnswerFailed
	// ErrDecode: the answer is a success, but its body is not what the vendor documents.
	ErrDecode = parley.ErrDecode
	// ErrResponseTooLarge: the reply is larger than 32 MiB.
	ErrResponseTooLarge = parley.ErrResponseTooLarge
	// ErrTruncated: a stream ended before its end. This package has no streams.
	ErrTruncated = parley.ErrTruncated
	// ErrClosed: a connection or stream was closed. This package has none that a caller closes.
	ErrClosed = parley.ErrClosed
)

// ErrorCode is what the body of an error answer calls the failure. It is an error itself, so that
// errors.Is(err, syntphony.CodeInvalidClient) works; the empty code matches nothing. The broker's codes are not public,
// so there are constants for the token endpoint's only.
type ErrorCode string

// The codes of Keycloak's token endpoint (RFC 6749 section 5.2).
const (
	// CodeInvalidClient: no such client, or its secret is wrong.
	CodeInvalidClient ErrorCode = "invalid_client"
	// CodeUnauthorizedClient: wrong secret, or the client has no service account.
	CodeUnauthorizedClient ErrorCode = "unauthorized_client"
	// CodeInvalidRequest: among others, the service account is missing or disabled.
	CodeInvalidRequest ErrorCode = "invalid_request"
	// CodeInvalidGrant: the refresh token is no longer good. The client then begins anew by itself.
	CodeInvalidGrant ErrorCode = "invalid_grant"
)

// Error returns the code.
func (c ErrorCode) Error() string { return string(c) }

// Error is an answer that is no success, or a success whose body is of no use, from the broker or from the token
// endpoint (Operation "syntphony: fetch token" or "syntphony: refresh token"). Printing it shows one line, without the
// body. Match it with errors.Is against the values above or a code, or read its fields after errors.As.
type Error struct {
	Operation  string        // "syntphony: start conversation"
	Method     string        // "POST"
	Path       string        // the template: "/org/{orgUUID}/env/{envUUID}/likable"
	StatusCode int           // of the answer
	Code       ErrorCode     // of the body, under one of several usual names; "": none was found
	Message    string        // of the body, under one of several usual names, secrets masked; "": none was found
	RequestID  string        // of the server or a proxy before it; "": none was sent
	RetryAfter time.Duration // that the server asks to wait; 0: it named none
	Attempts   int           // requests on the wire
	Body       []byte        `json:"-"` // the first 1 MiB of the answer; of the token endpoint: masked, empty for a 2xx

	causes []error
}

// Error renders "syntphony: start conversation: 400 CODE: message (POST /org/..., 1 attempt)".
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

func newError(f *apierr.ErrorResponse) error {
	code, message := explanation(f.Explanation())
	return &Error{
		Operation: f.Operation, Method: f.Method, Path: f.Path, StatusCode: f.StatusCode,
		Code: ErrorCode(f.Redact(code)), Message: f.Redact(message),
		RequestID: f.RequestID(), RetryAfter: f.RetryAfter, Attempts: f.Attempts, Body: f.Body,
		causes: f.Causes,
	}
}

// The members that may hold code and message, best first. The broker's error body is not public: these are the names
// that such bodies usually have, and Keycloak's.
var (
	codeNames    = []string{"code", "errorCode", "error_code", "error"}
	messageNames = []string{"message", "error_description", "errorMessage", "description", "detail"}
)

// explanation reads an error body, whatever it is. Some servers wrap it in a member "error".
func explanation(body []byte) (code, message string) {
	members := membersOf(body)
	if inner := membersOf(members["error"]); inner != nil {
		members = inner
	}
	if members == nil {
		return "", words(body)
	}
	return first(members, codeNames), first(members, messageNames)
}

func membersOf(raw []byte) (members map[string]json.RawMessage) {
	_ = json.Unmarshal(raw, &members)
	return members
}

func first(members map[string]json.RawMessage, names []string) string {
	for _, name := range names {
		if text := words(members[name]); text != "" {
			return text
		}
	}
	return ""
}

// words reads a string or a number; anything else says nothing.
func words(raw []byte) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}
