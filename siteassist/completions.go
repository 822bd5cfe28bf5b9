package siteassist

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/lenient"
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

// FinishReason says why an answer, or a step of it, ended. The list is open: the vendor shows stop only, the others are
// those of the AI SDK.
type FinishReason string

// The reasons.
const (
	FinishReasonStop          FinishReason = "stop"
	FinishReasonLength        FinishReason = "length"
	FinishReasonContentFilter FinishReason = "content-filter"
	FinishReasonToolCalls     FinishReason = "tool-calls"
	FinishReasonError         FinishReason = "error"
	FinishReasonOther         FinishReason = "other"
	FinishReasonUnknown       FinishReason = "unknown"
)

// Completion is a whole answer. The vendor shows it by an example, without a schema.
type Completion struct {
	Steps []CompletionStep `json:"steps"` // in order
	Raw   parley.Raw       `json:"-"`     // the reply as sent
}

// CompletionStep is one turn of the model; there are several where it uses tools.
type CompletionStep struct {
	Content      []CompletionContent `json:"content"`      // in order
	FinishReason FinishReason        `json:"finishReason"` // why the step ended
	Usage        Usage               `json:"usage"`        // what the step cost
}

// CompletionContent is a piece of a step. What other types than "text" hold is not documented: Completion.Raw has it.
type CompletionContent struct {
	Type string `json:"type"` // "text", or another
	Text string `json:"text"` // "" where the type is another
}

// Usage counts tokens.
type Usage struct {
	InputTokens       int `json:"inputTokens"`       // read
	OutputTokens      int `json:"outputTokens"`      // written
	TotalTokens       int `json:"totalTokens"`       // both
	ReasoningTokens   int `json:"reasoningTokens"`   // written and not shown
	CachedInputTokens int `json:"cachedInputTokens"` // read from a cache
}

// Text returns the text of all steps, in order, with nothing inserted.
func (c *Completion) Text() string {
	var b strings.Builder
	for _, step := range c.Steps {
		for _, content := range step.Content {
			if content.Type == typeText {
				b.WriteString(content.Text)
			}
		}
	}
	return b.String()
}

func (c *Completion) complete(raw parley.Raw) error {
	c.Raw = raw
	if c.Steps == nil {
		return errors.New("the reply has no steps")
	}
	return nil
}

// SendResult is the outcome of a message: a whole answer, or the notice that the message waits for a human agent.
type SendResult struct {
	Queued     bool        // a human agent will answer: list the messages later
	Completion *Completion // nil: queued
	Raw        parley.Raw  `json:"-"` // the reply as sent; the text of the notice, not JSON, if Queued
}

// Text returns the text of all steps of the answer, in order, with nothing inserted; "" if the message is queued.
func (r *SendResult) Text() string {
	if r.Completion == nil {
		return ""
	}
	return r.Completion.Text()
}

// send sends call and tells an answer from the notice that a message is queued: by the content type alone, because the
// vendor prints no status for the latter.
func send(ctx context.Context, api *transport.Client, call transport.Call) (*SendResult, error) {
	call.Accept = "application/json, text/plain"
	reply, err := api.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	if _, ok := readNotice(reply); ok {
		return &SendResult{Queued: true, Raw: reply.Body}, nil
	}
	completion, err := decodeCompletion(reply.Body)
	if err != nil {
		return nil, reply.Fail(parley.ErrDecode, err)
	}
	return &SendResult{Completion: completion, Raw: reply.Body}, nil
}

func decodeCompletion(body []byte) (*Completion, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, errors.New("the body is empty")
	}
	c := new(Completion)
	if err := lenient.Unmarshal(body, c); err != nil {
		return nil, err
	}
	return c, c.complete(body)
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
