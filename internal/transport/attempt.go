package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/origin"
)

// attempt is one request on the wire: the first of a call, a retry, or the repetition after a refresh of the
// credential. Each attempt is a value of its own.
type attempt struct {
	number  int
	started time.Time // zero if no observer wants to know how long the attempt took
	took    time.Duration
	ctx     context.Context // of the request; it ends with the attempt, or with the stream
	stop    context.CancelCauseFunc
	timeout time.Duration // zero means no timeout
	timer   *time.Timer   // nil if timeout is zero
	out     *outgoing
	guard   redirectGuard
	token   string // the credential as the Authorizer recorded it

	request    *http.Request
	response   *http.Response // nil if there is no whole response
	body       []byte
	retryAfter time.Duration // the wait that the server asks for
	succeeded  bool          // the response is a usable 2xx
	outcome    outcome       // the facts that classify judges; its err says why the response is missing or unusable
}

// outgoing is the part of an attempt that net/http holds and may still use when the attempt has ended. Each attempt has
// one of its own, so that late hooks of a former attempt cannot touch the next one.
type outgoing struct {
	trace  trace
	url    url.URL
	values [8]string // backs the values of the header
}

// These values of headers are shared by all calls.
var (
	acceptJSON  = []string{"application/json"}
	contentJSON = []string{"application/json"}
	contentForm = []string{"application/x-www-form-urlencoded"}
)

// startAttempt makes the next attempt and starts its clock. When it fails, this attempt sent no request, and the former
// attempt stays the last one of the call.
func (l *loop) startAttempt() error {
	r := &l.request
	if err := r.ctx.Err(); err != nil {
		return err
	}
	a := attempt{number: l.attempt.number + 1, out: new(outgoing)}
	a.ctx, a.stop = context.WithCancelCause(r.ctx)
	stop, started := a.stop, false
	defer func() {
		if !started {
			stop(nil) // also if a reader of the user panics
		}
	}()
	a.ctx = a.out.installTrace(a.ctx, a.stop, r.client.settings)
	if err := a.newRequest(r); err != nil {
		return err
	}
	a.guard = redirectGuard{base: r.client.settings.transport, trace: &a.out.trace, options: r.options}
	if a.timeout = r.timeout; r.HalveTimeLeft {
		a.timeout = r.halfOfTimeLeft()
	}
	if a.timeout > 0 {
		// The runtime may keep a stopped timer for a while, so its function must not hold the attempt.
		timeout := a.timeout
		a.timer = time.AfterFunc(timeout, func() { stop(timeoutError(timeout)) })
	}
	if r.client.settings.observed() {
		a.started = time.Now()
	}
	l.attempt, l.wire.Request, started = a, a.request, true
	return nil
}

