package raia

import (
	"context"
	"iter"
	"net/url"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

var (
	createAgent = transport.Operation{Name: "create agent", Method: "POST", Path: "/agents"}
	updateAgent = transport.Operation{Name: "update agent", Method: "PUT", Path: "/agents/{id}", Idempotent: true}
	getAgent    = transport.Operation{
		Name: "get current agent", Method: "GET", Path: "/agents/by-api-key", Idempotent: true,
	}

	listAgentUsers = transport.Operation{
		Name: "list agent users", Method: "GET", Path: "/agents/users", Idempotent: true,
	}

	listOrganizationAgentUsers = transport.Operation{
		Name: "list users of agent", Method: "GET", Path: "/agents/{id}/users", Idempotent: true,
	}
	getAgentStatistics = transport.Operation{
		Name: "get agent statistics", Method: "GET", Path: "/agents/statistic", Idempotent: true,
	}
	getAgentUsage = transport.Operation{
		Name: "get agent usage", Method: "GET", Path: "/agents/limits", Idempotent: true,
	}
	createAgentLimits = transport.Operation{Name: "create agent limits", Method: "POST", Path: "/agents/limits"}
	updateAgentLimits = transport.Operation{
		Name: "update agent limits", Method: "PUT", Path: "/agents/limits", Idempotent: true,
	}
	deleteAgentLimits = transport.Operation{
		Name: "delete agent limits", Method: "DELETE", Path: "/agents/limits", Idempotent: true,
	}
)

// AgentsService manages the agent that owns Config.AgentKey. Its methods Create, Update, ListOrganizationUsers and
// AllOrganizationUsers manage the agents of the organization that owns Config.OrganizationKey. It is safe for
// concurrent use.
type AgentsService struct {
	agent, organization *transport.Client // send the two keys that its operations take
}

// CreateAgentParams describes a new agent. RoleID, Name and PublicName are required. Fields that are nil or empty are
// left to the vendor, except for OutputJSONSchema and Tags: the OpenAPI document requires them, so they are always
// sent.
type CreateAgentParams struct {
	RoleID                       string          `json:"roleId"`     // one of AgentRoles.List
	Name                         string          `json:"name"`       // inside the organization
	PublicName                   string          `json:"publicName"` // for its users
	Description                  string          `json:"description,omitzero"`
	Instructions                 string          `json:"instructions,omitzero"`
	Model                        Model           `json:"model,omitzero"`
	TopP                         *float64        `json:"topP,omitzero"`
	Temperature                  *float64        `json:"temperature,omitzero"`
	IsFileSearchEnabled          *bool           `json:"isFileSearchEnabled,omitzero"` // needs FileSearchMaxNumResults
	IsCodeInterpreterEnabled     *bool           `json:"isCodeInterpreterEnabled,omitzero"`
	FileSearchMaxNumResults      int             `json:"fileSearchMaxNumResults,omitzero"` // zero means 10
	ReasoningEffort              ReasoningEffort `json:"reasoningEffort,omitzero"`         // of reasoning models only
	ReasoningMode                ReasoningMode   `json:"reasoningMode,omitzero"`
	IsAPISkillEnabled            *bool           `json:"isApiSkillEnabled,omitzero"`
	IsOutputJSONSchemaEnabled    *bool           `json:"isOutputJsonSchemaEnabled,omitzero"`
	OutputJSONSchema             string          `json:"outputJsonSchema"` // a JSON schema as text, always sent
	Tags                         []string        `json:"tags"`             // nil is sent as []
	RestrictDocumentsToOwnerOnly *bool           `json:"restrictDocumentsToOwnerOnly,omitzero"`
}

func (p CreateAgentParams) validate() error {
	return required(field{"RoleID", p.RoleID}, field{"Name", p.Name}, field{"PublicName", p.PublicName})
}

// Create creates an agent. It needs Config.OrganizationKey and calls POST /agents.
// Source: the vendor's page "Agents".
func (s *AgentsService) Create(ctx context.Context, params CreateAgentParams) (*Agent, error) {
	if params.Tags == nil {
		params.Tags = []string{}
	}
	call := transport.Call{Operation: &createAgent, Body: params, ArgumentErr: params.validate()}
	return transport.Fetch(ctx, s.organization, call, (*Agent).afterDecode)
}

// UpdateAgentParams describes a change of an agent. Fields that are nil or empty stay as they are. OutputJSONSchema
// is required.
type UpdateAgentParams struct {
	Name                      string          `json:"name,omitzero"` // inside the organization
	PublicName                string          `json:"publicName,omitzero"`
	Description               *string         `json:"description,omitzero"`   // new("") clears it
	Tags                      []string        `json:"tags,omitzero"`          // []string{} clears them
	AvatarURL                 *string         `json:"avatarUrl,omitzero"`     // new("") clears it
	BackgroundURL             *string         `json:"backgroundUrl,omitzero"` // new("") clears it
	Status                    AgentStatus     `json:"status,omitzero"`
	Instructions              *string         `json:"instructions,omitzero"` // new("") clears them
	Model                     Model           `json:"model,omitzero"`
	TopP                      *float64        `json:"topP,omitzero"`
	Temperature               *float64        `json:"temperature,omitzero"`
	ReasoningEffort           ReasoningEffort `json:"reasoningEffort,omitzero"`
	ReasoningMode             ReasoningMode   `json:"reasoningMode,omitzero"`
	DefaultErrorMessage       *string         `json:"defaultErrorMessage,omitzero"` // new("") clears it
	IsFileSearchEnabled       *bool           `json:"isFileSearchEnabled,omitzero"` // needs FileSearchMaxNumResults
	IsCodeInterpreterEnabled  *bool           `json:"isCodeInterpreterEnabled,omitzero"`
	FileSearchMaxNumResults   int             `json:"fileSearchMaxNumResults,omitzero"`
	IsOutputJSONSchemaEnabled *bool           `json:"isOutputJsonSchemaEnabled,omitzero"`
	// OutputJSONSchema is required, because the OpenAPI document says so for an update too. Send the agent's own
	// (AIConfig.OutputJSONSchema) to keep it, or new("") to remove it.
	OutputJSONSchema             *string `json:"outputJsonSchema"`
	RestrictDocumentsToOwnerOnly *bool   `json:"restrictDocumentsToOwnerOnly,omitzero"`
}

func (p UpdateAgentParams) validate() error {
	if p.OutputJSONSchema == nil {
		return apierr.Invalid("OutputJSONSchema", "must not be nil")
	}
	return nil
}

// Update changes an agent and returns it. It needs Config.OrganizationKey and calls PUT /agents/{id}, which is in the
// OpenAPI document only.
func (s *AgentsService) Update(ctx context.Context, id string, params UpdateAgentParams) (*Agent, error) {
	call := transport.Call{Operation: &updateAgent, IDs: []string{id}, Body: params, ArgumentErr: params.validate()}
	return transport.Fetch(ctx, s.organization, call, (*Agent).afterDecode)
}

// GetCurrent returns the agent that owns Config.AgentKey. It is a cheap test of the key. It calls GET
// /agents/by-api-key.
// Source: the vendor's page "Agents".
func (s *AgentsService) GetCurrent(ctx context.Context) (*Agent, error) {
	return transport.Fetch(ctx, s.agent, transport.Call{Operation: &getAgent}, (*Agent).afterDecode)
}

// ListAgentUsersParams sorts a list of users. The zero value asks for the vendor's defaults, which are not published.
type ListAgentUsersParams struct {
	Page           int            // 1 is the first, by the vendor's example, and zero means the default
	PageSize       int            // zero means the default, and the maximum is not published
	OrderBy        OrderBy        // OrderByCreatedAt, or empty for the default
	OrderDirection OrderDirection // empty means the default
}

func (p ListAgentUsersParams) call(op *transport.Operation, ids ...string) transport.Call {
	pages := paging{p.Page, p.PageSize, p.OrderBy, p.OrderDirection}
	return transport.Call{Operation: op, IDs: ids, Query: url.Values(pages.query()), ArgumentErr: pages.validate()}
}

// ListUsers returns one page of the agent's users. The OpenAPI document shows an agent as the response, apparently by
// mistake. Such a response is ErrDecode. It calls GET /agents/users, which is in the OpenAPI document only.
func (s *AgentsService) ListUsers(ctx context.Context, params ListAgentUsersParams) (*UserPage, error) {
	return fetchPage[User](ctx, s.agent, params.call(&listAgentUsers))
}

// AllUsers walks the agent's users on all pages from params.Page on, as Conversations.All does. It calls GET
// /agents/users, which is in the OpenAPI document only.
func (s *AgentsService) AllUsers(ctx context.Context, params ListAgentUsersParams) iter.Seq2[*User, error] {
	return walk[User](ctx, s.agent, params.Page, func(page int) transport.Call {
		next := params
		next.Page = page
		return next.call(&listAgentUsers)
	})
}

// ListOrganizationUsers returns one page of the users of any agent of the organization. It needs
// Config.OrganizationKey. It calls GET /agents/{id}/users, which is in the OpenAPI document only.
func (s *AgentsService) ListOrganizationUsers(
	ctx context.Context, agentID string, params ListAgentUsersParams,
) (*UserPage, error) {
	return fetchPage[User](ctx, s.organization, params.call(&listOrganizationAgentUsers, agentID))
}

// AllOrganizationUsers walks the users of any agent of the organization on all pages from params.Page on, as
// Conversations.All does. It needs Config.OrganizationKey. It calls GET /agents/{id}/users, which is in the OpenAPI
// document only.
func (s *AgentsService) AllOrganizationUsers(
	ctx context.Context, agentID string, params ListAgentUsersParams,
) iter.Seq2[*User, error] {
	return walk[User](ctx, s.organization, params.Page, func(page int) transport.Call {
		next := params
		next.Page = page
		return next.call(&listOrganizationAgentUsers, agentID)
	})
}

// StatisticsParams restricts the statistics of the agent.
type StatisticsParams struct {
	StartDate          time.Time // zero means the vendor's default, which is not published
	EndDate            time.Time // zero means the vendor's default, which is not published
	FkID               string    // only of the user with this key at the caller
	FkUserID           string    // only of the user with this second key at the caller
	UserID             string    // only of this user
	ConversationUserID string    // only of this user, and how it differs from UserID is not documented
}

// GetStatistics returns the usage of the agent in a period. It calls GET /agents/statistic, which is in the OpenAPI
// document only.
func (s *AgentsService) GetStatistics(ctx context.Context, params StatisticsParams) (*AgentStatistics, error) {
	q := query{}
	q.time("startDate", params.StartDate)
	q.time("endDate", params.EndDate)
	q.text("fkId", params.FkID)
	q.text("fkUserId", params.FkUserID)
	q.text("userId", params.UserID)
	q.text("conversationUserId", params.ConversationUserID)
	call := transport.Call{Operation: &getAgentStatistics, Query: url.Values(q)}
	return transport.Fetch(ctx, s.agent, call, (*AgentStatistics).afterDecode)
}

// AgentStatistics is the usage of an agent in a period.
type AgentStatistics struct {
	TokensUsed            float64    `json:"tokensUsed"` // in the period
	TokensPerConversation float64    `json:"tokensPerConversation"`
	VapiSecondsUsed       float64    `json:"vapiSecondsUsed"`     // of phone calls
	AverageCallDuration   float64    `json:"averageCallDuration"` // in seconds, presumably
	SMSUsed               float64    `json:"smsUsed"`
	SMSPerConversation    float64    `json:"smsPerConversation"`
	EmailsUsed            float64    `json:"emailsUsed"`
	EmailsPerConversation float64    `json:"emailsPerConversation"`
	Raw                   parley.Raw `json:"-"` // the response as received
}

func (s *AgentStatistics) afterDecode(raw parley.Raw) error {
	s.Raw = raw
	return requireAnyMember(raw, "tokensUsed", "vapiSecondsUsed", "smsUsed", "emailsUsed")
}

// GetUsage returns the usage of the agent so far, in spite of the operation's path. It calls GET /agents/limits,
// which is in the OpenAPI document only.
func (s *AgentsService) GetUsage(ctx context.Context) (*AgentUsage, error) {
	return transport.Fetch(ctx, s.agent, transport.Call{Operation: &getAgentUsage}, (*AgentUsage).afterDecode)
}

// CreateLimits sets the agent's monthly limits for the first time. It calls POST /agents/limits, which is in the
// OpenAPI document only.
func (s *AgentsService) CreateLimits(ctx context.Context, limits MonthlyLimits) (*AgentLimits, error) {
	call := transport.Call{Operation: &createAgentLimits, Body: limits}
	return transport.Fetch(ctx, s.agent, call, (*AgentLimits).afterDecode)
}

// UpdateLimits changes the agent's monthly limits. It calls PUT /agents/limits, which is in the OpenAPI document only.
func (s *AgentsService) UpdateLimits(ctx context.Context, params UpdateAgentLimitsParams) (*AgentLimits, error) {
	call := transport.Call{Operation: &updateAgentLimits, Body: params}
	return transport.Fetch(ctx, s.agent, call, (*AgentLimits).afterDecode)
}

// DeleteLimits removes the agent's monthly limits. It calls DELETE /agents/limits, which is in the OpenAPI document
// only.
func (s *AgentsService) DeleteLimits(ctx context.Context) error {
	return s.agent.Send(ctx, transport.Call{Operation: &deleteAgentLimits})
}
