package siteassist

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/transport"
)

// FinishReason says why an answer, or a step of it, ended. The vendor shows only FinishReasonStop. The other values
// come from the AI SDK, and servers may send further ones.
type FinishReason string

// These are the reasons that the AI SDK knows. FinishReasonLength, FinishReasonContentFilter and FinishReasonError say
// that the model ended before it had finished its answer.
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
	Steps []CompletionStep `json:"steps"` // the turns of the model, in order
	Raw   parley.Raw       `json:"-"`     // the response as sent
}

// CompletionStep is one turn of the model. An answer has several where the model uses tools.
type CompletionStep struct {
	Content      []CompletionContent `json:"content"`      // the pieces of the step, in order
	FinishReason FinishReason        `json:"finishReason"` // why the step ended
	Usage        Usage               `json:"usage"`        // the tokens of the step
}

// CompletionContent is a piece of a step. The vendor documents pieces of type "text" only. Completion.Raw holds the
// others whole.
type CompletionContent struct {
	Type string `json:"type"` // "text", or another type, or "" for a piece of an unknown shape
	Text string `json:"text"` // the text, in Markdown
}

// Usage counts tokens.
type Usage struct {
	InputTokens  int `json:"inputTokens"`  // tokens that the model read
	OutputTokens int `json:"outputTokens"` // tokens that the model wrote
	TotalTokens  int `json:"totalTokens"`  // the sum of both
	// ReasoningTokens are tokens that the model wrote for its reasoning and that are not shown.
	ReasoningTokens   int `json:"reasoningTokens"`
	CachedInputTokens int `json:"cachedInputTokens"` // tokens that the model read from a cache
}

// Text returns the text of all steps, in order, without separators.
func (c *Completion) Text() string {
	var b strings.Builder
	for i := range c.Steps {
		b.WriteString(c.Steps[i].text())
	}
	return b.String()
}

// LastText returns the text of the last step, without separators. The AI SDK calls this the text of an answer. It
// leaves out the words that the model said between its uses of tools.
func (c *Completion) LastText() string {
	if len(c.Steps) == 0 {
		return ""
	}
	return c.Steps[len(c.Steps)-1].text()
}

func (s *CompletionStep) text() string {
	var b strings.Builder
	for _, content := range s.Content {
		if content.Type == typeText {
			b.WriteString(content.Text)
		}
	}
	return b.String()
}

// UnmarshalJSON decodes a step. Its content must be readable, because the answer would be incomplete without it. A
// reason or a count in an unknown form is left out.
func (s *CompletionStep) UnmarshalJSON(data []byte) error {
	var members struct {
		Content      json.RawMessage `json:"content"`
		FinishReason json.RawMessage `json:"finishReason"`
		Usage        json.RawMessage `json:"usage"`
	}
	if err := lenient.Unmarshal(data, &members); err != nil {
		return err
	}
	*s = CompletionStep{FinishReason: FinishReason(text(members.FinishReason))}
	_ = lenient.Unmarshal(members.Usage, &s.Usage)
	return s.decodeContent(members.Content)
}

// decodeContent reads a list of pieces, one piece, or a bare text. Any other form is an error, because it could hide
// the answer.
func (s *CompletionStep) decodeContent(raw []byte) error {
	switch lenient.Kind(raw) {
	case 0, 'n':
		return nil
	case '[':
		return lenient.Unmarshal(raw, &s.Content)
	case '{':
		s.Content = make([]CompletionContent, 1)
		return lenient.Unmarshal(raw, &s.Content[0])
	case '"':
		s.Content = []CompletionContent{{Type: typeText, Text: text(raw)}}
		return nil
	}
	return errors.New("the content of a step is not a list")
}

var errNoText = errors.New("a content of type text has no text")

// UnmarshalJSON decodes a piece of any shape. It fails only on a text that cannot be read, because leaving that out
// would shorten the answer.
func (c *CompletionContent) UnmarshalJSON(data []byte) error {
	*c = CompletionContent{}
	typ, ok := lenient.Type(data)
	if !ok {
		return nil
	}
	var members struct {
		Text json.RawMessage `json:"text"`
	}
	if err := lenient.Unmarshal(data, &members); err != nil {
		return err
	}
	c.Type, c.Text = string(typ), text(members.Text)
	if c.Type == typeText && lenient.Kind(members.Text) != '"' {
		return errNoText
	}
	return nil
}

func (c *Completion) afterDecode(raw parley.Raw) error {
	c.Raw = raw
	if c.Steps == nil {
		return errors.New("the response has no steps")
	}
	return nil
}

// SendResult is the outcome of a message: a whole answer, or the notice that the message waits for a human agent.
type SendResult struct {
	Queued     bool        // a human agent will answer, and Messages.List finds the answer later
	Completion *Completion // the answer, or nil if the message is queued
	// Raw is the response as sent. If the message is queued, it is the text of the notice, which need not be JSON.
	Raw parley.Raw `json:"-"`
}

// Text returns the text of all steps of the answer, in order, without separators. It is empty if the message is queued.
func (r *SendResult) Text() string {
	if r.Completion == nil {
		return ""
	}
	return r.Completion.Text()
}

// LastText returns the text of the last step of the answer, as Completion.LastText does. It is empty if the message is
// queued.
func (r *SendResult) LastText() string {
	if r.Completion == nil {
		return ""
	}
	return r.Completion.LastText()
}

// send sends call and tells an answer from the notice that the message is queued. The vendor prints no status for the
// notice, so send decides by the content type and the form of the body.
func send(ctx context.Context, api *transport.Client, call transport.Call) (*SendResult, error) {
	call.Accept = "application/json, " + mediaText
	return transport.Decode(ctx, api, call, func(response *transport.Response) (*SendResult, error) {
		if _, isNotice := readNotice(response); isNotice {
			return &SendResult{Queued: true, Raw: response.Body}, nil
		}
		completion, err := decodeCompletion(response.Body)
		if err != nil {
			return nil, response.Fail(parley.ErrDecode, err)
		}
		return &SendResult{Completion: completion, Raw: response.Body}, nil
	})
}

func decodeCompletion(body []byte) (*Completion, error) {
	if lenient.Kind(body) == 0 {
		return nil, errors.New("the body is empty")
	}
	c := decodePlainCompletion(body)
	if c == nil {
		c = new(Completion)
		if err := lenient.Unmarshal(body, c); err != nil {
			return nil, err
		}
	}
	return c, c.afterDecode(body)
}
