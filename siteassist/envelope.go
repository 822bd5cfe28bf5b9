package siteassist

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/lenient"
)

// envelope holds the members of an error response, or of an error in a stream. Any member may be missing or of another
// type than documented.
type envelope struct {
	Message json.RawMessage `json:"message"`
	Code    json.RawMessage `json:"code"`
	Details json.RawMessage `json:"details"`
}

// readEnvelope reads the documented envelope, in which "error" is an object. It also reads the forms in which "error"
// is a text, or in which the AI SDK's "errorText" stands in its place.
func readEnvelope(body []byte) (e envelope) {
	said := failureMember(body)
	if lenient.Unmarshal(said, &e) != nil {
		e.Message = said
	}
	return e
}

// failureMember returns the member of the JSON object body that describes a failure, or nil if body has no such member.
func failureMember(body []byte) json.RawMessage {
	var outer struct {
		Error     json.RawMessage `json:"error"`
		ErrorText json.RawMessage `json:"errorText"`
	}
	if lenient.Unmarshal(body, &outer) != nil {
		return nil
	}
	for _, member := range [...]json.RawMessage{outer.Error, outer.ErrorText} {
		if len(member) > 0 && string(member) != "null" {
			return member
		}
	}
	return nil
}

// newError makes the Error of a response that failed.
func newError(f *apierr.ErrorResponse) error {
	said := readEnvelope(f.Explanation())
	e := &Error{
		Operation: f.Operation, Method: f.Method, Path: f.Path, StatusCode: f.StatusCode,
		Code: ErrorCode(f.Redact(text(said.Code))), Message: f.Redact(text(said.Message)),
		RequestID: f.RequestID(), RetryAfter: f.RetryAfter, Attempts: f.Attempts, Body: f.Body,
	}
	_ = json.Unmarshal(said.Details, &e.Details)
	if e.RetryAfter == 0 {
		e.RetryAfter, _ = retryHint(f.Body)
	}
	e.causes = slices.DeleteFunc(f.Causes, func(cause error) bool { return errors.Is(cause, parley.ErrAnswerFailed) })
	if e.answerFailed = len(e.causes) < len(f.Causes); e.answerFailed && e.Message == "" {
		e.Message = f.Redact(failureText(f.Body))
	}
	return e
}

// failureText describes the failure of an answer if the server sent no message in a known form.
func failureText(body []byte) string {
	if len(body) == 0 || json.Valid(body) {
		return "the answer failed"
	}
	return string(body)
}

// retryHint reads error.details.retryAfter. The vendor names no unit. Its examples, 60 and 30, are read as seconds.
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
