package syntphony

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/redact"
)

// These errors are the classes of an error response, by HTTP status. Match them with errors.Is. The vendor publishes
// thirteen outcomes of a turn as descriptions. Nine of them are the standard texts of a status:
//
//	Ok                      200, no error
//	Bad Request             ErrBadRequest
//	Unauthorized            ErrUnauthorized, after the token was refreshed once
//	Forbidden               ErrForbidden
//	Not Found               ErrNotFound
//	Conflict                ErrConflict
//	Unprocessable Entity    ErrUnprocessable
//	Too many requests       ErrRateLimited
//	Internal Server Error   ErrServer
//
// The other four have a status of the vendor's own: see ErrWebhook.
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

// These errors say that the agent heard a turn and could not answer it (vendor page "Broker conversation methods").
// They match ErrAnswerFailed too. The vendor does not document whether the session moved on, and a webhook may have
// acted. So they also match ErrDeliveryUnknown, and the turn is not retried, even with Config.RetryNonIdempotent.
var (
	// ErrWebhook means that communication with an external webhook failed.
	ErrWebhook = errors.New("error while communicating with external webhooks") // 460
	// ErrMisconfigured means that a flow or a bot is misconfigured.
	ErrMisconfigured = errors.New("misconfigured flows or bots") // 461
	// ErrNLP means that communication with the NLP failed.
	ErrNLP = errors.New("error while communicating with the NLP") // 462
	// ErrNLPCredentials means that the NLP refused the platform's own credentials, which are not the caller's. It does
	// not match ErrUnauthorized.
	ErrNLPCredentials = errors.New("authentication or authorization error in the NLP") // 463
)

// answerFailure returns the error for a status by which the vendor says that it took the turn and failed. It returns
// nil for other statuses.
func answerFailure(status int) error {
	switch status {
	case 460:
		return ErrWebhook
	case 461:
		return ErrMisconfigured
	case 462:
		return ErrNLP
	case 463:
		return ErrNLPCredentials
	}
	return nil
}

// These errors say what else can go wrong in a call. They combine with each other and with the errors above.
var (
	// ErrInvalidArgument means that an argument was refused. No request was sent, with one exception: when a recording
	// of unknown size turns out to be larger than 16 MB, its request is cut off while it is sent.
	ErrInvalidArgument = parley.ErrInvalidArgument
	// ErrDeliveryUnknown means that the agent may have heard the turn, or that the rating may count. Sending it again
	// may do it twice.
	ErrDeliveryUnknown = parley.ErrDeliveryUnknown
	// ErrNotSent means that no request of the call reached the vendor, so that sending it again cannot do it twice.
	ErrNotSent = parley.ErrNotSent
	// ErrAttemptTimeout means that Config.Timeout ended an attempt. It comes with context.DeadlineExceeded.
	ErrAttemptTimeout = parley.ErrAttemptTimeout
	// ErrRetryBudget means that a retry was due and was not made, because most recent calls of the client failed.
	ErrRetryBudget = parley.ErrRetryBudget
	// ErrAnswerFailed means that the agent took the turn and could not answer it: see ErrWebhook.
	ErrAnswerFailed = parley.ErrAnswerFailed
	// ErrDecode means that the server responded with 2xx and a body that is not what the vendor documents.
	ErrDecode = parley.ErrDecode
	// ErrResponseTooLarge means that the response is larger than 32 MiB.
	ErrResponseTooLarge = parley.ErrResponseTooLarge
	// ErrTruncated means that a stream was cut. This package has no streams.
	ErrTruncated = parley.ErrTruncated
	// ErrClosed means that a connection or stream was closed. This package never returns it.
	ErrClosed = parley.ErrClosed
)

// ErrorCode is the code in the body of an error response. It is an error itself, so that errors.Is(err,
// syntphony.CodeInvalidClient) works. The empty code matches no error. The broker's codes are not public, so there are
// constants only for those of the token endpoint.
type ErrorCode string

