package raia

import (
	"context"
	"errors"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/transport"
)

var (
	runPrompt         = transport.Operation{Name: "run prompt", Method: "POST", Path: "/prompts"}
	startPrompt       = transport.Operation{Name: "start prompt", Method: "POST", Path: "/prompts/async"}
	getPromptResponse = transport.Operation{
		Name: "get prompt response", Method: "GET", Path: "/prompts/{id}/response-on", Idempotent: true,
	}
)

// PromptsService asks the agent questions outside of conversations. It is safe for concurrent use.
type PromptsService service

// PromptParams is a prompt.
type PromptParams struct {
	Prompt string `json:"prompt"` // required
	// TokenTrackingID marks the usage records of the prompt with a text of the caller's choice. It is optional.
	TokenTrackingID string           `json:"tokenTrackingId,omitzero"`
	Files           []FileAttachment `json:"files,omitempty"` // uploaded before, see CreateUploadURL
}

func (p PromptParams) validate() error {
	if p.Prompt == "" {
		return apierr.Required("Prompt")
	}
	return checkAttachments(p.Files)
}

// PromptResponse is the answer to a prompt. Older responses lack the status. If such a response has a text, Status is
// AsyncStatusCompleted.
type PromptResponse struct {
	Status      AsyncStatus `json:"status"`      // one of the three constants, or a newer one
	TotalTokens *int64      `json:"totalTokens"` // used, nil if unknown
	Response    string      `json:"response"`    // the text, empty unless Status is AsyncStatusCompleted
	Error       string      `json:"error"`       // why the answer failed, if the vendor gives a reason
	Raw         parley.Raw  `json:"-"`           // the response as received
}

// StartedPrompt is a prompt that the agent is working on.
type StartedPrompt struct {
	PromptID string     `json:"promptId"` // for GetResponse and Await
	Raw      parley.Raw `json:"-"`        // the response as received
}

func (p *StartedPrompt) afterDecode(raw parley.Raw) error {
	p.Raw = raw
	return requireMember("promptId", p.PromptID)
}

// Run asks the agent and waits for the answer, which can take long: see Config.Timeout, and Start, which does not wait.
// An answer that failed is returned together with an *Error that matches ErrAnswerFailed and has the vendor's text. It
// calls POST /prompts.
// Source: the vendor's page "Prompts".
func (s *PromptsService) Run(ctx context.Context, params PromptParams) (*PromptResponse, error) {
	call := transport.Call{Operation: &runPrompt, Body: params, ArgumentErr: params.validate()}
	answer, response, err := poll[PromptResponse](ctx, s.api, call)
	switch {
	case err != nil:
		return nil, err
	case lenient.Kind(response.Body) == 'n':
		return nil, response.Fail(parley.ErrDecode, errors.New("the body is null"))
	case answer.Status == AsyncStatusFailed:
		return answer, response.Fail(ErrAnswerFailed)
	}
	return answer, nil
}

// Start asks the agent without waiting for the answer, which Await fetches. It calls POST /prompts/async.
// Source: the vendor's page "Prompts".
func (s *PromptsService) Start(ctx context.Context, params PromptParams) (*StartedPrompt, error) {
	call := transport.Call{Operation: &startPrompt, Body: params, ArgumentErr: params.validate()}
	return transport.Fetch(ctx, s.api, call, (*StartedPrompt).afterDecode)
}

// GetResponse polls once for the answer to a prompt of Start. It calls GET /prompts/{id}/response-on.
// Source: the vendor's page "Prompts".
func (s *PromptsService) GetResponse(ctx context.Context, promptID string) (*PromptResponse, error) {
	response, _, err := poll[PromptResponse](ctx, s.api, promptCall(promptID))
	return response, err
}

// Await polls for the answer to a prompt of Start until the answer is completed or failed, or until ctx ends. Give
// ctx a deadline, because the vendor names no time by which an answer is there. Its own sample gives up after 120 s.
// Config.PollInterval sets the pace. Await treats failed polls and failed answers as Conversations.Await does. It
// calls GET /prompts/{id}/response-on.
// Source: the vendor's page "Prompts".
func (s *PromptsService) Await(ctx context.Context, promptID string) (*PromptResponse, error) {
	return await[PromptResponse](ctx, (*service)(s), promptCall(promptID))
}

func promptCall(id string) transport.Call {
	return transport.Call{Operation: &getPromptResponse, IDs: []string{id}}
}

func (r *PromptResponse) afterDecode(raw parley.Raw) error {
	r.Raw = raw
	r.Status = r.Status.normalize(r.Response != "" || r.TotalTokens != nil, r.Error != "", raw)
	return requireMember("status", string(r.Status))
}

func (r *PromptResponse) status() AsyncStatus { return r.Status }
