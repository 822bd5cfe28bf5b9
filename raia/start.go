package raia

import (
	"context"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

var startConversation = transport.Operation{
	Name: "start conversation", Method: "POST", Path: "/conversations/start",
}

// StartParams says how a conversation starts. It is an EmailStart, an SMSStart or a VoiceStart.
type StartParams interface {
	// body returns the body of the request, or an error if a field is invalid.
	body() (any, error)
}

// channel is the member by which the vendor tells the three apart.
type channel struct {
	Channel string `json:"channel"`
}

// EmailStart starts a conversation with an e-mail to the user. FirstName, LastName, Email, Subject and Introduction
// are required. Other fields that are nil or empty are not sent. StateID, AuthorID and the Skip fields are in the
// OpenAPI document only.
type EmailStart struct {
	FirstName                 string         `json:"firstName"` // the person's, as are the fields down to PhoneNumber
	LastName                  string         `json:"lastName"`
	Email                     string         `json:"email"`
	Subject                   string         `json:"emailSubject"`
	Introduction              string         `json:"emailIntroduction"`
	PhoneNumber               string         `json:"phoneNumber,omitzero"`
	Context                   string         `json:"context,omitzero"`             // about the user
	ConversationContext       string         `json:"conversationContext,omitzero"` // about the conversation
	Source                    string         `json:"source,omitzero"`              // free-form, such as "webchat"
	FkID                      string         `json:"fkId,omitzero"`                // the user's key at the caller
	FkUserID                  string         `json:"fkUserId,omitzero"`            // a second such key
	CustomData                map[string]any `json:"customData,omitempty"`
	StateID                   string         `json:"conversationStateId,omitzero"`
	AuthorID                  string         `json:"authorId,omitzero"` // presumably a PlatformUser
	SkipPhoneNumberValidation bool           `json:"skipPhoneNumberValidation,omitzero"`
	SkipEmailValidation       bool           `json:"skipEmailValidation,omitzero"`
	IncludeSignature          bool           `json:"includeSignatureInEmail,omitzero"`
	ResetConversation         bool           `json:"resetConversation,omitzero"` // archive the current one first
}

func (p EmailStart) body() (any, error) {
	return struct {
			channel
			EmailStart
		}{channel{"email"}, p}, required(
			field{"FirstName", p.FirstName}, field{"LastName", p.LastName}, field{"Email", p.Email},
			field{"Subject", p.Subject}, field{"Introduction", p.Introduction},
		)
}

// SMSStart starts a conversation with a text message to the user. FirstName, LastName, PhoneNumber and Introduction
// are required. Other fields that are nil or empty are not sent. StateID, AuthorID, IncludeSignature and the Skip
// fields are in the OpenAPI document only.
type SMSStart struct {
	FirstName                 string         `json:"firstName"` // the person's, as is LastName
	LastName                  string         `json:"lastName"`
	PhoneNumber               string         `json:"phoneNumber"` // E.164, such as "+1234567890"
	Introduction              string         `json:"smsIntroduction"`
	Email                     string         `json:"email,omitzero"`
	Context                   string         `json:"context,omitzero"`             // about the user
	ConversationContext       string         `json:"conversationContext,omitzero"` // about the conversation
	Source                    string         `json:"source,omitzero"`              // free-form, such as "webchat"
	FkID                      string         `json:"fkId,omitzero"`                // the user's key at the caller
	FkUserID                  string         `json:"fkUserId,omitzero"`            // a second such key
	CustomData                map[string]any `json:"customData,omitempty"`
	StateID                   string         `json:"conversationStateId,omitzero"`
	AuthorID                  string         `json:"authorId,omitzero"` // presumably a PlatformUser
	SkipPhoneNumberValidation bool           `json:"skipPhoneNumberValidation,omitzero"`
	SkipEmailValidation       bool           `json:"skipEmailValidation,omitzero"`
	IncludeSignature          bool           `json:"includeSignatureInSms,omitzero"`
	ResetConversation         bool           `json:"resetConversation,omitzero"` // archive the current one first
}

func (p SMSStart) body() (any, error) {
	return struct {
			channel
			SMSStart
		}{channel{"sms"}, p}, required(
			field{"FirstName", p.FirstName}, field{"LastName", p.LastName},
			field{"PhoneNumber", p.PhoneNumber}, field{"Introduction", p.Introduction},
		)
}

// VoiceStart starts a conversation with a phone call to the user. FirstName, LastName, PhoneNumber and FirstMessage
// are required. Other fields that are nil or empty are not sent. StateID, AuthorID and the Skip fields are in the
// OpenAPI document only.
type VoiceStart struct {
	FirstName                 string         `json:"firstName"` // the person's, as is LastName
	LastName                  string         `json:"lastName"`
	PhoneNumber               string         `json:"phoneNumber"`  // E.164, such as "+1234567890"
	FirstMessage              string         `json:"firstMessage"` // the first words of the agent
	Email                     string         `json:"email,omitzero"`
	Context                   string         `json:"context,omitzero"`             // about the user
	ConversationContext       string         `json:"conversationContext,omitzero"` // about the conversation
	Source                    string         `json:"source,omitzero"`              // free-form, such as "webchat"
	FkID                      string         `json:"fkId,omitzero"`                // the user's key at the caller
	FkUserID                  string         `json:"fkUserId,omitzero"`            // a second such key
	CustomData                map[string]any `json:"customData,omitempty"`
	StateID                   string         `json:"conversationStateId,omitzero"`
	AuthorID                  string         `json:"authorId,omitzero"` // presumably a PlatformUser
	SkipPhoneNumberValidation bool           `json:"skipPhoneNumberValidation,omitzero"`
	SkipEmailValidation       bool           `json:"skipEmailValidation,omitzero"`
}

func (p VoiceStart) body() (any, error) {
	return struct {
			channel
			VoiceStart
		}{channel{"voice"}, p}, required(
			field{"FirstName", p.FirstName}, field{"LastName", p.LastName},
			field{"PhoneNumber", p.PhoneNumber}, field{"FirstMessage", p.FirstMessage},
		)
}

// StartedConversation is a conversation that was opened over e-mail, SMS or phone.
type StartedConversation struct {
	ConversationID string     `json:"conversationId"` // for the methods of ConversationsService
	Raw            parley.Raw `json:"-"`              // the response as received
}

func (s *StartedConversation) afterDecode(raw parley.Raw) error {
	s.Raw = raw
	return requireMember("conversationId", s.ConversationID)
}

// Start contacts a person over e-mail, SMS or phone and opens a conversation with them. The vendor implies, but does
// not state, that it also finds or creates the user. It calls POST /conversations/start.
// Source: the vendor's page "Conversations".
func (s *ConversationsService) Start(ctx context.Context, params StartParams) (*StartedConversation, error) {
	call := transport.Call{Operation: &startConversation}
	call.Body, call.ArgumentErr = startBody(params)
	return transport.Fetch(ctx, s.api, call, (*StartedConversation).afterDecode)
}

// startBody calls params.body. It also accepts nil, and a nil pointer to one of the three types.
func startBody(params StartParams) (any, error) {
	switch p := params.(type) {
	case *EmailStart:
		return elementBody(p)
	case *SMSStart:
		return elementBody(p)
	case *VoiceStart:
		return elementBody(p)
	case nil:
		return nil, apierr.Required("params")
	}
	return params.body()
}

func elementBody[T StartParams](p *T) (any, error) {
	if p == nil {
		return nil, apierr.Required("params")
	}
	return (*p).body()
}
