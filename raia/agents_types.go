package raia

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/seed-127a5941/parley"
)

// AgentStatus is the status of an agent.
type AgentStatus string

// These are the statuses.
const (
	AgentStatusActive   AgentStatus = "active"
	AgentStatusInactive AgentStatus = "inactive"
	AgentStatusDraft    AgentStatus = "draft"
)

// Model is the name of a language model. The vendor often adds models, and any name can be sent.
type Model string

// These are the models that the OpenAPI document lists.
const (
	ModelGPT35Turbo Model = "gpt-3.5-turbo"
	ModelGPT41      Model = "gpt-4.1"
	ModelGPT41Mini  Model = "gpt-4.1-mini"
	ModelGPT41Nano  Model = "gpt-4.1-nano"
	ModelO3Mini     Model = "o3-mini"
	ModelGPT5       Model = "gpt-5"
	ModelGPT5Mini   Model = "gpt-5-mini"
	ModelGPT5Nano   Model = "gpt-5-nano"
	ModelGPT51      Model = "gpt-5.1"
	ModelGPT52      Model = "gpt-5.2"
	ModelGPT54      Model = "gpt-5.4"
	ModelGPT54Mini  Model = "gpt-5.4-mini"
	ModelGPT54Nano  Model = "gpt-5.4-nano"
	ModelGPT55      Model = "gpt-5.5"
	ModelGPT56      Model = "gpt-5.6"
	ModelGPT56Terra Model = "gpt-5.6-terra"
	ModelGPT56Luna  Model = "gpt-5.6-luna"
)

// ReasoningEffort says how much a reasoning model thinks.
type ReasoningEffort string

// These are the efforts.
const (
	ReasoningEffortNone    ReasoningEffort = "none"
	ReasoningEffortMinimal ReasoningEffort = "minimal"
	ReasoningEffortLow     ReasoningEffort = "low"
	ReasoningEffortMedium  ReasoningEffort = "medium"
	ReasoningEffortHigh    ReasoningEffort = "high"
	ReasoningEffortXHigh   ReasoningEffort = "xhigh"
	ReasoningEffortMax     ReasoningEffort = "max"
)

// ReasoningMode says how a reasoning model thinks.
type ReasoningMode string

// These are the modes.
const (
	ReasoningModeStandard ReasoningMode = "standard"
	ReasoningModePro      ReasoningMode = "pro"
)

// Agent is the profile of an agent. It can carry keys of the organization and of third parties, in APIKey, Skills and
// Raw. Printing and logging an Agent does not show them.
type Agent struct {
	OrganizationID               string      `json:"organizationId"` // that the agent belongs to
	OrganizationName             string      `json:"organizationName"`
	ID                           string      `json:"id"`
	Name                         string      `json:"name"`       // inside the organization
	PublicName                   string      `json:"publicName"` // for its users
	Role                         string      `json:"role"`
	Description                  string      `json:"description"` // may be empty
	VectorStoreID                string      `json:"vectorStoreId"`
	AIConfig                     *AIConfig   `json:"aiConfig"`  // set from Assistant and AssistantID too, may be nil
	AvatarURL                    string      `json:"avatarUrl"` // may be empty
	Status                       AgentStatus `json:"status"`
	Tags                         []string    `json:"tags"` // may be nil
	Skills                       Skills      `json:"skills"`
	RestrictDocumentsToOwnerOnly bool        `json:"restrictDocumentsToOwnerOnly"`
	APIKey                       Secret      `json:"agentApiKey"` // from Create only, deprecated by the vendor
	Disclaimer                   string      `json:"disclaimer"`  // older
	AssistantID                  string      `json:"assistantId"` // older spelling of AIConfig.ID
	Assistant                    *AIConfig   `json:"assistant"`   // older spelling of AIConfig

	Raw parley.Raw `json:"-"` // the response as received, keys included
}

// AIConfig says how an agent uses its language model.
type AIConfig struct {
	ID                        string          `json:"id"` // at the AI provider
	Model                     Model           `json:"model"`
	Temperature               *float64        `json:"temperature"` // nil if it was not sent
	TopP                      *float64        `json:"topP"`        // nil if it was not sent
	Instructions              string          `json:"instructions"`
	IsCodeInterpreterEnabled  bool            `json:"isCodeInterpreterEnabled"`
	IsFileSearchEnabled       bool            `json:"isFileSearchEnabled"`
	FileSearchMaxNumResults   int             `json:"fileSearchMaxNumResults"`
	ReasoningEffort           ReasoningEffort `json:"reasoningEffort"` // may be empty
	ReasoningMode             ReasoningMode   `json:"reasoningMode"`   // may be empty
	IsOutputJSONSchemaEnabled bool            `json:"isOutputJsonSchemaEnabled"`
	OutputJSONSchema          string          `json:"outputJsonSchema"` // a JSON schema, as text
	Tools                     []AgentTool     `json:"tools"`            // older form of the Is fields
	ResponseFormat            json.RawMessage `json:"responseFormat"`   // older, undocumented, may be nil
}

// AgentTool is a tool of the older profile.
type AgentTool struct {
	Type      string `json:"type"` // the name of the tool
	IsEnabled bool   `json:"isEnabled"`
}

func (a *Agent) afterDecode(raw parley.Raw) error {
	a.Raw = raw
	if a.AIConfig == nil {
		a.AIConfig = a.Assistant
	}
	if a.AIConfig == nil && a.AssistantID != "" {
		a.AIConfig = &AIConfig{ID: a.AssistantID}
	}
	return requireMember("id", a.ID)
}

// printedAgent prints as fmt prints a struct.
type printedAgent Agent

// Format prints an Agent without Raw and with its keys redacted.
func (a Agent) Format(state fmt.State, verb rune) { formatStruct(state, verb, a.printed()) }

// LogValue logs the text that Format prints.
func (a Agent) LogValue() slog.Value { return slog.AnyValue(a.printed()) }

func (a Agent) printed() printedAgent {
	a.Raw = nil
	return printedAgent(a)
}
