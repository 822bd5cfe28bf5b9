package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/redact"
)

// Error is the error of a call that got no response. It has no fields. errors.Is and errors.As find its causes.
type Error struct {
	text    string
	causes  []error
	info    parley.ErrorInfo
	notSent bool
}

// ErrorInfo describes the call, for parley.InfoOf.
func (e *Error) ErrorInfo() parley.ErrorInfo { return e.info }

// Is reports whether target is ErrNotSent and no request of the call reached the vendor.
func (e *Error) Is(target error) bool { return e.notSent && target == parley.ErrNotSent }

// Error returns the operation, the causes, the path template and the number of attempts.
func (e *Error) Error() string { return e.text }

// Format prints the text of Error for every verb, because a cause may hold a secret that fmt would print.
func (e *Error) Format(state fmt.State, verb rune) { redact.Format(state, verb, e.text) }

// Unwrap returns the causes.
func (e *Error) Unwrap() []error { return e.causes }

// NotSent wraps err so that it matches ErrNotSent, for a call of which no request reached the vendor.
func NotSent(err error) error { return &notSentError{err} }

type notSentError struct{ error }

func (e *notSentError) Unwrap() error        { return e.error }
func (e *notSentError) Is(target error) bool { return target == parley.ErrNotSent }

// finish makes the response or the error that the caller gets.
func (l *loop) finish() (*Response, error) {
	a := l.attempt
	switch {
	case a == nil || a.response == nil:
		return nil, l.transportError(l.causes())
	case a.succeeded:
		resp := &Response{StatusCode: a.response.StatusCode, Header: a.response.Header, Body: a.body, loop: l}
		if l.request.StreamType != "" && a.streaming(&l.request) {
			resp.Stream = &Stream{body: a.response.Body, loop: l}
		}
		return resp, nil
	}
	return nil, l.responseError(l.causes())
}

// causes lists the errors that errors.Is finds, without the class of the status. Their order is that of the error text.
func (l *loop) causes() []error {
	var list []error
	if a := l.attempt; a != nil {
		list = append(list, a.guard.refused, a.outcome.err)
	}
	list = append(list, l.retry.denied, l.err)
	if ended := l.request.ctx.Err(); ended != nil {
		if !errors.Is(errors.Join(list...), ended) {
			list = append(list, ended)
		}
		if cause := context.Cause(l.request.ctx); !errors.Is(cause, ended) {
			list = append(list, cause) // the cause that the caller passed when it cancelled
		}
	}
	causes := l.redactAll(list)
	if l.retry.deliveryUnknown {
		causes = append(causes, parley.ErrDeliveryUnknown)
	}
	return causes
}

// redactAll returns the errors that are not nil, with their secrets redacted.
func (l *loop) redactAll(list []error) (causes []error) {
	r := l.redactor()
	for _, err := range list {
		if err != nil {
			causes = append(causes, r.Error(err))
		}
	}
	return causes
}

// redactor hides everything that a server or a RoundTripper may repeat: the credentials of the call, its query and its
// body.
func (l *loop) redactor() redact.Redactor {
	r := &l.request
	secrets := append(slices.Clone(r.client.settings.Secrets), string(r.payload), r.url.RawQuery)
	if l.attempt != nil {
		secrets = append(secrets, l.attempt.token) // the Authorizer may have replaced it often since
	}
	return redact.New(secrets, r.words(), r.authorizer.Redact)
}

// responseError makes the vendor's error of the last response. If that response cannot be decoded, the text does not
// quote it, because a 2xx body holds the agent's words.
func (l *loop) responseError(causes []error) error {
	op, a := l.request.Operation, l.attempt
	if len(a.body) > maxErrorBody {
		a.body = bytes.Clone(a.body[:maxErrorBody])
	}
	return l.request.client.settings.NewError(&apierr.ErrorResponse{
		Operation: l.request.client.settings.operation + op.Name, Method: op.Method, Path: op.Path,
		StatusCode: a.response.StatusCode, Header: a.response.Header, Body: a.body,
		RetryAfter: a.retryAfter, Attempts: a.number, Causes: causes, Redact: l.redactor().Text,
		Undecodable: a.response.StatusCode/100 == 2 && isUndecodable(causes),
	})
}
func isUndecodable(causes []error) bool {
	err := errors.Join(causes...)
	return errors.Is(err, parley.ErrDecode) || errors.Is(err, parley.ErrResponseTooLarge)
}

