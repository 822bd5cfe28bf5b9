package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/backoff"
)

// Do sends the call and returns its 2xx response. The body is read whole unless it is a stream.
func (c *Client) Do(ctx context.Context, in Call) (*Response, error) {
	return Decode(ctx, c, in, func(r *Response) (*Response, error) { return r, nil })
}

// Decode sends the call and passes its 2xx response to decode. An error of decode becomes the error of the call.
func Decode[T any](ctx context.Context, c *Client, in Call, decode func(*Response) (T, error)) (out T, _ error) {
	l := c.settings.takeLoop()
	returned := false
	defer func() {
		if returned {
			c.settings.giveBack(l)
		} else {
			l.abandon()
		}
	}()
	if err := l.request.prepare(ctx, c, &in); err != nil {
		returned = true
		return out, argumentError(c, in.Operation, err) // before any request
	}
	if l.request.options != nil {
		l.began = time.Now() // for WithResponse
	}
	if c.settings.Hooks.OnCall != nil {
		l.beginCall()
	}
	if l.err = l.startAttempt(); l.err == nil {
		_, _ = l.engine.Do(&l.wire) //nolint:bodyclose // readResponse closes the body, or the reader of the stream does
	}
	response, err := l.finish()
	if err == nil {
		out, err = decode(response)
	}
	if l.onEnd != nil && (response == nil || response.Stream == nil) {
		l.endCall(err)
	}
	returned = true
	return out, err
}

// loop makes the attempts of one call at a time. All of it belongs to the caller's goroutine. A loop serves one call
// after another, so its values must not be reachable from what a call leaves behind, such as a Response, a Stream, an
// error, or the request of an attempt, which net/http may still use.
type loop struct {
	call

	engine retryablehttp.Client
	wire   retryablehttp.Request
	client http.Client // sends one attempt at a time
}

// call is one call while it runs.
type call struct {
	request request    // the same for all attempts
	attempt attempt    // the last one; its number is zero until one has begun
	retry   retryState // the state that the attempts so far leave for the next
	err     error      // why no further attempt could begin

	began     time.Time // of the call; zero if no hook or option needs it
	firstByte time.Duration
	onEnd     func(parley.CallResult) // nil if no hook waits for the end of the call
}

// newLoop returns a loop in which go-retryablehttp drives the attempts. It calls the hooks below in the order in which
// they are listed.
func newLoop(client *http.Client) *loop {
	l := &loop{client: *client}
	l.client.Transport = &l.attempt.guard
	l.wire.SetResponseHandler(l.readResponse) // after http.Client has sent the attempt's request
	l.engine = retryablehttp.Client{
		HTTPClient:   &l.client,
		CheckRetry:   l.afterAttempt, // after the response was read, or could not be
		PrepareRetry: l.beforeRetry,
		// The loop counts and waits itself, because the library's wait would hide the last response when ctx ends
		// during it.
		RetryMax: mostRetries,
		Backoff:  func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 },
		// The loop knows more about the last attempt than the error that the library would make.
		ErrorHandler: func(r *http.Response, err error, _ int) (*http.Response, error) { return r, err },
	}
	return l
}

// takeLoop returns a loop that no call uses.
func (s *settings) takeLoop() *loop {
	if l, ok := s.loops.Get().(*loop); ok {
		return l
	}
	return newLoop(s.http)
}

// giveBack keeps l for another call. Nothing of the former call is left in it.
func (s *settings) giveBack(l *loop) {
	l.call, l.wire.Request = call{}, nil
	s.loops.Put(l)
}

// afterAttempt holds the steps after each attempt: classify, decide, notify the observers, refresh a refused
// credential.
func (l *loop) afterAttempt(_ context.Context, _ *http.Response, err error) (again bool, _ error) {
	if err == nil && l.attempt.response == nil {
		return false, nil // readResponse runs next, and then afterAttempt once more
	}
	s := l.request.client.settings
	if l.endAttempt(err); l.attempt.succeeded {
		l.retry.wait = 0
		s.budget.refund()
	} else {
		again = l.decideRetry(classify(l.attempt.outcome))
	}
	if s.observed() {
		l.notifyObservers()
	}
	if l.request.options != nil && l.attempt.response != nil {
		l.notifyResponse()
	}
	if again = again && l.refreshCredential(); again {
		// The library checks the context of the request before it calls beforeRetry, and the attempt's context has
		// ended.
		l.wire.Request = l.wire.Request.WithContext(l.request.ctx)
	}
	return again, nil
}

// beforeRetry waits and begins the next attempt.
func (l *loop) beforeRetry(*http.Request) error {
	if l.err = backoff.Sleep(l.request.ctx, l.retry.wait); l.err == nil {
		l.err = l.startAttempt()
	}
	return l.err
}
