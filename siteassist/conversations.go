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
type ConversationsService struct {
	api *transport.Client // with the bearer token
}

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

// ConversationStatus says whether a conversation goes on. The list is open.
type ConversationStatus string

// The states of a conversation.
const (
	ConversationStatusOpen   ConversationStatus = "open"
	ConversationStatusClosed ConversationStatus = "closed"
)

// ConversationOrder is the field by which conversations are sorted. The list is open.
type ConversationOrder string

// The fields that conversations can be sorted by; the server's default is the last interaction.
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
	Name  string `json:"name"`  // "": not told
	Image string `json:"image"` // URL; "": none
}

// Conversation is a conversation of a visitor with an assistant or a human agent.
type Conversation struct {
	ID                string             `json:"id"`                // a UUID
	CreatedAt         Time               `json:"createdAt"`         // when it was started
	UpdatedAt         Time               `json:"updatedAt"`         // when it last changed
	Status            ConversationStatus `json:"status"`            // open or closed
	ClosedAt          Time               `json:"closedAt"`          // zero: it is open
	CloseReason       string             `json:"closeReason"`       // "": none was given
	LastInteractionAt Time               `json:"lastInteractionAt"` // the older spelling lastInterationAt is read too
	IsHumanHandled    bool               `json:"isHumanHandled"`    // a human agent answers: messages are queued
	HumanAgent        *HumanAgent        `json:"humanAgent"`        // nil: none is assigned
	Messages          []*Message         `json:"messages"`          // oldest first; nil in a list
	LastMessage       *Message           `json:"lastMessage"`       // in a list only; nil: none
	Title             string             `json:"title"`             // "": none; the vendor's examples lack it
	Raw               parley.Raw         `json:"-"`                 // the reply as sent; nil for an item of a list

	olderConversation
}

// olderConversation holds what older servers call otherwise.
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

func (c *Conversation) complete(raw parley.Raw) error {
	c.Raw = raw
	c.applyLegacyFields()
	return lacks("id", c.ID)
}

// ListConversationsParams selects conversations of the visitor. The zero value is the server's default.
type ListConversationsParams struct {
	Limit    int                // 1 to 100; 0: the server's default, 10
	Offset   int                // conversations to leave out; not negative
	Status   ConversationStatus // "": both
	OrderBy  ConversationOrder  // "": the last interaction
	OrderDir OrderDirection     // "": descending
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

// List returns one page of the visitor's conversations; they hold no messages but the last one. It calls
// GET /conversations (https://docs.siteassist.io, conversations).
func (s *ConversationsService) List(ctx context.Context, params ListConversationsParams) (*Page[Conversation], error) {
	return fetchPage[Conversation](ctx, s.api, transport.Call{
		Operation: &listConversations, Query: params.query(),
		ArgumentErr: checkWindow(params.Limit, maxConversationLimit, params.Offset),
	})
}

// All returns the visitor's conversations from params.Offset on, page by page as the loop needs them; Limit is the size
// of a page. An error is yielded once and ends it. It calls GET /conversations (https://docs.siteassist.io,
// conversations).
func (s *ConversationsService) All(ctx context.Context, params ListConversationsParams) iter.Seq2[*Conversation, error] {
	return walk(&listConversations, params.Offset, params.Limit, func(at int) (*Page[Conversation], error) {
		page := params
		page.Offset = at
		return s.List(ctx, page)
	})
}

// StartConversationParams is the input of Conversations.Start.
type StartConversationParams struct {
	PageURL string // of the page where the conversation begins; "": not told
}

// Start begins a conversation. It calls POST /conversations (https://docs.siteassist.io, start a new conversation). When
// it may have been started although the call failed, the error matches ErrDeliveryUnknown.
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
	return transport.Fetch(ctx, s.api, transport.Call{Operation: &startConversation, Body: body}, (*Conversation).complete)
}

// Get returns a conversation with its messages. It calls GET /conversations/{conversationId}
// (https://docs.siteassist.io, conversations; only the oldest edition of the pages has it). One that does not exist
// matches ErrNotFound and CodeConversationNotFound.
func (s *ConversationsService) Get(ctx context.Context, id string) (*Conversation, error) {
	call := transport.Call{Operation: &getConversation, IDs: []string{id}}
	return transport.Fetch(ctx, s.api, call, (*Conversation).complete)
}

// CloseConversationParams is the input of Conversations.Close.
type CloseConversationParams struct {
	Reason string `json:"closeReason,omitzero"` // at most 256 characters; "": none
}

// CloseResult is what the server says to a close.
type CloseResult struct {
	Success bool       `json:"success"` // the conversation is closed, by this call or before
	Message string     `json:"message"` // "": none
	Raw     parley.Raw `json:"-"`       // the reply as sent
}

// Close ends a conversation; closing it again is no error. It calls POST /conversations/{conversationId}/close
// (https://docs.siteassist.io, conversations).
func (s *ConversationsService) Close(
	ctx context.Context, id string, params CloseConversationParams,
) (*CloseResult, error) {
	return transport.Fetch(ctx, s.api, transport.Call{
		Operation: &closeConversation, IDs: []string{id}, Body: params,
		ArgumentErr: atMost("Reason", params.Reason, maxCloseReason),
	}, (*CloseResult).complete)
}

func (r *CloseResult) complete(raw parley.Raw) error {
	r.Raw = raw
	var seen struct {
		Success *bool `json:"success"`
	}
	if lenient.Unmarshal(raw, &seen) != nil || seen.Success == nil {
		return errors.New("the reply has no success")
	}
	return nil
}
