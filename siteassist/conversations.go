package siteassist

import (
	"context"
	"errors"
	"iter"
	"net/url"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/transport"
)

// ConversationsService starts, reads and closes conversations of the visitor.
type ConversationsService service

var (
	listConversations = transport.Operation{
		Name: "list conversations", Method: "GET", Path: "/conversations", Idempotent: true,
	}
	startConversation = transport.Operation{Name: "start conversation", Method: "POST", Path: "/conversations"}
	getConversation   = transport.Operation{
		Name: "get conversation", Method: "GET", Path: "/conversations/{conversationId}", Idempotent: true,
	}
	// Closing a closed conversation is documented as a success, so closing twice does no harm.
	closeConversation = transport.Operation{
		Name: "close conversation", Method: "POST", Path: "/conversations/{conversationId}/close", Idempotent: true,
	}
)

const (
	maxConversationLimit = 100
	maxCloseReason       = 256
)

// ConversationStatus says whether a conversation goes on. The vendor may add values.
type ConversationStatus string

// These are the states of a conversation.
const (
	ConversationStatusOpen   ConversationStatus = "open"
	ConversationStatusClosed ConversationStatus = "closed"
)

// ConversationOrder is the field by which conversations are sorted. The vendor may add values.
type ConversationOrder string

// These are the fields by which conversations can be sorted. The server's default is the last interaction.
const (
	ConversationOrderID                ConversationOrder = "id"
	ConversationOrderCreatedAt         ConversationOrder = "createdAt"
	ConversationOrderUpdatedAt         ConversationOrder = "updatedAt"
	ConversationOrderLastInteractionAt ConversationOrder = "lastInteractionAt"
	ConversationOrderStatus            ConversationOrder = "status"
	ConversationOrderClosedAt          ConversationOrder = "closedAt"
	ConversationOrderHumanHandled      ConversationOrder = "isHumanHandled"
	ConversationOrderTitle             ConversationOrder = "title"
)

// HumanAgent is a person who answers in place of the assistant.
type HumanAgent struct {
	Name  string `json:"name"`  // the name that visitors see, or ""
	Image string `json:"image"` // the URL of a picture, or ""
}

// Conversation is a conversation of a visitor with an assistant or a human agent.
type Conversation struct {
	ID                string             `json:"id"`                // a UUID
	CreatedAt         Time               `json:"createdAt"`         // when it was started
	UpdatedAt         Time               `json:"updatedAt"`         // when it last changed
	Status            ConversationStatus `json:"status"`            // open or closed
	ClosedAt          Time               `json:"closedAt"`          // when it was closed, zero while it is open
	CloseReason       string             `json:"closeReason"`       // why it was closed, or ""
	LastInteractionAt Time               `json:"lastInteractionAt"` // read in the older spelling lastInterationAt too
	IsHumanHandled    bool               `json:"isHumanHandled"`    // a human agent answers, so messages are queued
	HumanAgent        *HumanAgent        `json:"humanAgent"`        // the person who answers, or nil
	Messages          []*Message         `json:"messages"`          // oldest first, and nil in a list
	LastMessage       *Message           `json:"lastMessage"`       // set in a list only, and nil without a message
	Title             string             `json:"title"`             // may be empty, as in the vendor's examples
	// Raw is the response as sent. It is nil for an item of a list.
	Raw parley.Raw `json:"-"`

	olderConversation
}

// olderConversation holds the members that older servers spell differently.
type olderConversation struct {
	LastInterationAt Time `json:"lastInterationAt,omitzero"`
}

func (c *Conversation) identity() string { return c.ID }

func (c *Conversation) applyLegacyFields() {
	if c.LastInteractionAt == (Time{}) {
		c.LastInteractionAt = c.LastInterationAt
	}
	c.olderConversation = olderConversation{}
	c.Messages = lenient.Items(c.Messages)
}

func (c *Conversation) afterDecode(raw parley.Raw) error {
	c.Raw = raw
	c.applyLegacyFields()
	return requireMember("id", c.ID)
}

