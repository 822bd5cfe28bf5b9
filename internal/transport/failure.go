package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/redact"
)

// Error is the error of a call that got no answer. It has no fields: errors.Is and errors.As look into its causes.
type Error struct {
	text   string
	causes []error
}

// Error returns the operation, the causes, the path template and the number of attempts.
func (e *Error) Error() string { return e.text }

// Format prints Error's text for every verb: a cause may hold more than may be shown.
func (e *Error) Format(state fmt.State, verb rune) { redact.Format(state, verb, e.text) }

// Unwrap returns the causes.
func (e *Error) Unwrap() []error { return e.causes }

// result turns the record of a call that ended into what its caller gets.
func (c *call) result() (*Response, error) {
	if c.succeeded() {
		reply := &Response{StatusCode: c.response.StatusCode, Header: c.response.Header, Body: c.body, call: c}
		if c.streaming() {
			reply.Stream = &stream{ReadCloser: c.response.Body, call: c}
		}
		return reply, nil
	}
	if c.response != nil {
		return nil, c.answered(c.causes()...)
	}
	return nil, c.unanswered(c.causes()...)
}

// causes lists what errors.Is finds, without the status class, in the order of the text.
func (c *call) causes() []error {
	var causes []error
	for _, cause := range [...]error{c.redirect, c.cause, c.spent} {
		if cause != nil {
			causes = append(causes, c.clean(cause))
		}
	}
	if err := c.Err(); err != nil && !errors.Is(c.cause, err) {
		causes = append(causes, err)
	}
	if cause := context.Cause(c); cause != nil && !errors.Is(cause, c.Err()) {
		causes = append(causes, c.clean(cause)) // what the caller said when it cancelled
	}
	if c.unknown {
		causes = append(causes, parley.ErrDeliveryUnknown)
	}
	return causes
}

// answered is the vendor's error of an answer.
func (c *call) answered(causes ...error) error {
	op := c.in.Operation
	if len(c.body) > maxErrorBody {
		c.body = bytes.Clone(c.body[:maxErrorBody])
	}
	return c.client.settings.NewError(&apierr.ErrorResponse{
		Operation: c.client.settings.operation + op.Name, Method: op.Method, Path: op.Path,
		StatusCode: c.response.StatusCode, Header: c.response.Header, Body: c.body,
		RetryAfter: c.after, Attempts: c.attempts, Causes: causes, Redact: c.mask, Undecodable: c.undecodable(causes),
	})
}

func (c *call) unanswered(causes ...error) error {
	var text strings.Builder
	text.WriteString(c.client.settings.operation + c.in.Operation.Name)
	for _, cause := range causes {
		text.WriteString(": " + redact.OneLine(cause.Error()))
	}
	text.WriteString(apierr.RequestSuffix(c.in.Operation.Method, c.in.Operation.Path, c.attempts))
	return &Error{text: text.String(), causes: causes}
}

// unsent is the error of a call whose first attempt could not begin.
func (c *call) unsent(err error) error {
	c.cause = err
	return c.unanswered(c.causes()...)
}

// Fail is the vendor's error of a 2xx answer that proved useless: causes say why. For a call that is not idempotent it
// matches ErrDeliveryUnknown too, because the server did act.
func (r *Response) Fail(causes ...error) error {
	c := r.call
	for i, cause := range causes {
		causes[i] = c.clean(cause)
	}
	if acted.unknown(c.in.Operation.Idempotent) {
		causes = append(causes, parley.ErrDeliveryUnknown)
	}
	c.body = r.Body
	return c.answered(causes...)
}

// clean strips the URL that http.Client wraps around each error (its query may hold a key), and hides an error that
// shows a credential at any depth.
func (c *call) clean(err error) error {
	if err == nil {
		return nil
	}
	err = redact.WithoutURLs(err)
	if c.shows(err) {
		return &masked{text: c.mask(err.Error()), err: err}
	}
	return err
}

// shows reports whether the text of err, or of an error that it wraps, holds what must not be seen.
func (c *call) shows(err error) bool {
	if text := err.Error(); c.mask(text) != text {
		return true
	}
	switch wrapper := err.(type) { //nolint:errorlint // each depth is looked at for itself
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(wrapper.Unwrap(), c.shows)
	case interface{ Unwrap() error }:
		inner := wrapper.Unwrap()
		return inner != nil && c.shows(inner)
	}
	return false
}

// masked stands for an error whose text holds a credential: it matches what that error matches, but shows only the
// masked text at every depth.
type masked struct {
	text string
	err  error
}

func (m *masked) Error() string        { return m.text }
func (m *masked) Is(target error) bool { return errors.Is(m.err, target) }

// mask replaces what a server or a RoundTripper may echo in text: every credential of the call, its query and its body.
func (c *call) mask(text string) string {
	secrets := append(slices.Clone(c.client.settings.Secrets), string(c.payload), c.target.RawQuery, c.token)
	// The longest first: one that is a part of another would leave the rest of it.
	slices.SortStableFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range secrets {
		text = redact.Secret(text, secret)
	}
	return c.credential.Redact(text)
}

// undecodable reports whether the response is a 2xx that cannot be decoded.
func (c *call) undecodable(causes []error) bool {
	err := errors.Join(causes...)
	return c.response.StatusCode/100 == 2 && (errors.Is(err, parley.ErrDecode) || errors.Is(err, parley.ErrResponseTooLarge))
}

var _ http.RoundTripper = (*hop)(nil)
