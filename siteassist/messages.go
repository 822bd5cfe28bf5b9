package siteassist

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/url"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

// MessagesService sends, lists and rates messages.
type MessagesService service

var (
	listMessages = transport.Operation{
		Name: "list messages", Method: "GET", Path: "/conversations/{conversationId}/messages", Idempotent: true,
	}
	sendMessage = transport.Operation{
		Name: "send message", Method: "POST", Path: "/conversations/{conversationId}/messages",
	}
	streamMessage = transport.Operation{
		Name: "stream message", Method: "POST", Path: "/conversations/{conversationId}/messages",
	}
	// A rating overwrites the one before, but the vendor publishes each as an analytics event of its own.
	setFeedback = transport.Operation{Name: "set feedback", Method: "POST", Path: "/messages/{messageId}/feedback"}
)

const (
	maxMessageLimit = 1000
	maxContent      = 10_000
)

// Role says who speaks. The vendor may add values.
type Role string

// These are the roles. RoleSystem occurs in CompletionMessage only, and RoleHumanAgent in Message only.
const (
	RoleUser       Role = "user"
	RoleAssistant  Role = "assistant"
	RoleHumanAgent Role = "human_agent"
	RoleSystem     Role = "system"
)

// MessageStatus says whether a message is complete. The vendor may add values.
type MessageStatus string

// These are the states of a message.
const (
	MessageStatusStreaming MessageStatus = "streaming"
	MessageStatusComplete  MessageStatus = "complete"
	MessageStatusError     MessageStatus = "error"
)

// Feedback is a visitor's rating of a message.
type Feedback string

// These are the ratings.
const (
	FeedbackNone    Feedback = "" // sent as null; removes a rating
	FeedbackLike    Feedback = "like"
	FeedbackDislike Feedback = "dislike"
)

// Message is one message of a conversation.
type Message struct {
	ID         string        `json:"id"`         // a UUID
	CreatedAt  Time          `json:"createdAt"`  // when it was sent
	ChatID     string        `json:"chatId"`     // the id of the conversation, under its old name
	Role       Role          `json:"role"`       // who speaks
	Parts      Parts         `json:"parts"`      // the content, whose text the method Text returns
	Status     MessageStatus `json:"status"`     // empty for messages of users
	Error      string        `json:"error"`      // why the answer failed, or ""
	Feedback   Feedback      `json:"feedback"`   // the visitor's rating
	FeedbackAt Time          `json:"feedbackAt"` // when it was rated, or zero
	// Metadata is any JSON as sent. The vendor shows a string and says that other types occur.
	Metadata      json.RawMessage `json:"metadata"`
	HumanAgent    *HumanAgent     `json:"humanAgent"`    // the person who answered, or nil
	PageURL       string          `json:"pageUrl"`       // the page that the visitor was on, or ""
	PageTitle     string          `json:"pageTitle"`     // the title of that page, or ""
	TextSelection string          `json:"textSelection"` // the text that was selected on that page, or ""
}

// Text returns the text of all text parts, in order, without separators.
func (m *Message) Text() string { return m.Parts.Text() }

func (m *Message) identity() string { return m.ID }

// ListMessagesParams selects messages of a conversation. The zero value selects all of them.
type ListMessagesParams struct {
	// Limit is the number of messages on a page, 1 to 1000. Zero means all messages.
	Limit int
	// Offset is the number of messages to leave out, counted from the oldest. It must not be negative.
	Offset int
	// Role selects messages of one role. Empty selects all.
	Role Role
	// Status selects messages of one status. Empty selects all.
	Status MessageStatus
}

func (p ListMessagesParams) query() url.Values {
	q := query{}
	q.number("limit", p.Limit)
	q.number("offset", p.Offset)
	q.text("role", string(p.Role))
	q.text("status", string(p.Status))
	return url.Values(q)
}

// List returns messages of a conversation, oldest first: one page of params.Limit messages, or all of them if the limit
// is zero. The server sends no total. It calls GET /conversations/{conversationId}/messages
// (https://docs.siteassist.io, messages).
func (s *MessagesService) List(
	ctx context.Context, conversationID string, params ListMessagesParams,
) (*Page[Message], error) {
	return fetchPage[Message](ctx, s.api, transport.Call{
		Operation: &listMessages, IDs: []string{conversationID}, Query: params.query(),
		ArgumentErr: checkWindow(params.Limit, maxMessageLimit, params.Offset),
	})
}

