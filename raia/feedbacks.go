package raia

import (
	"context"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/transport"
)

// A rating counts as not idempotent, although the vendor calls it an upsert. The vendor does not say which of two votes
// for a message would win.
var createFeedback = transport.Operation{
	Name: "create feedback", Method: "POST", Path: "/conversation-message-feedbacks",
}

// FeedbacksService rates messages. It is safe for concurrent use.
type FeedbacksService service

// VoteType is a thumb up or down.
type VoteType string

// These are the thumbs.
const (
	VoteTypeUp   VoteType = "up"
	VoteTypeDown VoteType = "down"
)

// Feedback is a person's opinion of a message. Fields that were not sent are empty or zero.
type Feedback struct {
	ID                    string     `json:"id"`                    // of the feedback, not of the message
	ConversationMessageID string     `json:"conversationMessageId"` // from Feedbacks.Create only
	VoteType              VoteType   `json:"voteType"`
	Question              string     `json:"question"`
	Answer                string     `json:"answer"`
	Comment               string     `json:"comment"`
	UserEmail             string     `json:"userEmail"`
	CreatedAt             Time       `json:"createdAt"` // zero in older responses and on messages
	UpdatedAt             Time       `json:"updatedAt"` // zero in older responses and on messages
	Raw                   parley.Raw `json:"-"`         // the response as received, nil inside another response
}

func (f *Feedback) afterDecode(raw parley.Raw) error {
	f.Raw = raw
	return requireMember("id", f.ID)
}

// CreateFeedbackParams rates a message. All fields except Answer and Comment are required.
type CreateFeedbackParams struct {
	ConversationMessageID string `json:"conversationMessageId"` // the message
	// UserID is the id of a User or of a PlatformUser. The vendor does not say which.
	UserID   string   `json:"userId"`
	VoteType VoteType `json:"voteType"`
	Question string   `json:"question"`
	Answer   string   `json:"answer,omitzero"`  // may be empty
	Comment  string   `json:"comment,omitzero"` // may be empty
}

func (p CreateFeedbackParams) validate() error {
	return required(
		field{"ConversationMessageID", p.ConversationMessageID}, field{"UserID", p.UserID},
		field{"VoteType", string(p.VoteType)}, field{"Question", p.Question},
	)
}

// Create adds or changes a user's feedback on a message. It calls POST /conversation-message-feedbacks.
// Source: the vendor's page on conversation message feedbacks.
func (s *FeedbacksService) Create(ctx context.Context, params CreateFeedbackParams) (*Feedback, error) {
	call := transport.Call{Operation: &createFeedback, Body: params, ArgumentErr: params.validate()}
	return transport.Fetch(ctx, s.api, call, (*Feedback).afterDecode)
}
