package raia

import (
	"context"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

// A booking counts as not idempotent, because a booking that is sent twice is booked twice.
var logUsage = transport.Operation{Name: "log resource usage", Method: "POST", Path: "/resource-usage"}

// ResourceUsageService books usage from elsewhere to the agent. It is safe for concurrent use.
type ResourceUsageService service

// ResourceType is a kind of resource.
type ResourceType string

// These are the resources.
const (
	ResourceTypeOpenAITokens ResourceType = "OPENAI_TOKENS"
	ResourceTypeVapiSeconds  ResourceType = "VAPI_SECONDS" // of phone calls
)

// LogUsageParams is the usage of a resource. Both fields are required.
type LogUsageParams struct {
	Type   ResourceType `json:"type"`   // the resource
	Amount float64      `json:"amount"` // tokens, or seconds
}

func (p LogUsageParams) validate() error {
	if p.Amount == 0 {
		return apierr.Required("Amount")
	}
	return required(field{"Type", string(p.Type)})
}

// Log books tokens or call seconds to the agent. It calls POST /resource-usage.
// Source: the vendor's page "Resource Usage Logs".
func (s *ResourceUsageService) Log(ctx context.Context, params LogUsageParams) error {
	return s.api.Send(ctx, transport.Call{Operation: &logUsage, Body: params, ArgumentErr: params.validate()})
}
