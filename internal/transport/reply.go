package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
)

// The most that is read of a reply, in bytes.
const (
	maxBody      = 32 << 20
	maxErrorBody = 1 << 20
)

var errTooLarge = fmt.Errorf("%w: the limit is %d bytes", parley.ErrResponseTooLarge, maxBody)

// read is the response handler of go-retryablehttp: it takes the reply in, so that one cut half-way counts as an attempt
// that failed.
func (c *call) read(resp *http.Response) error {
	c.response = resp
	success := resp.StatusCode/100 == 2
	if success && c.streaming() {
		return nil
	}
	limit, spare := int64(maxErrorBody), []byte(nil)
	if success {
		limit, spare = maxBody, c.in.Buffer
	}
	var err error
	if resp.StatusCode >= http.StatusOK { // the body of a 101 is the bare connection: no ctx and no timeout ends it
		c.body, err = readBody(resp.Body, spare, resp.ContentLength, limit)
	}
	_ = resp.Body.Close()
	resp.Body = http.NoBody // the library drains what it was handed
	if !success {
		c.judgeAnswer() // an error answer that is cut or too large is still the answer
		return nil
	}
	return err
}

// readBody reads to the end, which gives the connection back, or to limit. The buffer is spare, or has the announced size,
// but grows with what arrives where a lot is announced. What is read before the limit is returned with the error.
func readBody(r io.Reader, spare []byte, announced, limit int64) ([]byte, error) {
	const trusted = 1 << 20
	if announced > limit {
		limit = min(limit, maxErrorBody) // the error that follows shows no more
	}
	if announced < 0 {
		announced = 511
	}
	size := min(announced, trusted) + 1 // one more, to see the end in the same call
	body := spare[:0]
	if int64(cap(body)) < size {
		body = make([]byte, 0, size)
	}
	for {
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
		}
	}
}

// judgeAnswer reads what an answer outside 2xx says about another attempt.
func (c *call) judgeAnswer() {
	status := c.response.StatusCode
	c.after, c.asked = parseRetryAfter(c.response.Header.Get("Retry-After"), time.Now())
	hint := c.client.settings.RetryHint
	if !c.asked && hint != nil && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		c.after, c.asked = hint(c.body)
	}
	if failed := c.client.settings.FailedAfterAccept; failed != nil && failed(status) {
		c.standing = acted
		return
	}
	c.standing = judgeStatus(status, c.asked)
}

// fail judges an attempt that brought no whole answer, or a 2xx that is too large.
func (c *call) fail(err error) {
	if errors.Is(err, parley.ErrResponseTooLarge) {
		c.cause, c.standing = err, acted
		return
	}
	c.response, c.body = nil, nil
	if content := c.in.Content; content != nil && content.Err() != nil {
		c.cause, c.standing = content.Err(), final
		return
	}
	interrupted := c.interrupted()
	c.standing = judgeError(err, c.trace.delivery(interrupted != nil || timedOut(err)))
	if interrupted != nil {
		err = interrupted
	}
	c.cause = err
}

// timedOut reports whether a timeout that is not the SDK's ended the attempt, such as that of the user's http.Client.
func timedOut(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// Fetch sends the call and decodes its JSON reply into a T. complete then sets what does not come from the wire (Raw),
// merges older spellings and reports a missing member; nil: nothing to do.
func Fetch[T any](ctx context.Context, c *Client, in Call, complete func(*T, parley.Raw) error) (*T, error) {
	reply, err := c.Do(ctx, in)
	if err != nil {
		return nil, err
	}
	out := new(T)
	if err := decode(reply.Body, out); err != nil {
		return nil, reply.Fail(parley.ErrDecode, err)
	}
	if complete != nil {
		if err := complete(out, reply.Body); err != nil {
			return nil, reply.Fail(parley.ErrDecode, err)
		}
	}
	return out, nil
}

// Send sends the call and takes any 2xx for success.
func (c *Client) Send(ctx context.Context, in Call) error {
	_, err := c.Do(ctx, in)
	return err
}

func decode(body []byte, out any) error {
	switch lenient.Kind(body) {
	case 0:
		return errors.New("the body is empty")
	case 'n':
		return errors.New("the body is null")
	}
	return lenient.Unmarshal(body, out)
}
