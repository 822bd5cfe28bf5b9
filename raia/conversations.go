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
	listConversations = transport.Operation{
		Name: "list conversations", Method: "GET", Path: "/conversations", Idempotent: true,
	}
	createConversation = transport.Operation{
		Name: "create conversation", Method: "POST", Path: "/conversations",
	}
	deleteConversations = transport.Operation{
		Name: "delete all conversations of user", Method: "DELETE", Path: "/conversations", Idempotent: true,
	}
	listStates = transport.Operation{
		Name: "list conversation states", Method: "GET", Path: "/conversations/states", Idempotent: true,
	}
	getConversation = transport.Operation{
		Name: "get conversation", Method: "GET", Path: "/conversations/{id}", Idempotent: true,
	}
	updateConversation = transport.Operation{
		Name: "update conversation", Method: "PUT", Path: "/conversations/{id}", Idempotent: true,
	}
	setConversationMode = transport.Operation{
		Name: "set conversation mode", Method: "PUT", Path: "/conversations/{id}/mode", Idempotent: true,
	}
)

// ConversationsService manages the conversations of the agent that owns the key. It is safe for concurrent use.
type ConversationsService service

// ConversationMode says who writes the answers. Modes that this package does not know decode too.
type ConversationMode string

// These are the modes.
const (
	ConversationModeAI     ConversationMode = "ai"
	ConversationModeManual ConversationMode = "manual" // a human writes
)

// ConversationStatus is the status of a conversation. It can be set, but the vendor never returns it.
type ConversationStatus string

// These are the statuses.
const (
	ConversationStatusActive   ConversationStatus = "active"
	ConversationStatusInactive ConversationStatus = "inactive"
	ConversationStatusArchived ConversationStatus = "archived"
)

// Conversation is a conversation of one user with the agent. Older responses lack User, the times and IsAnonymized,
// and only some operations fill Feedbacks.
type Conversation struct {
	ID                 string `json:"id"`                 // for the methods of ConversationsService
	ConversationUserID string `json:"conversationUserId"` // the ID of its User
	Title              string `json:"title"`              // may be empty
	// Score is on a scale that the vendor does not document. It is nil if the conversation was not scored.
	Score            *float64         `json:"score"`
	Summary          string           `json:"summary"`             // may be empty
	AIConversationID string           `json:"aiConversationId"`    // at the AI provider, set from ThreadID too
	ThreadID         string           `json:"threadId"`            // older spelling of AIConversationID
	AICallID         string           `json:"aiCallId"`            // of the voice call, may be empty
	Metadata         Metadata         `json:"metadata"`            // attached by the caller
	Mode             ConversationMode `json:"mode"`                // empty if it was not sent
	Feedbacks        []*Feedback      `json:"feedbacks"`           // nil if not asked for
	User             *User            `json:"user"`                // nil in older responses
	AssignedUser     *PlatformUser    `json:"assignedUser"`        // of the staff, may be nil
	StateID          string           `json:"conversationStateId"` // one of ListStates, may be empty
	CreatedAt        Time             `json:"createdAt"`           // zero in older responses
	UpdatedAt        Time             `json:"updatedAt"`           // zero in older responses
	IsAnonymized     bool             `json:"isAnonymized"`        // false in older responses
	Raw              parley.Raw       `json:"-"`                   // the response as received, nil inside a page
}

// Metadata holds the data that the caller attached to a conversation or user.
type Metadata struct {
	CustomData map[string]any `json:"customData"` // free-form, may be nil
}

// ConversationState is a state that an organization defined for its conversations.
type ConversationState struct {
	ID           string `json:"id"` // for CreateConversationParams.StateID
	Name         string `json:"name"`
	Description  string `json:"description"`  // may be empty
	Color        string `json:"color"`        // may be empty
	IsPersistent bool   `json:"isPersistent"` // not explained by the vendor
	CreatedAt    Time   `json:"createdAt"`
	UpdatedAt    Time   `json:"updatedAt"`
}

// ConversationPage is one page of conversations.
type ConversationPage = Page[Conversation]

// ListConversationsParams filters and sorts a list of conversations. Fields that are empty or zero do not filter. For
// the others, the vendor has defaults that it does not publish.
type ListConversationsParams struct {
	Page              int            // 1 is the first, by the vendor's example, and zero means the default
	PageSize          int            // zero means the default, and the maximum is not published
	OrderBy           OrderBy        // empty means the default
	OrderDirection    OrderDirection // empty means the default
	WithFeedbacksOnly bool           // only conversations with at least one feedback
	Search            string         // in title, summary, agent name and the user's names, e-mail and phone number
	UserID            string         // only of this user
	StartDate         time.Time      // updated at this time or later
	EndDate           time.Time      // updated at this time or earlier
}

func (p ListConversationsParams) call() transport.Call {
	pages := paging{p.Page, p.PageSize, p.OrderBy, p.OrderDirection}
	q := pages.query()
	q.flag("withFeedbacksOnly", p.WithFeedbacksOnly)
	q.text("searchKeyword", p.Search)
	q.text("userId", p.UserID)
	q.time("startDate", p.StartDate)
	q.time("endDate", p.EndDate)
	return transport.Call{Operation: &listConversations, Query: url.Values(q), ArgumentErr: pages.validate()}
}

