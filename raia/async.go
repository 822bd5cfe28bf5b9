package raia

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/transport"
)

var getResponse = transport.Operation{
	Name: "get response", Method: "GET", Idempotent: true,
	Path: "/conversations/{id}/messages/{questionMessageId}/response-on",
}

// AsyncStatus says how far an asynchronous answer is. A status that the vendor adds later counts as pending in Await.
type AsyncStatus string

// The statuses. The older "running" is read as pending, the older "error" as failed.
const (
	AsyncStatusPending   AsyncStatus = "pending"
	AsyncStatusCompleted AsyncStatus = "completed"
	AsyncStatusFailed    AsyncStatus = "failed"
)

// errAnswerFailed is the cause of the error of a failed answer.
var errAnswerFailed = errors.New("the answer failed")

// AsyncResponse is the answer to a message that was sent with SendAsync.
type AsyncResponse struct {
	Status  AsyncStatus `json:"status"`  // one of the three constants, or a later one
	Message *Message    `json:"message"` // nil unless Status is AsyncStatusCompleted
	Error   string      `json:"error"`   // why it failed; "" if it did not, or nobody says why
	Raw     parley.Raw  `json:"-"`       // the reply as sent
}

// GetResponse looks once for the answer to a message of SendAsync. It calls
// GET /conversations/{id}/messages/{questionMessageId}/response-on, which is in the OpenAPI document only.
func (s *ConversationsService) GetResponse(ctx context.Context, id, questionMessageID string) (*AsyncResponse, error) {
	response, _, err := look[AsyncResponse](ctx, s.api, responseCall(id, questionMessageID))
	return response, err
}

// Await looks for the answer to a message of SendAsync until it is completed, failed or ctx ends, whose error the
// error then matches; see Config.PollInterval. Give ctx a deadline: the vendor names no end. An answer that failed is
// returned together with an *Error whose Message is its text.
// It calls GET /conversations/{id}/messages/{questionMessageId}/response-on, which is in the OpenAPI document only.
func (s *ConversationsService) Await(ctx context.Context, id, questionMessageID string) (*AsyncResponse, error) {
	return await[AsyncResponse](ctx, s.poll, s.api, responseCall(id, questionMessageID))
}

func responseCall(id, questionMessageID string) transport.Call {
	return transport.Call{Operation: &getResponse, IDs: []string{id, questionMessageID}}
}

func (r *AsyncResponse) settle(raw parley.Raw) error {
	r.Raw = raw
	r.Status = r.Status.settle(r.Message != nil, r.Error != "", raw)
	if r.Status == AsyncStatusCompleted && r.Message == nil {
		return errors.New("the reply has no message, but says that it is completed")
	}
	return lacks("status", string(r.Status))
}

func (r *AsyncResponse) status() AsyncStatus { return r.Status }

// settle reads the older names and, where there is no status, what the rest of the reply says; "": nothing.
func (s AsyncStatus) settle(answered, failed bool, raw []byte) AsyncStatus {
	switch {
	case s == "running", s == "" && lenient.Kind(raw) == 'n':
		return AsyncStatusPending
	case s == "error", s == "" && failed:
		return AsyncStatusFailed
	case s == "" && answered:
		return AsyncStatusCompleted
	}
	return s
}

// answer is a reply that may not be there yet.
type answer[T any] interface {
	*T
	settle(raw parley.Raw) error
	status() AsyncStatus
}

// look sends call and decodes its reply, where null means that there is no answer yet.
func look[T any, P answer[T]](
	ctx context.Context, api *transport.Client, call transport.Call,
) (*T, *transport.Response, error) {
	reply, err := api.Do(ctx, call)
	if err != nil {
		return nil, nil, err
	}
	out := new(T)
	if err = lenient.Unmarshal(reply.Body, out); err == nil {
		err = P(out).settle(reply.Body)
	}
	if err != nil {
		return nil, nil, reply.Fail(parley.ErrDecode, err)
	}
	return out, reply, nil
}

// await looks until the answer is there or ctx ends.
func await[T any, P answer[T]](ctx context.Context, p poller, api *transport.Client, call transport.Call) (*T, error) {
	for n := 0; ; n++ {
		began := time.Now()
		out, reply, err := look[T, P](ctx, api, call)
		if err != nil {
			return nil, err
		}
		switch P(out).status() {
		case AsyncStatusCompleted:
			return out, nil
		case AsyncStatusFailed:
			return out, reply.Fail(errAnswerFailed)
		}
		if err := sleep(ctx, p.wait(ctx, n, time.Since(began))); err != nil {
			return nil, fmt.Errorf("raia: await answer: %w: none came yet (%s %s, %d looks)",
				err, call.Operation.Method, call.Operation.Path, n+1)
		}
	}
}

// What a poller waits for between two looks.
const (
	firstPoll = time.Second
	maxPoll   = 5 * time.Second
	// lastPoll is how long before the deadline the last look happens at the latest.
	lastPoll = 10 * time.Millisecond
	never    = time.Duration(1<<63 - 1)
)

// poller decides when to look again.
type poller struct{ first time.Duration } // 0: firstPoll

// wait returns the wait after look n (0, 1, ...), which took so long. The last look comes as late as its answer can
// still arrive before the deadline of ctx; after it there is nothing left but to wait for the end.
func (p poller) wait(ctx context.Context, n int, took time.Duration) time.Duration {
	wait := p.interval(n)
	deadline, ok := ctx.Deadline()
	if !ok {
		return wait
	}
	left, margin := time.Until(deadline), 2*took+lastPoll
	switch {
	case wait+took+margin <= left: // else the look after this wait would leave no room for the last one
		return wait
	case left > margin:
		return left - margin
	}
	return never
}

// interval grows by half with each look, to 5 s, less a fifth at random, so that many callers do not look in step.
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

// sleep waits d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
