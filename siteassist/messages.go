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
type MessagesService struct {
	api       *transport.Client // with the bearer token
	streaming streaming
}

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
	// A rating overwrites the one before, but each is published as an analytics event of its own.
	setFeedback = transport.Operation{Name: "set feedback", Method: "POST", Path: "/messages/{messageId}/feedback"}
)

const (
	maxMessageLimit = 1000
	maxContent      = 10_000
)

// Role says who speaks. The list is open.
type Role string

// The roles. RoleSystem occurs in CompletionMessage only, RoleHumanAgent in Message only.
const (
	RoleUser       Role = "user"
	RoleAssistant  Role = "assistant"
	RoleHumanAgent Role = "human_agent"
	RoleSystem     Role = "system"
)

// MessageStatus says how far a message has come. The list is open.
type MessageStatus string

// The states of a message.
const (
	MessageStatusStreaming MessageStatus = "streaming"
	MessageStatusComplete  MessageStatus = "complete"
	MessageStatusError     MessageStatus = "error"
)

// Feedback is a visitor's rating of a message.
type Feedback string

// The ratings.
const (
	FeedbackNone    Feedback = "" // sent as null: takes a rating back
	FeedbackLike    Feedback = "like"
	FeedbackDislike Feedback = "dislike"
)

// Message is one message of a conversation.
type Message struct {
	ID         string        `json:"id"`         // a UUID
	CreatedAt  Time          `json:"createdAt"`  // when it was sent
	ChatID     string        `json:"chatId"`     // the conversation's id, under its old name
	Role       Role          `json:"role"`       // who speaks
	Parts      Parts         `json:"parts"`      // what is said; Text gives the text of it
	Status     MessageStatus `json:"status"`     // "": none, as with messages of users
	Error      string        `json:"error"`      // why the answer failed; "": it did not
	Feedback   Feedback      `json:"feedback"`   // the visitor's rating
	FeedbackAt Time          `json:"feedbackAt"` // zero: not rated
	// Metadata is any JSON, as sent; the vendor shows a string and says that other types occur.
	Metadata      json.RawMessage `json:"metadata"`
	HumanAgent    *HumanAgent     `json:"humanAgent"`    // who answered; nil: nobody but the assistant
	PageURL       string          `json:"pageUrl"`       // of the page the visitor was on; "": not told
	PageTitle     string          `json:"pageTitle"`     // of that page; "": not told
	TextSelection string          `json:"textSelection"` // what was selected on that page; "": nothing
}

// Text returns the text of all text parts, in order, with nothing inserted.
func (m *Message) Text() string { return m.Parts.Text() }

func (m *Message) identity() string { return m.ID }

// ListMessagesParams selects messages of a conversation. The zero value is all of them.
type ListMessagesParams struct {
	Limit  int           // 1 to 1000; 0: all messages
	Offset int           // messages to leave out, counted from the oldest; not negative
	Role   Role          // "": all
	Status MessageStatus // "": all
}

func (p ListMessagesParams) query() url.Values {
	q := query{}
	q.number("limit", p.Limit)
	q.number("offset", p.Offset)
	q.text("role", string(p.Role))
	q.text("status", string(p.Status))
	return url.Values(q)
}

// List returns messages of a conversation, oldest first: one page of params.Limit, or all without a limit. The server
// sends no total. It calls GET /conversations/{conversationId}/messages (https://docs.siteassist.io, messages).
func (s *MessagesService) List(
	ctx context.Context, conversationID string, params ListMessagesParams,
) (*Page[Message], error) {
	return fetchPage[Message](ctx, s.api, transport.Call{
		Operation: &listMessages, IDs: []string{conversationID}, Query: params.query(),
		ArgumentErr: checkWindow(params.Limit, maxMessageLimit, params.Offset),
	})
}

// All returns the messages of a conversation from params.Offset on, oldest first, page by page as the loop needs them. A
// page shorter than params.Limit is the last; without a limit there is one page. An error is yielded once and ends it. It
// calls GET /conversations/{conversationId}/messages (https://docs.siteassist.io, messages).
func (s *MessagesService) All(
	ctx context.Context, conversationID string, params ListMessagesParams,
) iter.Seq2[*Message, error] {
	return walk(&listMessages, params.Offset, params.Limit, func(at int) (*Page[Message], error) {
		page := params
		page.Offset = at
		return s.List(ctx, conversationID, page)
	})
}

// PageContext is what the visitor looks at. Empty fields are not sent.
type PageContext struct {
	URL           string `json:"url,omitzero"`           // of the page
	Title         string `json:"title,omitzero"`         // of the page
	Content       string `json:"content,omitzero"`       // its text; the vendor states no limit
	TextSelection string `json:"textSelection,omitzero"` // what is selected; seen only in the vendor's widget
}

// SendMessageParams is the input of Messages.Send and Messages.Stream.
type SendMessageParams struct {
	Content     string       // 1 to 10 000 characters
	PageContext *PageContext // nil: not told
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

// Send sends a message of the visitor and waits for the whole answer, or learns that the message waits for a human agent
// (SendResult.Queued). It calls POST /conversations/{conversationId}/messages (https://docs.siteassist.io, messages; the
// form of the answer is known from its example). It is never sent twice: when it may have arrived although the call
// failed, the error matches ErrDeliveryUnknown. A spent quota matches ErrRateLimited or ErrPaymentRequired.
func (s *MessagesService) Send(
	ctx context.Context, conversationID string, params SendMessageParams,
) (*SendResult, error) {
	return send(ctx, s.api, params.call(&sendMessage, conversationID, false))
}

// Stream sends a message of the visitor and returns its answer as it is made; Stream.Queued reports a message that waits
// for a human agent instead. It calls POST /conversations/{conversationId}/messages (https://docs.siteassist.io,
// messages; that its stream is that of the AI SDK is seen only in the vendor's widget). A reply that is neither an event
// stream nor text/plain matches ErrDecode, also a JSON completion, which then is in Error.Body. Errors are those of Send.
func (s *MessagesService) Stream(
	ctx context.Context, conversationID string, params SendMessageParams,
) (*Stream, error) {
	return openStream(ctx, s.api, params.call(&streamMessage, conversationID, true), s.streaming, true)
}

// SetFeedback rates a message of the assistant, or takes a rating back with FeedbackNone; a new rating overwrites the one
// before. It calls POST /messages/{messageId}/feedback (https://docs.siteassist.io, messages). It is not sent twice:
// ratings are published as events. Another visitor's message matches ErrForbidden or ErrNotFound.
func (s *MessagesService) SetFeedback(ctx context.Context, messageID string, feedback Feedback) error {
	var body struct {
		Feedback *Feedback `json:"feedback"` // null has to be written out
	}
	if feedback != FeedbackNone {
		body.Feedback = &feedback
	}
	_, err := transport.Fetch(ctx, s.api, transport.Call{
		Operation: &setFeedback, IDs: []string{messageID}, Body: body, ArgumentErr: feedback.check(),
	}, (*feedbackReply).complete)
	return err
}

func (f Feedback) check() error {
	switch f {
	case FeedbackNone, FeedbackLike, FeedbackDislike:
		return nil
	}
	return apierr.Invalid("feedback", "must be FeedbackLike, FeedbackDislike or FeedbackNone")
}

// feedbackReply is an object whose schema was not seen; only an error in its place tells that nothing was stored.
type feedbackReply struct {
	Error json.RawMessage `json:"error"`
}

func (r *feedbackReply) complete(parley.Raw) error {
	if len(r.Error) > 0 && string(r.Error) != "null" {
		return errors.New("the reply is an error")
	}
	return nil
}