// List returns one page of conversations. It calls GET /conversations. Search, UserID, StartDate and EndDate are in the
// OpenAPI document only.
// Source: the vendor's page "Conversations".
func (s *ConversationsService) List(ctx context.Context, params ListConversationsParams) (*ConversationPage, error) {
	return fetchPage[Conversation](ctx, s.api, params.call())
}

// All walks the conversations of all pages from params.Page on. It requests a page when the first conversation of it is
// needed. An error is yielded once, with a nil conversation, and ends the walk. It calls GET /conversations.
func (s *ConversationsService) All(
	ctx context.Context, params ListConversationsParams,
) iter.Seq2[*Conversation, error] {
	return walk[Conversation](ctx, s.api, params.Page, func(page int) transport.Call {
		next := params
		next.Page = page
		return next.call()
	})
}

// CreateConversationParams describes a new conversation.
type CreateConversationParams struct {
	ConversationUserID string         `json:"conversationUserId"`           // required: the ID of the User
	Title              string         `json:"title,omitzero"`               // at most 255 characters, optional
	Context            string         `json:"context,omitzero"`             // at most 256 000 characters, optional
	CustomData         map[string]any `json:"customData,omitempty"`         // comes back in Metadata, optional
	StateID            string         `json:"conversationStateId,omitzero"` // one of ListStates
}

func (p CreateConversationParams) validate() error {
	if err := required(field{"ConversationUserID", p.ConversationUserID}); err != nil {
		return err
	}
	return checkTexts(p.Title, p.Context)
}

// Create opens a conversation with an existing user. It sends no message to the user. It calls POST /conversations.
// Source: the vendor's page "Conversations".
func (s *ConversationsService) Create(ctx context.Context, params CreateConversationParams) (*Conversation, error) {
	call := transport.Call{Operation: &createConversation, Body: params, ArgumentErr: params.validate()}
	return transport.Fetch(ctx, s.api, call, (*Conversation).afterDecode)
}

// DeleteAllForUser deletes every conversation that the user has with this agent. It calls DELETE /conversations.
// Source: the vendor's page "Conversations".
func (s *ConversationsService) DeleteAllForUser(ctx context.Context, conversationUserID string) error {
	body := struct {
		ConversationUserID string `json:"conversationUserId"`
	}{conversationUserID}
	return s.api.Send(ctx, transport.Call{
		Operation: &deleteConversations, Body: body,
		ArgumentErr: required(field{"conversationUserID", conversationUserID}),
	})
}

// ListStates returns the states that a conversation can be in. It calls GET /conversations/states, which is in the
// OpenAPI document only.
func (s *ConversationsService) ListStates(ctx context.Context) ([]*ConversationState, error) {
	return fetchList[ConversationState](ctx, s.api, transport.Call{Operation: &listStates})
}

// Get returns a conversation. If it does not exist, the error matches ErrNotFound. It calls GET /conversations/{id}.
// Source: the vendor's page "Conversations".
func (s *ConversationsService) Get(ctx context.Context, id string) (*Conversation, error) {
	call := transport.Call{Operation: &getConversation, IDs: []string{id}}
	return transport.Fetch(ctx, s.api, call, (*Conversation).afterDecode)
}

// UpdateConversationParams describes a change of a conversation. Fields that are nil or empty stay as they are.
type UpdateConversationParams struct {
	Title   *string            `json:"title,omitzero"`   // at most 255 characters, new("") clears it
	Context *string            `json:"context,omitzero"` // at most 256 000 characters, new("") clears it
	Status  ConversationStatus `json:"status,omitzero"`
	// Mode is sent as the older body field. In the OpenAPI document SetMode replaces it.
	Mode    ConversationMode `json:"mode,omitzero"`
	StateID string           `json:"conversationStateId,omitzero"` // one of ListStates
}

func (p UpdateConversationParams) validate() error {
	return checkTexts(value(p.Title), value(p.Context))
}

// Update changes a conversation and returns it. It calls PUT /conversations/{id}.
// Source: the vendor's page "Conversations".
func (s *ConversationsService) Update(
	ctx context.Context, id string, params UpdateConversationParams,
) (*Conversation, error) {
	call := transport.Call{
		Operation: &updateConversation, IDs: []string{id}, Body: params, ArgumentErr: params.validate(),
	}
	return transport.Fetch(ctx, s.api, call, (*Conversation).afterDecode)
}

// SetMode decides whether the agent or a human writes from now on. It calls PUT /conversations/{id}/mode, which is in
// the OpenAPI document only.
func (s *ConversationsService) SetMode(ctx context.Context, id string, mode ConversationMode) (*Conversation, error) {
	body := struct {
		Mode ConversationMode `json:"mode"`
	}{mode}
	call := transport.Call{Operation: &setConversationMode, IDs: []string{id}, Body: body}
	if mode == "" {
		call.ArgumentErr = apierr.Required("mode")
	}
	return transport.Fetch(ctx, s.api, call, (*Conversation).afterDecode)
}

func (c *Conversation) afterDecode(raw parley.Raw) error {
	c.Raw = raw
	c.applyLegacyFields()
	return requireMember("id", c.ID)
}

func (c *Conversation) identity() string { return c.ID }

func (c *Conversation) applyLegacyFields() {
	if c.AIConversationID == "" {
		c.AIConversationID = c.ThreadID
	}
}

func (s *ConversationState) identity() string { return s.ID }
