package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"time"

	"github.com/seed-127a5941/parley"
)

// The most that is read of a response, in bytes.
const (
	maxBody      = 32 << 20
	maxErrorBody = 1 << 20
)

var errTooLarge = fmt.Errorf("%w: the limit is %d bytes", parley.ErrResponseTooLarge, maxBody)

// byteOrderMark begins the JSON of some servers.
var byteOrderMark = []byte("\ufeff")

// Response is a 2xx response.
type Response struct {
	StatusCode int
	Header     http.Header
	Body       []byte        // whole; nil for a stream, whose reader may set what Fail shows
	Stream     io.ReadCloser // nil unless the response is of Call.StreamType; the caller closes it
	loop       *loop
}

// read takes the response in. The body of a 2xx stream is left to the caller.
func (a *attempt) read(resp *http.Response, r *request) error {
	a.response = resp
	if resp.StatusCode/100 != 2 {
		_ = a.readBody(nil, maxErrorBody) // an error response that is cut or too large is still the response
		a.readRefusal(r)
		return nil
	}
	coding := unknownCoding(resp)
	if a.streaming(r) {
		if coding != nil {
			closeBody(resp)
		}
		return coding
	}
	err := a.readBody(r.Buffer, maxBody)
	if coding != nil && (err != nil || len(a.body) > 0) {
		return coding
	}
	return codingErr(resp, err)
}

// readBody reads the body whole and closes it.
func (a *attempt) readBody(buffer []byte, limit int64) (err error) {
	resp := a.response
	if resp.StatusCode >= http.StatusOK { // the body of a 101 is the bare connection: no ctx and no timeout ends it
		a.body, err = readAll(a.ctx, resp.Body, buffer, resp.ContentLength, limit)
		a.body = bytes.TrimPrefix(a.body, byteOrderMark)
	}
	closeBody(resp)
	return err
}

func closeBody(resp *http.Response) {
	_ = resp.Body.Close()
	resp.Body = http.NoBody // the library drains what it was handed
}

// readAll reads to the end, which gives the connection back, or to limit. The memory is buffer, or has the announced
// size, but grows with what arrives where a lot is announced. What is read before the limit is returned with the error.
func readAll(ctx context.Context, r io.Reader, buffer []byte, announced, limit int64) ([]byte, error) {
	const trusted = 1 << 20
	if announced > limit {
		limit = min(limit, maxErrorBody) // the error that follows shows no more
	}
	if announced < 0 {
		announced = 511
	}
	size := min(announced, trusted) + 1 // one more, to see the end in the same call
	body := buffer[:0]
	if int64(cap(body)) < size {
		body = make([]byte, 0, size)
	}
	for {
		n, err := readSome(ctx, r, body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > limit:
			return body[:limit], errTooLarge
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return body, err
		case len(body) == cap(body):
			body = append(body, 0)[:len(body)]
		}
	}
}

// readSome reads at least one byte, unless there is an error. The body of a user's RoundTripper may return neither for
// ever, so ctx ends the wait for it.
func readSome(ctx context.Context, r io.Reader, p []byte) (int, error) {
	for empty := 0; ; empty++ {
		n, err := r.Read(p)
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		if err := pause(ctx, empty); err != nil {
			return 0, err
		}
	}
}

// pause yields after an empty read, and waits a little after many of them.
func pause(ctx context.Context, empty int) error {
	if empty < 100 {
		runtime.Gosched()
		return ctx.Err()
	}
	return Sleep(ctx, time.Millisecond)
}

// readRefusal reads what a response outside 2xx says about another attempt.
func (a *attempt) readRefusal(r *request) {
	o, settings := &a.outcome, r.client.settings
	o.status = a.response.StatusCode
	o.failedAfterAccept = settings.FailedAfterAccept != nil && settings.FailedAfterAccept(o.status)
	a.retryAfter, o.hasRetryAfter = retryAfterOf(a.response.Header, time.Now())
	hint := settings.RetryHint
	if !o.hasRetryAfter && hint != nil && (o.status == http.StatusTooManyRequests || o.status == http.StatusServiceUnavailable) {
		a.retryAfter, o.hasRetryAfter = hint(a.body)
	}
}
