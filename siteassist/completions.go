package siteassist

import (
	"context"
	"strconv"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

// CompletionsService answers without a conversation: each call carries the whole history. The vendor shows it with a
// private key, and does not say whether a visitor's session is accepted too.
type CompletionsService service

var (
	createCompletion = transport.Operation{Name: "create completion", Method: "POST", Path: "/chat/completions"}
	streamCompletion = transport.Operation{Name: "stream completion", Method: "POST", Path: "/chat/completions"}
)

// CompletionMessage is one message of the history that a completion continues.
type CompletionMessage struct {
	Role    Role   `json:"role"`    // required: RoleSystem, RoleUser or RoleAssistant
	Content string `json:"content"` // the text of the message
}

// CompletionParams is the input of Completions.Create and Completions.Stream.
type CompletionParams struct {
	AssistantID string              // a UUID, or "" for the project's default assistant
	Messages    []CompletionMessage // at least one, oldest first
}

type completionBody struct {
	AssistantID string              `json:"assistantId,omitzero"`
	Messages    []CompletionMessage `json:"messages"`
	Stream      bool                `json:"stream"`
}

// Create answers the last of the messages. It calls POST /chat/completions (https://docs.siteassist.io, chat
// completions). It is never sent twice. If the call failed but the server may have answered, the error matches
// ErrDeliveryUnknown. If a quota is spent, the error matches ErrRateLimited or ErrPaymentRequired.
func (s *CompletionsService) Create(ctx context.Context, params CompletionParams) (*Completion, error) {
	return transport.Fetch(ctx, s.api, params.call(&createCompletion, false), (*Completion).afterDecode)
}

// Stream answers the last of the messages and returns the answer while it is made, in the format of the AI SDK's UI
// message stream. It calls POST /chat/completions (https://docs.siteassist.io, chat completions). It returns the same
// errors as Create. If the response is not an event stream, even if it is a whole completion, the error matches
// ErrDecode, and Error.Body holds the response.
func (s *CompletionsService) Stream(ctx context.Context, params CompletionParams) (*Stream, error) {
	return openStream(ctx, s.api, params.call(&streamCompletion, true), s.core.streaming, false)
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
