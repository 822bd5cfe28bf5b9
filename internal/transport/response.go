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
	"github.com/seed-127a5941/parley/internal/backoff"
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
	Body       []byte  // whole; nil for a stream, whose reader may set what Fail shows
	Stream     *Stream // nil unless the response is of Call.StreamType; the caller closes it
	loop       *loop
}

// readResponse takes the response in, so that one that is cut counts as an attempt that failed. The body of a 2xx
// stream is left to the caller.
func (l *loop) readResponse(resp *http.Response) (err error) {
	a, r := l.attempt, &l.request
	a.response = resp
	if l.onEnd != nil {
		l.firstByte = time.Since(l.began)
	}
	limit, buffer, success := int64(maxErrorBody), []byte(nil), resp.StatusCode/100 == 2
	if success {
		limit, buffer = maxBody, r.Buffer
	}
	var coding error
	if success && resp.Header["Content-Encoding"] != nil {
		coding = unknownCoding(resp)
	}
	if success && r.StreamType != "" && a.streaming(r) {
		if coding != nil {
			closeBody(resp)
		}
		return coding
	}
	if resp.StatusCode >= http.StatusOK { // the body of a 101 is the bare connection: no ctx and no timeout ends it
		a.body, err = readAll(a.ctx, resp.Body, buffer, resp.ContentLength, limit)
		a.body = bytes.TrimPrefix(a.body, byteOrderMark)
	}
	_ = resp.Body.Close()
	resp.Body = http.NoBody // the library drains what it was handed
	switch {
	case !success:
		a.readRefusal(r)
		return nil // an error response that is cut or too large is still the response
	case coding != nil && (err != nil || len(a.body) > 0):
		return coding
	case err != nil:
		return codingErr(resp, err)
	}
	return nil
}

func closeBody(resp *http.Response) {
	_ = resp.Body.Close()
	resp.Body = http.NoBody
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
	for empty := 0; ; {
		n, err := r.Read(body[len(body):cap(body)])
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
		case n > 0:
			empty = 0
		default:
			if err := pause(ctx, empty); err != nil {
				return body, err
			}
			empty++
		}
	}
}

// pause yields after an empty read, and waits a little after many of them: the body of a user's RoundTripper may return
// neither bytes nor an error for ever.
func pause(ctx context.Context, empty int) error {
	if empty < 100 {
		runtime.Gosched()
		return ctx.Err()
	}
	return backoff.Sleep(ctx, time.Millisecond)
}

// readRefusal reads what a response outside 2xx says about another attempt.
func (a *attempt) readRefusal(r *request) {
	o, settings := &a.outcome, r.client.settings
	o.status = a.response.StatusCode
	o.failedAfterAccept = settings.FailedAfterAccept != nil && settings.FailedAfterAccept(o.status)
	a.retryAfter, o.hasRetryAfter = backoff.RetryAfter(a.response.Header, time.Now())
	hint := settings.RetryHint
	if !o.hasRetryAfter && hint != nil &&
		(o.status == http.StatusTooManyRequests || o.status == http.StatusServiceUnavailable) {
		a.retryAfter, o.hasRetryAfter = hint(a.body)
	}
}
