package siteassist

import (
	"context"
	"strconv"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

// CompletionsService answers without a conversation: what was said before travels with each call. The vendor shows it
// with a private key; whether a visitor's session serves too is not documented.
type CompletionsService struct {
	api       *transport.Client // with the bearer token
	streaming streaming
}

var (
	createCompletion = transport.Operation{Name: "create completion", Method: "POST", Path: "/chat/completions"}
	streamCompletion = transport.Operation{Name: "stream completion", Method: "POST", Path: "/chat/completions"}
)

// CompletionMessage is one message of the history that a completion goes on from.
type CompletionMessage struct {
	Role    Role   `json:"role"`    // RoleSystem, RoleUser or RoleAssistant; required
	Content string `json:"content"` // what was said
}

// CompletionParams is the input of Completions.Create and Completions.Stream.
type CompletionParams struct {
	AssistantID string              // a UUID; "": the project's default assistant
	Messages    []CompletionMessage // oldest first, at least one
}

type completionBody struct {
	AssistantID string              `json:"assistantId,omitzero"`
	Messages    []CompletionMessage `json:"messages"`
	Stream      bool                `json:"stream"`
}

// Create answers the last of the messages. It calls POST /chat/completions (https://docs.siteassist.io, chat
// completions). It is never sent twice: when the server may have answered although the call failed, the error matches
// ErrDeliveryUnknown. A spent quota matches ErrRateLimited or ErrPaymentRequired.
func (s *CompletionsService) Create(ctx context.Context, params CompletionParams) (*Completion, error) {
	return transport.Fetch(ctx, s.api, params.call(&createCompletion, false), (*Completion).complete)
}

// Stream answers the last of the messages and returns the answer as it is made, in the AI SDK's UI message stream format.
// It calls POST /chat/completions (https://docs.siteassist.io, chat completions). A reply that is no event stream matches
// ErrDecode, also a JSON completion, which then is in Error.Body. Errors are those of Create.
func (s *CompletionsService) Stream(ctx context.Context, params CompletionParams) (*Stream, error) {
	return openStream(ctx, s.api, params.call(&streamCompletion, true), s.streaming, false)
}

func (p CompletionParams) call(op *transport.Operation, stream bool) transport.Call {
	return transport.Call{
		Operation: op, ArgumentErr: p.check(),
		Body: completionBody{AssistantID: p.AssistantID, Messages: p.Messages, Stream: stream},
	}
}

func (p CompletionParams) check() error {
	if len(p.Messages) == 0 {
		return apierr.Required("Messages")
	}
	for i, message := range p.Messages {
		if message.Role == "" {
			return apierr.Required("Messages[" + strconv.Itoa(i) + "].Role")
		}
	}
	return nil
}