// ListConversationsParams selects conversations of the visitor. The zero value leaves the choice to the server.
type ListConversationsParams struct {
	// Limit is the number of conversations on a page, 1 to 100. Zero means the server's default, 10.
	Limit int
	// Offset is the number of conversations to leave out. It must not be negative.
	Offset int
	// Status selects conversations of one status. Empty selects all.
	Status ConversationStatus
	// OrderBy is the field to sort by. Empty means the last interaction.
	OrderBy ConversationOrder
	// OrderDir is the direction of the sort. Empty means descending.
	OrderDir OrderDirection
}

func (p ListConversationsParams) query() url.Values {
	q := query{}
	q.number("limit", p.Limit)
	q.number("offset", p.Offset)
	q.text("status", string(p.Status))
	q.text("orderBy", string(p.OrderBy))
	q.text("orderDir", string(p.OrderDir))
	return url.Values(q)
}

// List returns one page of the visitor's conversations. Of their messages they hold only the last one. It calls GET
// /conversations (https://docs.siteassist.io, conversations).
func (s *ConversationsService) List(ctx context.Context, params ListConversationsParams) (*Page[Conversation], error) {
	return fetchPage[Conversation](ctx, s.api, transport.Call{
		Operation: &listConversations, Query: params.query(),
		ArgumentErr: checkWindow(params.Limit, maxConversationLimit, params.Offset),
	})
}

// All returns the visitor's conversations from params.Offset on. It requests a page when the loop needs the first
// conversation of it. params.Limit is the size of a page. An error is yielded once and ends the loop. It calls GET
// /conversations (https://docs.siteassist.io, conversations).
func (s *ConversationsService) All(
	ctx context.Context, params ListConversationsParams,
) iter.Seq2[*Conversation, error] {
	return allPages(&listConversations, params.Offset, params.Limit, func(at int) (*Page[Conversation], error) {
		page := params
		page.Offset = at
		return s.List(ctx, page)
	})
}

// StartConversationParams is the input of Conversations.Start.
type StartConversationParams struct {
	PageURL string // the page where the conversation begins, or ""
}

// Start begins a conversation. It calls POST /conversations (https://docs.siteassist.io, start a new conversation). If
// the call failed but the conversation may have been started, the error matches ErrDeliveryUnknown.
func (s *ConversationsService) Start(ctx context.Context, params StartConversationParams) (*Conversation, error) {
	type origin struct {
		PageURL string `json:"pageUrl"`
	}
	var body struct {
		Context *origin `json:"context,omitzero"`
	}
	if params.PageURL != "" {
		body.Context = &origin{params.PageURL}
	}
	return transport.Fetch(ctx, s.api, transport.Call{Operation: &startConversation, Body: body},
		(*Conversation).afterDecode)
}

// Get returns a conversation with its messages. It calls GET /conversations/{conversationId}
// (https://docs.siteassist.io, conversations, in the oldest edition of the pages only). If there is no such
// conversation, the error matches ErrNotFound and CodeConversationNotFound.
func (s *ConversationsService) Get(ctx context.Context, id string) (*Conversation, error) {
	call := transport.Call{Operation: &getConversation, IDs: []string{id}}
	return transport.Fetch(ctx, s.api, call, (*Conversation).afterDecode)
}

// CloseConversationParams is the input of Conversations.Close.
type CloseConversationParams struct {
	Reason string `json:"closeReason,omitzero"` // at most 256 characters, may be empty
}

// CloseResult is the outcome of Conversations.Close.
type CloseResult struct {
	Success bool       `json:"success"` // the conversation is closed, by this call or an earlier one
	Message string     `json:"message"` // a text for people, or ""
	Raw     parley.Raw `json:"-"`       // the response as sent
}

// Close ends a conversation. Closing it again is not an error. It calls POST /conversations/{conversationId}/close
// (https://docs.siteassist.io, conversations).
func (s *ConversationsService) Close(
	ctx context.Context, id string, params CloseConversationParams,
) (*CloseResult, error) {
	return transport.Fetch(ctx, s.api, transport.Call{
		Operation: &closeConversation, IDs: []string{id}, Body: params,
		ArgumentErr: atMost("Reason", params.Reason, maxCloseReason),
	}, (*CloseResult).afterDecode)
}

func (r *CloseResult) afterDecode(raw parley.Raw) error {
	r.Raw = raw
	var seen struct {
		Success *bool `json:"success"`
	}
	if lenient.Unmarshal(raw, &seen) != nil || seen.Success == nil {
		return errors.New("the response has no success")
	}
	return nil
}
