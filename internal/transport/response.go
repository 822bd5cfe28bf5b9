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
	"github.com/seed-127a5941/parley/internal/lenient"
)

// These are the limits of a response's body, in bytes.
const (
	maxBody      = 32 << 20
	maxErrorBody = 1 << 20
)

var errTooLarge = fmt.Errorf("%w: the limit is %d bytes", parley.ErrResponseTooLarge, maxBody)

// byteOrderMark is put before JSON by some servers.
var byteOrderMark = []byte("\ufeff")

// Response is a 2xx response. It stays valid after its call.
type Response struct {
	StatusCode int
	Header     http.Header
	Body       []byte  // whole; nil for a stream, whose reader may set it for the text of Fail
	Stream     *Stream // nil unless the response has Call.StreamType; the caller closes it
	sent       sentCall

	retryAfter time.Duration // the wait that the server asks for
}

// Decoder decodes the body. All calls of a client share it, because it keeps what it knows of their types.
func (r *Response) Decoder() *lenient.Decoder { return &r.sent.client.settings.decoder }

// readResponse reads the response within the attempt, so that a response that is cut makes the attempt fail. It leaves
// the body of a 2xx stream to the caller.
func (l *loop) readResponse(resp *http.Response) (err error) {
	a, r := &l.attempt, &l.request
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
	if resp.StatusCode >= http.StatusOK { // a 101 hands out the bare connection, which neither ctx nor a timeout ends
		a.body, err = readAll(a.ctx, resp.Body, buffer, resp.ContentLength, limit)
		a.body = bytes.TrimPrefix(a.body, byteOrderMark)
	}
	_ = resp.Body.Close()
	resp.Body = http.NoBody // go-retryablehttp drains this body
	switch {
	case !success:
		a.readRefusal(r)
		return nil // an error response that is cut or too large is still the response
	case coding != nil && (err != nil || len(a.body) > 0):
		return coding
	case err != nil:
		return codingErr(resp.Uncompressed, err)
	}
	return nil
}

func closeBody(resp *http.Response) {
	_ = resp.Body.Close()
	resp.Body = http.NoBody
}

// readAll reads r to its end, so that the connection can be reused, or up to limit. It reads into buffer, or into new
// memory of the announced size. If more than 1 MiB is announced, the memory grows only with the bytes that arrive. The
// bytes before an error are returned with it.
func readAll(ctx context.Context, r io.Reader, buffer []byte, announced, limit int64) ([]byte, error) {
	const trusted = 1 << 20
	if announced > limit {
		limit = min(limit, maxErrorBody) // the error that follows shows no more of the body
	}
	if announced < 0 {
		announced = 511
	}
	size := min(announced, trusted) + 1 // one more byte, so that the same Read sees the end
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

// pause yields after an empty read, and waits a millisecond after many of them, because the body of a user's
// RoundTripper may return neither bytes nor an error for ever.
func pause(ctx context.Context, empty int) error {
	if empty < 100 {
		runtime.Gosched()
		return ctx.Err()
	}
	return backoff.Sleep(ctx, time.Millisecond)
}

// readRefusal records the facts of a response outside 2xx that decide about another attempt.
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
