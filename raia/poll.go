package raia

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/backoff"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// answer is the response to a poll. The answer itself may still be missing in it.
type answer[T any] interface {
	*T
	// afterDecode sets Raw and the status. It refuses a response without a status.
	afterDecode(raw parley.Raw) error
	status() AsyncStatus
}

// poll sends call and decodes its response. A response of null means that the answer is not there yet.
func poll[T any, P answer[T]](
	ctx context.Context, api *transport.Client, call transport.Call,
) (*T, *transport.Response, error) {
	out := new(T)
	reply, err := transport.Decode(ctx, api, call, func(response *transport.Response) (*transport.Response, error) {
		err := response.Decoder().Unmarshal(response.Body, out)
		if err == nil {
			err = P(out).afterDecode(response.Body)
		}
		if err != nil {
			return nil, response.Fail(parley.ErrDecode, err)
		}
		return response, nil
	})
	if err != nil {
		return nil, nil, err
	}
	return out, reply, nil
}

// await polls until the answer is there, a poll fails for a reason that will not pass, or ctx ends.
func await[T any, P answer[T]](ctx context.Context, s *service, call transport.Call) (answer *T, err error) {
	polls := 1
	ctx, end := s.beginAwait(ctx, call.Operation)
	defer func() { end(polls, err) }()
	for ; ; polls++ {
		began := time.Now()
		out, response, err := poll[T, P](ctx, s.api, call)
		switch {
		case err != nil && !willPass(err):
			return nil, err
		case err == nil && P(out).status() == AsyncStatusCompleted:
			return out, nil
		case err == nil && P(out).status() == AsyncStatusFailed:
			return out, response.Fail(ErrAnswerFailed)
		}
		wait := max(s.poll.wait(ctx, polls-1, time.Since(began)), retryAfter(err))
		if backoff.Sleep(ctx, wait) != nil {
			return nil, noAnswer(ctx, call.Operation, polls, err)
		}
	}
}

// willPass reports whether a later poll may succeed although this one failed with err, because the network, the server
// or the rate limit was at fault. An error response that rules this out, such as one for a missing conversation, is
// final.
func willPass(err error) bool {
	if errors.Is(err, ErrInvalidArgument) {
		return false
	}
	failure, ok := errors.AsType[*Error](err)
	if !ok {
		return !transport.IsPermanent(err)
	}
	switch failure.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return failure.StatusCode >= 500 || errors.Is(err, ErrDecode)
}

// retryAfter returns the wait that the response to a failed poll asks for.
func retryAfter(err error) time.Duration {
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure.RetryAfter
	}
	return 0
}

// beginAwait reports the start of an Await to Hooks.OnCall. An Await is one call, and its polls are calls below it. The
// returned func reports the end of the Await. It takes the number of polls as that of the attempts.
func (s *service) beginAwait(ctx context.Context, op *transport.Operation) (context.Context, func(int, error)) {
	if s.onCall == nil {
		return ctx, func(int, error) {}
	}
	began := time.Now()
	inner, onEnd := s.onCall(ctx, parley.Call{
		Vendor: "raia", Operation: "raia: " + awaitName(op), Method: op.Method, Path: op.Path,
		Server: s.api.Server(), Idempotent: true,
	})
	if inner != nil {
		ctx = inner
	}
	return ctx, func(polls int, err error) {
		if onEnd != nil {
			onEnd(parley.CallResult{StatusCode: statusOf(err), Attempts: polls, Duration: time.Since(began), Err: err})
		}
	}
}

// awaitName is the name of an Await in errors and hooks, where op is the operation of its polls.
func awaitName(op *transport.Operation) string { return strings.Replace(op.Name, "get", "await", 1) }

// statusOf returns the status of the last response to an Await that ended with err, or 0 if there was no response.
func statusOf(err error) int {
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure.StatusCode
	}
	if err != nil {
		return 0
	}
	return http.StatusOK
}

// noAnswerError is the error of an Await whose ctx ended.
type noAnswerError struct {
	text   string
	causes []error
}

// noAnswer returns the error of an Await whose ctx ended after the given number of polls. last is the error of the last
// poll, or nil if that poll found the answer pending. If last is not an error response, it is only quoted, because an
// ErrNotSent of the last poll does not hold for the polls before.
func noAnswer(ctx context.Context, op *transport.Operation, polls int, last error) error {
	ended := ctx.Err()
	e := &noAnswerError{causes: []error{ended, context.Cause(ctx)}}
	failure, responded := errors.AsType[*Error](last)
	if responded {
		e.causes = append(e.causes, failure)
	}
	e.text = fmt.Sprintf("raia: %s: no answer after %s: %v", awaitName(op), count(polls), ended)
	if last != nil && (responded || !errors.Is(last, ended)) {
		e.text += ": the last poll failed: " + strings.TrimPrefix(last.Error(), "raia: ")
	} else {
		e.text += fmt.Sprintf(" (%s %s)", op.Method, op.Path)
	}
	return e
}

func count(polls int) string {
	if polls == 1 {
		return "1 poll"
	}
	return fmt.Sprintf("%d polls", polls)
}

// Error names the operation, the number of polls and the failure of the last one.
func (e *noAnswerError) Error() string { return e.text }

// Format prints the text of Error for every verb.
func (e *noAnswerError) Format(state fmt.State, verb rune) { redact.Format(state, verb, e.text) }

// Unwrap returns the error of ctx, its cause, and the error of the last poll if that was an error response.
func (e *noAnswerError) Unwrap() []error { return e.causes }

const (
	firstPoll = time.Second     // the default of Config.PollInterval
	maxPoll   = 5 * time.Second // the largest interval
	// lastPoll is the shortest time before the deadline at which the last poll may start.
	lastPoll = 10 * time.Millisecond
	forever  = time.Duration(1<<63 - 1)
)

// poller decides when to poll again.
type poller struct{ first time.Duration } // zero means firstPoll

// wait returns the wait after poll n (0, 1, ...), which took the time took. The last poll starts as late as its
// response can still arrive before the deadline of ctx. After that poll, wait returns a time that outlasts every
// deadline.
func (p poller) wait(ctx context.Context, n int, took time.Duration) time.Duration {
	wait := p.interval(n)
	deadline, ok := ctx.Deadline()
	if !ok {
		return wait
	}
	left, margin := time.Until(deadline), 2*took+lastPoll
	switch {
	case wait+took+margin <= left: // otherwise the next poll would leave no time for the last one
		return wait
	case left > margin:
		return left - margin
	}
	return forever
}

// interval returns the time between two polls. It grows by half with each poll, up to 5 s. A random fifth is taken off,
// so that the polls of many callers spread.
func (p poller) interval(n int) time.Duration {
	interval := p.first
	if interval == 0 {
		interval = firstPoll
	}
	for limit := max(maxPoll, interval); n > 0 && interval < limit; n-- {
		interval = min(interval+interval/2+1, limit)
	}
	return interval - rand.N(interval/5+1)
}