// These are the codes of Keycloak's token endpoint (RFC 6749 section 5.2).
const (
	// CodeInvalidClient means that there is no such client, or that its secret is wrong.
	CodeInvalidClient ErrorCode = "invalid_client"
	// CodeUnauthorizedClient means that the secret is wrong, or that the client has no service account.
	CodeUnauthorizedClient ErrorCode = "unauthorized_client"
	// CodeInvalidRequest means, among other things, that the service account is missing or disabled.
	CodeInvalidRequest ErrorCode = "invalid_request"
	// CodeInvalidGrant means that the refresh token is no longer valid. The client then fetches a token with its own
	// credentials.
	CodeInvalidGrant ErrorCode = "invalid_grant"
)

// Error returns the code.
func (c ErrorCode) Error() string { return string(c) }

// Error is returned when the broker or the token endpoint responds with a status outside 2xx, or with a 2xx response
// whose body cannot be used. An Error of the token endpoint has the Operation "syntphony: fetch token" or "syntphony:
// refresh token". Its class is not the class of the call that needed the token, unless the credentials were refused
// (401 and 403). Printing an Error shows one line, without the body. Match it with errors.Is against the values above
// or a code, or read its fields after errors.As.
type Error struct {
	Operation  string        // such as "syntphony: start conversation"
	Method     string        // such as "POST"
	Path       string        // the template, such as "/org/{orgUUID}/env/{envUUID}/likable"
	StatusCode int           // of the response
	Code       ErrorCode     // from the body, under one of several usual names; may be empty
	Message    string        // from the body, under one of several usual names, redacted; may be empty
	RequestID  string        // given by the server or a proxy in front of it; may be empty
	RetryAfter time.Duration // the wait that the server asks for, or 0
	Attempts   int           // the number of requests on the wire
	// Body is the first 1 MiB of the response. A body of the token endpoint is redacted, and empty for a 2xx response.
	Body []byte `json:"-"`

	causes []error // the errors that errors.Is finds beside class and code
}

// Error returns "syntphony: start conversation: 400 CODE: message (POST /org/..., 1 attempt)".
func (e *Error) Error() string {
	message := e.Message
	if failure := answerFailure(e.StatusCode); failure != nil && message == "" {
		message = failure.Error()
	}
	return apierr.ErrorText{
		Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode,
		Code: string(e.Code), Message: message, Attempts: e.Attempts, RetryAfter: e.RetryAfter, Causes: e.causes,
	}.String()
}

// Is reports whether target is the class of the status or the code.
func (e *Error) Is(target error) bool {
	if code, ok := target.(ErrorCode); ok {
		return code != "" && code == e.Code
	}
	if failure := answerFailure(e.StatusCode); failure != nil {
		return target == failure || target == ErrAnswerFailed
	}
	return apierr.Matches(e.StatusCode, target)
}

// Unwrap returns the errors that errors.Is finds beside class and code, such as ErrDeliveryUnknown.
func (e *Error) Unwrap() []error { return e.causes }

// ErrorInfo describes the call in the form that all vendors share, for parley.InfoOf.
func (e *Error) ErrorInfo() parley.ErrorInfo {
	return parley.ErrorInfo{
		Vendor: "syntphony", Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode,
		Code: string(e.Code), Message: e.Message, RequestID: e.RequestID, RetryAfter: e.RetryAfter,
		Attempts: e.Attempts,
	}
}

// Format prints the text of Error for every verb.
func (e Error) Format(state fmt.State, verb rune) { redact.Format(state, verb, e.Error()) }

// with returns a copy of e that has further causes.
func (e *Error) with(causes ...error) error {
	copied := *e
	copied.causes = slices.Concat(e.causes, causes)
	return &copied
}

func newError(f *apierr.ErrorResponse) error {
	code, message := explanation(f.Explanation())
	return &Error{
		Operation: f.Operation, Method: f.Method, Path: f.Path, StatusCode: f.StatusCode,
		Code: ErrorCode(f.Redact(code)), Message: f.Redact(message),
		RequestID: f.RequestID(), RetryAfter: f.RetryAfter, Attempts: f.Attempts, Body: f.Body,
		causes: f.Causes,
	}
}

// newTokenError makes the Error of the token endpoint. Its body holds neither tokens nor secrets, even if the server
// quotes them.
func newTokenError(f *apierr.ErrorResponse) error {
	if f.StatusCode/100 == 2 {
		f.Body = nil
	}
	f.Body = []byte(f.Redact(string(f.Body)))
	return newError(f)
}
