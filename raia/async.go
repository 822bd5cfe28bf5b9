package raia

import (
	"context"
	"errors"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/transport"
)

var getResponse = transport.Operation{
	Name: "get response", Method: "GET", Idempotent: true,
	Path: "/conversations/{id}/messages/{questionMessageId}/response-on",
}

// AsyncStatus is the status of an asynchronous answer. Await treats a status that this package does not know as
// pending.
type AsyncStatus string

// These are the statuses. The older "running" is decoded as pending and the older "error" as failed.
const (
	AsyncStatusPending   AsyncStatus = "pending"
	AsyncStatusCompleted AsyncStatus = "completed"
	AsyncStatusFailed    AsyncStatus = "failed"
)

// AsyncResponse is the response to a poll for the answer to a message of SendAsync. The answer may still be missing in
// it.
type AsyncResponse struct {
	Status  AsyncStatus `json:"status"`  // one of the three constants, or a newer one
	Message *Message    `json:"message"` // nil unless Status is AsyncStatusCompleted
	Error   string      `json:"error"`   // why the answer failed, if the vendor gives a reason
	Raw     parley.Raw  `json:"-"`       // the response as received
}

// GetResponse polls once for the answer to a message of SendAsync. It calls
// GET /conversations/{id}/messages/{questionMessageId}/response-on, which is in the OpenAPI document only.
func (s *ConversationsService) GetResponse(ctx context.Context, id, questionMessageID string) (*AsyncResponse, error) {
	response, _, err := poll[AsyncResponse](ctx, s.api, responseCall(id, questionMessageID))
	return response, err
}

// Await polls for the answer to a message of SendAsync until the answer is completed or failed, or until ctx ends.
// Config.PollInterval sets the pace. Give ctx a deadline, because the vendor names no time by which an answer is there,
// and Await could otherwise poll for ever.
//
// If a poll fails for a reason that may pass, Await goes on. Such reasons are the network, a 5xx, a 429 and a response
// that cannot be read. The next poll waits as long as a Retry-After asks for, even beyond Config.MaxRetryWait. When ctx
// ends, the error matches ctx.Err(). If the last poll got an error response, the error holds that response. An answer
// that failed is returned together with an *Error that matches ErrAnswerFailed and has the vendor's text.
//
// It calls GET /conversations/{id}/messages/{questionMessageId}/response-on, which is in the OpenAPI document only.
func (s *ConversationsService) Await(ctx context.Context, id, questionMessageID string) (*AsyncResponse, error) {
	return await[AsyncResponse](ctx, (*service)(s), responseCall(id, questionMessageID))
}

func responseCall(id, questionMessageID string) transport.Call {
	return transport.Call{Operation: &getResponse, IDs: []string{id, questionMessageID}}
}

func (r *AsyncResponse) afterDecode(raw parley.Raw) error {
	r.Raw = raw
	r.Status = r.Status.normalize(r.Message != nil, r.Error != "", raw)
	if r.Status == AsyncStatusCompleted && r.Message == nil {
		return errors.New("the response says that the answer is completed, but has no message")
	}
	return requireMember("status", string(r.Status))
}

func (r *AsyncResponse) status() AsyncStatus { return r.Status }

// normalize translates the older names. If the response has no status, normalize infers it from the rest of the
// response. It returns "" if that is not possible either.
func (s AsyncStatus) normalize(answered, failed bool, raw []byte) AsyncStatus {
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
