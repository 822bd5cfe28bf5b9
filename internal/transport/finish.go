package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
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
	a := &l.attempt
	if a.response == nil {
		return nil, l.transportError(l.causes())
	}
	resp := &Response{
		StatusCode: a.response.StatusCode, Header: a.response.Header, Body: a.body, retryAfter: a.retryAfter,
		sent: l.sentCall(),
	}
	if !a.succeeded {
		return nil, resp.asError(l.causes())
	}
	if l.request.StreamType != "" && a.streaming(&l.request) {
		resp.Stream = l.newStream(resp)
	}
	return resp, nil
}

// causes lists the errors that errors.Is finds, without the class of the status. Their order is that of the error text.
func (l *loop) causes() []error {
	list := []error{l.attempt.guard.refused, l.attempt.outcome.err, l.retry.denied, l.err}
	if ended := l.request.ctx.Err(); ended != nil {
		if !errors.Is(errors.Join(list...), ended) {
			list = append(list, ended)
		}
		if cause := context.Cause(l.request.ctx); !errors.Is(cause, ended) {
			list = append(list, cause) // the cause that the caller passed when it cancelled
		}
	}
	sent := l.sentCall()
	causes := sent.redactAll(list)
	if l.retry.deliveryUnknown {
		causes = append(causes, parley.ErrDeliveryUnknown)
	}
	return causes
}

// sentCall is the part of a call that an error needs: its name, and the texts that the error must not show. Unlike the
// loop it may outlive the call.
type sentCall struct {
	client     *Client
	operation  *Operation
	authorizer auth.Authorizer
	attempts   int
	token      string // the credential of the last attempt
	payload    []byte
	rawQuery   string
	query      url.Values
	form       url.Values
	content    Content
	anyType    bool // the call accepts other content types than JSON
}

func (l *loop) sentCall() sentCall {
	r := &l.request
	return sentCall{
		client: r.client, operation: r.Operation, authorizer: r.authorizer, attempts: l.attempt.number,
		token: l.attempt.token, payload: r.payload, rawQuery: r.url.RawQuery, query: r.Query, form: r.Form,
		content: r.Content, anyType: r.Accept != "",
	}
}

// redactAll returns the errors that are not nil, with their secrets redacted.
func (c *sentCall) redactAll(list []error) (causes []error) {
	r := c.redactor()
	for _, err := range list {
		if err != nil {
			causes = append(causes, r.Error(err))
		}
	}
	return causes
}

// redactor hides everything that a server or a RoundTripper may repeat: the credentials of the call, its query and its
// body.
func (c *sentCall) redactor() redact.Redactor {
	secrets := append(slices.Clone(c.client.settings.Secrets), string(c.payload), c.rawQuery)
	secrets = append(secrets, c.token) // the Authorizer may have replaced it often since
	return redact.New(secrets, c.words(), c.authorizer.Redact)
}

// words returns the texts of the user: the string values of the body and of the query.
func (c *sentCall) words() []string {
	var words []string
	if c.form == nil {
		words = redact.Words(c.payload)
	}
	for _, values := range []url.Values{c.query, c.form} {
		for _, list := range values {
			words = append(words, list...)
		}
	}
	if content, ok := c.content.(interface{ Texts() []string }); ok {
		for _, text := range content.Texts() {
			words = append(append(words, text), redact.Words([]byte(text))...)
		}
	}
	return words
}

// asError makes the vendor's error of the response. If the response cannot be decoded, the text does not quote it,
// because a 2xx body holds the agent's words.
func (r *Response) asError(causes []error) error {
	op, settings, body := r.sent.operation, r.sent.client.settings, r.Body
	if len(body) > maxErrorBody {
		body = bytes.Clone(body[:maxErrorBody])
	}
	return settings.NewError(&apierr.ErrorResponse{
		Operation: settings.operation + op.Name, Method: op.Method, Path: op.Path,
		StatusCode: r.StatusCode, Header: r.Header, Body: body,
		RetryAfter: r.retryAfter, Attempts: r.sent.attempts, Causes: causes, Redact: r.sent.redactor().Text,
		Undecodable: r.StatusCode/100 == 2 && isUndecodable(causes),
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
	attempts := l.attempt.number
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
	causes = r.sent.redactAll(causes)
	if (verdict{effect: applied}).deliveryUnknown(r.sent.operation.Idempotent) {
		causes = append(causes, parley.ErrDeliveryUnknown)
	}
	err := r.asError(causes)
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
	case r.sent.anyType, kind == "", strings.Contains(kind, "json"),
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
			err = r.Decoder().Unmarshal(r.Body, out)
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