// newRequest builds the HTTP request with its credential and its body.
func (a *attempt) newRequest(r *request) (err error) {
	header := make(http.Header, 4+len(r.Header))
	header["User-Agent"] = r.client.settings.agent
	header["Accept"] = acceptJSON
	if r.Accept != "" {
		header["Accept"] = []string{r.Accept}
	}
	if r.Header != nil {
		if err := addHeader(header, r.Header); err != nil {
			return err
		}
	}
	a.out.url = r.url
	a.request = (&http.Request{
		Method: r.Operation.Method, URL: &a.out.url, Host: r.url.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(a.ctx)
	if r.options != nil {
		for _, line := range r.options.Headers {
			header[line.Name] = append(slices.Clip(header[line.Name]), line.Value)
		}
	}
	if a.token, err = r.authorizer.Authorize(r.ctx, a.request); err != nil {
		return err
	}
	if err := a.attachBody(a.request, r); err != nil {
		return err
	}
	// A RoundTripper may change values in place, so no value is shared with another attempt, another call or the
	// caller.
	free := a.out.values[:]
	for name, values := range header {
		if len(values) > len(free) {
			free = make([]string, len(values))
		}
		n := copy(free, values)
		header[name], free = free[:n:n], free[n:]
	}
	return nil
}

// addHeader adds the header of the call, whose values may come from the user.
func addHeader(header, more http.Header) error {
	for name, values := range more {
		for _, value := range values {
			if err := origin.CheckHeaderValue("header "+name, value); err != nil {
				return err
			}
		}
		header[name] = values
	}
	return nil
}

// attachBody gives the request its body. It leaves GetBody out on purpose, because with GetBody net/http would send a
// body again by itself.
func (a *attempt) attachBody(h *http.Request, r *request) error {
	switch {
	case r.Content != nil:
		body, err := r.Content.Open(a.ctx)
		if err != nil {
			return err
		}
		h.Body, h.ContentLength = body, r.Content.Length()
		if kind := r.Content.ContentType(); kind != "" {
			h.Header["Content-Type"] = []string{kind}
		}
	case r.payload != nil:
		// net/http writes header and body in one packet only for exactly this type of body.
		h.Body, h.ContentLength = io.NopCloser(bytes.NewReader(r.payload)), int64(len(r.payload))
		h.Header["Content-Type"] = r.contentType
	case !r.Operation.Idempotent:
		// Without any body, HTTP/2 would send the request again by itself after a stream error.
		h.Body, h.ContentLength = io.NopCloser(bytes.NewReader(nil)), -1
	}
	return nil
}

// endAttempt stops the clock of the attempt and records its end. err is the error that ended it, or nil. A stream keeps
// its context until it is closed, unless the timeout came first.
func (l *loop) endAttempt(err error) {
	a, r := &l.attempt, &l.request
	if !a.started.IsZero() {
		a.took = time.Since(a.started)
	}
	inTime := a.timer == nil || a.timer.Stop()
	a.succeeded = err == nil && a.response != nil && a.response.StatusCode/100 == 2
	if a.succeeded && r.StreamType != "" && a.streaming(r) {
		if inTime {
			return
		}
		a.succeeded = false
		closeBody(a.response)
		err = timeoutError(a.timeout)
	}
	if err != nil {
		a.fail(err, r)
	}
	a.stop(nil)
}

// unauthorized reports whether the server refused the credential.
func (a *attempt) unauthorized() bool {
	return a.response != nil && a.response.StatusCode == http.StatusUnauthorized
}

// fail records the facts about an attempt that err ended, for classify: whether a response began, whether a header was
// written, and whether the server provably cannot act on the request. It replaces err if it knows a better explanation.
func (a *attempt) fail(err error, r *request) {
	o := &a.outcome
	o.err = err
	if _, coding := err.(*codingError); coding || err == errTooLarge { //nolint:errorlint // of our own making
		o.useless = true
		return
	}
	o.began = a.response != nil
	a.response, a.body = nil, nil
	if r.Content != nil && r.Content.Err() != nil {
		o.err, o.bodyFailed = r.Content.Err(), true
		return
	}
	interruption := a.interruption(r)
	o.written = a.out.trace.written.Load()
	o.unsent = !o.began && a.out.trace.neverSent(interruption != nil || timedOut(err))
	switch base := r.client.settings.transport; {
	case interruption != nil:
		o.err = interruption
	case o.unsent:
		o.err = explainConnect(err, base, &a.out.url)
	case !o.began && !o.written:
		o.unsent = proxyFuncFailed(err, base, a.request)
	}
}

// interruption returns the reason if the client itself ended the attempt, by its context or timeout. Otherwise it
// returns nil.
func (a *attempt) interruption(r *request) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	return context.Cause(a.ctx)
}

// timedOut reports whether a timeout outside the SDK ended the attempt, such as that of the user's http.Client.
func timedOut(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// timeoutError is the cause of an attempt that took longer than its timeout. It is a net.Error and matches
// context.DeadlineExceeded, as the error of http.Client.Timeout does.
type timeoutError time.Duration

func (e timeoutError) Error() string   { return "attempt timed out after " + time.Duration(e).String() }
func (e timeoutError) Timeout() bool   { return true }
func (e timeoutError) Temporary() bool { return true }
func (e timeoutError) Is(target error) bool {
	return target == context.DeadlineExceeded || target == parley.ErrAttemptTimeout
}
