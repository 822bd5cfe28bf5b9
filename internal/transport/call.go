package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/urlpath"
)

// call is the record of one call. It is the context of its own requests, so that the hooks of go-retryablehttp and hop
// find it; all its fields but the trace belong to the caller's goroutine.
type call struct {
	context.Context // the caller's, with the trace

	caller     context.Context
	in         Call
	client     *Client
	credential auth.Authorizer
	payload    []byte // the JSON body; nil: none, or in.Content
	target     url.URL
	wire       retryablehttp.Request
	trace      trace

	attempts int // begun so far
	retries  int // of them, those that count against MaxRetries
	renewed  bool
	unknown  bool          // an attempt of a call that is not idempotent may have been acted on
	wait     time.Duration // before the next attempt
	spent    error         // why no further attempt follows although one was permitted

	// The last attempt.
	started  time.Time
	took     time.Duration
	stop     context.CancelCauseFunc
	timer    *time.Timer
	token    string // that the credential put on the request
	hops     int
	redirect error // why a redirect was not followed
	response *http.Response
	body     []byte
	after    time.Duration // Retry-After
	asked    bool          // a Retry-After was there and parsed
	cause    error         // why there is no whole answer, or no use for it
	standing standing
}

type callKey struct{}

// Value lets hooks find the call in the context of its requests.
func (c *call) Value(key any) any {
	if _, ok := key.(callKey); ok {
		return c
	}
	return c.Context.Value(key)
}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// Do sends the call and returns its 2xx answer, read whole unless it is a stream.
func (c *Client) Do(ctx context.Context, in Call) (*Response, error) {
	call, err := c.newCall(ctx, in)
	if err != nil {
		return nil, &Error{text: c.settings.operation + in.Operation.Name + ": " + err.Error(), causes: []error{err}}
	}
	if err := call.begin(); err != nil {
		return nil, call.unsent(err)
	}
	// Whatever the library returns, the call's own record knows more.
	//nolint:bodyclose // the response handler has closed it, or the reply's stream will be by its reader
	if resp, err := c.settings.retry.Do(&call.wire); err != nil && resp == nil && call.cause == nil && call.response == nil {
		call.cause = err
	}
	return call.result()
}

// newCall checks the arguments and prepares what all attempts share.
func (c *Client) newCall(ctx context.Context, in Call) (*call, error) {
	if in.ArgumentErr != nil {
		return nil, in.ArgumentErr
	}
	path, raw, err := urlpath.Expand(in.Operation.Path, in.IDs...)
	if err != nil {
		return nil, err
	}
	record := &call{caller: ctx, in: in, client: c, credential: in.Authorizer}
	if record.credential == nil {
		record.credential = c.credential
	}
	if in.Form != nil {
		record.payload = []byte(in.Form.Encode())
	} else if in.Body != nil {
		if record.payload, err = json.Marshal(in.Body); err != nil {
			return nil, apierr.Invalid("request", "cannot be encoded as JSON: %v", err)
		}
	}
	record.aim(path, raw)
	record.listen(ctx)
	record.wire.SetResponseHandler(record.read)
	return record, nil
}

// aim sets the target below the base URL.
func (c *call) aim(path, raw string) {
	base := c.client.settings.base
	c.target = *base
	c.target.Path = base.Path + path
	if raw != "" || base.RawPath != "" {
		if raw == "" {
			raw = (&url.URL{Path: path}).EscapedPath()
		}
		c.target.RawPath = base.EscapedPath() + raw
	}
	if len(c.in.Query) > 0 {
		c.target.RawQuery = c.in.Query.Encode()
	}
}

// begin makes the request of the next attempt and starts its clock. When it fails, nothing was sent.
func (c *call) begin() error {
	if err := c.Err(); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(c)
	request, err := c.request(ctx)
	if err != nil {
		stop(nil)
		return err
	}
	c.forget() // not before: where no attempt can begin, the last answer is still the last
	c.stop = stop
	if limit := c.client.settings.Timeout; limit > 0 {
		c.timer = time.AfterFunc(limit, func() { stop(timeoutError(limit)) })
	}
	c.attempts++
	c.started = time.Now()
	c.wire.Request = request
	return nil
}

// forget clears what the last attempt left.
func (c *call) forget() {
	c.trace.reset()
	c.hops, c.redirect, c.response, c.body, c.cause = 0, nil, nil, nil, nil
	c.after, c.asked, c.standing = 0, false, final
}

var (
	acceptJSON  = []string{"application/json"}
	contentJSON = []string{"application/json"}
	contentForm = []string{"application/x-www-form-urlencoded"}
)

// request builds the request with its credential and body.
func (c *call) request(ctx context.Context) (*http.Request, error) {
	header, err := c.header()
	if err != nil {
		return nil, err
	}
	target := c.target
	request := (&http.Request{
		Method: c.in.Operation.Method, URL: &target, Host: target.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if c.token, err = c.credential.Authorize(c, request); err != nil {
		return nil, err
	}
	return request, c.open(request)
}

// header builds the header without the credential. Values are shared slices where they are the same for all calls:
// http.Client clones the header before it changes any.
func (c *call) header() (http.Header, error) {
	header := make(http.Header, 4+len(c.in.Header))
	header["User-Agent"] = c.client.settings.agent
	header["Accept"] = acceptJSON
	if c.in.Accept != "" {
		header["Accept"] = []string{c.in.Accept}
	}
	for name, values := range c.in.Header {
		for _, value := range values {
			if origin.CheckHeaderValue(name, value) != nil { // its text is made for a bad one only
				return nil, origin.CheckHeaderValue("header "+name, value)
			}
		}
		header[name] = values
	}
	return header, nil
}

// open gives the request its body. GetBody is left out on purpose: with it, net/http would send a body again by itself.
func (c *call) open(r *http.Request) error {
	switch {
	case c.in.Content != nil:
		body, err := c.in.Content.Open(r.Context())
		if err != nil {
			return err
		}
		r.Body, r.ContentLength = body, c.in.Content.Length()
		if kind := c.in.Content.ContentType(); kind != "" {
			r.Header["Content-Type"] = []string{kind}
		}
	case c.payload != nil:
		// net/http writes header and body in one packet only for exactly this type of body.
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(c.payload)), int64(len(c.payload))
		r.Header["Content-Type"] = contentJSON
		if c.in.Form != nil {
			r.Header["Content-Type"] = contentForm
		}
	case !c.in.Operation.Idempotent:
		// Without any body, HTTP/2 would send the request again by itself after a stream error.
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(nil)), -1
	}
	return nil
}

// replayable reports whether the body can be sent once more.
func (c *call) replayable() bool {
	return c.in.Content == nil || c.in.Content.Replayable()
}

// release ends the attempt's clock and context. A stream keeps its context until it is closed.
func (c *call) release() {
	c.took = time.Since(c.started)
	if c.timer != nil {
		c.timer.Stop()
	}
	if !c.streaming() || !c.succeeded() {
		c.stop(nil)
	}
}

// timeoutError is the cause of an attempt that took longer than Timeout. It matches context.DeadlineExceeded, as the
// error of http.Client.Timeout does.
type timeoutError time.Duration

func (e timeoutError) Error() string        { return "attempt timed out after " + time.Duration(e).String() }
func (e timeoutError) Timeout() bool        { return true }
func (e timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

var _ interface{ Timeout() bool } = timeoutError(0)

// interrupted returns why the attempt was ended from our side, nil if it was not.
func (c *call) interrupted() error {
	if err := c.Err(); err != nil {
		return err
	}
	return context.Cause(c.wire.Context())
}