func (l *loop) transportError(causes []error) error {
	var text strings.Builder
	text.WriteString(l.request.client.settings.operation + l.request.Operation.Name)
	for _, cause := range causes {
		text.WriteString(": " + redact.OneLine(cause.Error()))
	}
	attempts := 0
	if l.attempt != nil {
		attempts = l.attempt.number
	}
	if attempts > 0 || !isNested(causes) {
		text.WriteString(apierr.RequestSuffix(l.request.Operation.Method, l.request.Operation.Path, attempts))
	}
	e := &Error{text: text.String(), causes: causes, info: l.request.client.info(l.request.Operation, attempts)}
	e.notSent = !l.retry.reached && !errors.Is(e, parley.ErrInvalidArgument) && !errors.Is(e, parley.ErrClosed)
	return e
}

// info describes a call that got no response.
func (c *Client) info(op *Operation, attempts int) parley.ErrorInfo {
	return parley.ErrorInfo{
		Vendor: c.settings.Vendor, Operation: c.settings.operation + op.Name, Method: op.Method, Path: op.Path,
		Attempts: attempts,
	}
}

// argumentError is the error of a call whose arguments were refused.
func argumentError(c *Client, op *Operation, err error) error {
	return &Error{text: c.settings.operation + op.Name + ": " + err.Error(), causes: []error{err}, info: c.info(op, 0)}
}

// Fail makes the vendor's error of a 2xx response that proved unusable. causes say why. For a call that is not
// idempotent the error matches ErrDeliveryUnknown too, because the server did act.
func (r *Response) Fail(causes ...error) error {
	if isUndecodable(causes) {
		causes = r.withoutPage(withoutQuotes(causes))
	}
	causes = r.loop.redactAll(causes)
	if (verdict{effect: applied}).deliveryUnknown(r.loop.request.Operation.Idempotent) {
		causes = append(causes, parley.ErrDeliveryUnknown)
	}
	r.loop.attempt.body = r.Body
	err := r.loop.responseError(causes)
	if r.Stream != nil {
		r.Stream.fail(err)
	}
	return err
}

// withoutPage replaces the decoder's error by one that names the content type, if the body is not JSON and its content
// type says so. A proxy or a portal may have responded in the vendor's place.
func (r *Response) withoutPage(causes []error) []error {
	kind := MediaType(r.Header)
	switch {
	case r.loop.request.Accept != "", kind == "", strings.Contains(kind, "json"),
		lenient.Kind(r.Body) == 0, json.Valid(r.Body), !errors.Is(errors.Join(causes...), parley.ErrDecode):
		return causes
	}
	return []error{parley.ErrDecode, errors.New(redact.OneLine(kind) + " where JSON was expected")}
}

// withoutQuotes removes the value that an error of the JSON decoder quotes: it leaves "number" of "number 12.5".
func withoutQuotes(errs []error) []error {
	clean := slices.Clone(errs)
	for i, err := range errs {
		if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			bare := *mismatch
			bare.Value, _, _ = strings.Cut(bare.Value, " ")
			clean[i] = &bare
		}
	}
	return clean
}

// Fetch sends the call and decodes its JSON response into a T. Then it calls complete, which sets Raw, applies older
// spellings and reports a missing member. complete may be nil.
func Fetch[T any](ctx context.Context, c *Client, in Call, complete func(*T, parley.Raw) error) (*T, error) {
	return Decode(ctx, c, in, func(r *Response) (*T, error) {
		out := new(T)
		var err error
		switch lenient.Kind(r.Body) {
		case 0:
			err = errors.New("the body is empty")
		case 'n':
			err = errors.New("the body is null")
		default:
			err = lenient.Unmarshal(r.Body, out)
		}
		if err == nil && complete != nil {
			err = complete(out, r.Body)
		}
		if err != nil {
			return nil, r.Fail(parley.ErrDecode, err)
		}
		return out, nil
	})
}

// Send sends the call and accepts any 2xx response.
func (c *Client) Send(ctx context.Context, in Call) error {
	_, err := c.Do(ctx, in)
	return err
}