// All returns the messages of a conversation from params.Offset on, oldest first. It requests a page when the loop
// needs the first message of it. A page shorter than params.Limit is the last one. If the limit is zero, there is one
// page. An error is yielded once and ends the loop. It calls GET /conversations/{conversationId}/messages
// (https://docs.siteassist.io, messages).
func (s *MessagesService) All(
	ctx context.Context, conversationID string, params ListMessagesParams,
) iter.Seq2[*Message, error] {
	return allPages(&listMessages, params.Offset, params.Limit, func(at int) (*Page[Message], error) {
		page := params
		page.Offset = at
		return s.List(ctx, conversationID, page)
	})
}

// PageContext describes the page that the visitor looks at. Empty fields are not sent.
type PageContext struct {
	URL           string `json:"url,omitzero"`           // the address of the page
	Title         string `json:"title,omitzero"`         // the title of the page
	Content       string `json:"content,omitzero"`       // the text of the page, for which the vendor states no limit
	TextSelection string `json:"textSelection,omitzero"` // the selected text, seen only in the vendor's widget
}

// SendMessageParams is the input of Messages.Send and Messages.Stream.
type SendMessageParams struct {
	Content     string       // 1 to 10 000 characters
	PageContext *PageContext // the page that the visitor looks at, or nil
}

type sendBody struct {
	Content     string       `json:"content"`
	Stream      bool         `json:"stream"`
	PageContext *PageContext `json:"pageContext,omitzero"`
}

func (p SendMessageParams) call(op *transport.Operation, conversationID string, stream bool) transport.Call {
	return transport.Call{
		Operation: op, IDs: []string{conversationID},
		Body:        sendBody{Content: p.Content, Stream: stream, PageContext: p.PageContext},
		ArgumentErr: required("Content", p.Content, maxContent),
	}
}

// Send sends a message of the visitor and waits for the whole answer. If a human agent handles the conversation,
// SendResult.Queued says that the message waits for the agent. It calls POST /conversations/{conversationId}/messages
// (https://docs.siteassist.io, messages, which shows the form of the answer only by an example). The message is never
// sent twice. If the call failed but the message may have arrived, the error matches ErrDeliveryUnknown. If a quota is
// spent, the error matches ErrRateLimited or ErrPaymentRequired.
func (s *MessagesService) Send(
	ctx context.Context, conversationID string, params SendMessageParams,
) (*SendResult, error) {
	return send(ctx, s.api, params.call(&sendMessage, conversationID, false))
}

// Stream sends a message of the visitor and returns the answer while it is made. If a human agent handles the
// conversation, Stream.Queued says that the message waits for the agent. It calls POST
// /conversations/{conversationId}/messages (https://docs.siteassist.io, messages). Only the vendor's widget shows that
// the stream has the AI SDK's format.
//
// It returns the same errors as Send. If the response is neither an event stream nor a short notice in text/plain, even
// if it is a whole completion in JSON, the error matches ErrDecode, and Error.Body holds the response. Config.Timeout
// bounds such a response.
func (s *MessagesService) Stream(
	ctx context.Context, conversationID string, params SendMessageParams,
) (*Stream, error) {
	return openStream(ctx, s.api, params.call(&streamMessage, conversationID, true), s.core.streaming, true)
}

// SetFeedback rates a message of the assistant. FeedbackNone removes a rating. A new rating replaces the one before. It
// calls POST /messages/{messageId}/feedback (https://docs.siteassist.io, messages). It is not sent twice, because the
// vendor publishes each rating as an event. For another visitor's message the error matches ErrForbidden or
// ErrNotFound.
func (s *MessagesService) SetFeedback(ctx context.Context, messageID string, feedback Feedback) error {
	var body struct {
		Feedback *Feedback `json:"feedback"` // null has to be written out
	}
	if feedback != FeedbackNone {
		body.Feedback = &feedback
	}
	_, err := transport.Fetch(ctx, s.api, transport.Call{
		Operation: &setFeedback, IDs: []string{messageID}, Body: body, ArgumentErr: feedback.check(),
	}, (*feedbackResponse).afterDecode)
	return err
}

func (f Feedback) check() error {
	switch f {
	case FeedbackNone, FeedbackLike, FeedbackDislike:
		return nil
	}
	return apierr.Invalid("feedback", "must be FeedbackLike, FeedbackDislike or FeedbackNone")
}

// feedbackResponse is an object of unknown schema. SetFeedback fails only if the object holds an error.
type feedbackResponse struct {
	Error json.RawMessage `json:"error"`
}

func (r *feedbackResponse) afterDecode(parley.Raw) error {
	if len(r.Error) > 0 && string(r.Error) != "null" {
		return errors.New("the response is an error")
	}
	return nil
}
