package syntphony

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

// WelcomeCode is the Input.Code that runs the agent's welcome flow.
const WelcomeCode = "%EVA_WELCOME_MSG"

const (
	livePath       = "/org/{orgUUID}/env/{envUUID}/bot/{botUUID}/channel/{channelUUID}/v1/conversations"
	deprecatedPath = "/org/{orgUUID}/env/{envUUID}/bot/{botUUID}/conversations"
)

// A turn is never idempotent, because the agent hears it, and may act on it, as often as it arrives.
var (
	startConversation    = transport.Operation{Name: "start conversation", Method: "POST", Path: livePath}
	continueConversation = transport.Operation{
		Name: "continue conversation", Method: "POST", Path: livePath + "/{sessionCode}",
	}
	startByChannelName = transport.Operation{
		Name: "start conversation by channel name", Method: "POST", Path: deprecatedPath,
	}
	continueByChannelName = transport.Operation{
		Name: "continue conversation by channel name", Method: "POST", Path: deprecatedPath + "/{sessionCode}",
	}
)

// ConversationsService sends single turns. The caller passes the session code and the context of each reply to the next
// turn. A Session does that by itself.
type ConversationsService struct {
	broker *broker // of the Client
}

// Input holds the words of the user in one turn, as Text or as Code. If both are set, the agent takes the answer that
// Code names, or gives Text to its NLP if no answer has that name.
type Input struct {
	// Text is the text that the user typed. Required unless Code is set or the turn is audio.
	Text string
	// Code is WelcomeCode or the name of an answer, which the agent then gives without NLP. Within a flow it ends the
	// flow.
	Code string
	// Context is the open context: variables that agent, webhooks and channel share. It must not hold secrets. Nil is
	// not sent. A Session adds its members to the context that it carries, in place of members of the same name.
	Context map[string]any
	// Intent is for the Intent Navigator: an intent that was found elsewhere, so that the agent's NLP is not run. An
	// empty one is not sent.
	Intent string
	// Confidence is the score of Intent, 0 to 1. Nil is not sent.
	Confidence *float64
	// Entities were found with Intent, by name. Nil is not sent. The vendor's page shows string values, and its OpenAPI
	// document permits any.
	Entities map[string]any
	// TranslateInput set to false keeps a multilingual agent from translating Text. Nil is not sent. The vendor's
	// default is unknown.
	TranslateInput *bool
	// Test marks the conversation as a test, by the query flag test=true (OpenAPI document only).
	Test bool
}

// Send sends one turn and returns the agent's reply. An empty sessionCode starts a session. The SessionCode of a reply
// continues it. The vendor ends a session after 30 minutes by default, and may then answer with a new code, so always
// use the latest one. If the answer to a turn is lost, the turn is not sent again, and the error matches
// ErrDeliveryUnknown. It calls POST /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/channel/{channelUUID}/v1/conversations,
// with POST /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/channel/{channelUUID}/v1/conversations/{sessionCode} for a
// session (vendor page "Conversation API").
func (s *ConversationsService) Send(ctx context.Context, sessionCode string, c Caller, in Input) (*Reply, error) {
	return s.send(ctx, sessionCode, s.broker.speaker(c), in, in.request())
}

// send sends body, the request that in stands for.
func (s *ConversationsService) send(
	ctx context.Context, sessionCode string, who speaker, in Input, body request,
) (*Reply, error) {
	call := s.broker.turn(&startConversation, &continueConversation, sessionCode, who, in)
	call.IDs = s.broker.ids(sessionCode, s.broker.bot, s.broker.channel)
	return s.broker.say(ctx, call, body)
}

// SendByChannelName does the same as Send on the older URL, which names the channel in a header and takes no audio. It
// calls POST /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/conversations, with POST
// /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/conversations/{sessionCode} for a session (vendor page "Conversation
// API").
//
// Deprecated: the vendor will remove this URL. Use Send.
func (s *ConversationsService) SendByChannelName(
	ctx context.Context, channelName, sessionCode string, c Caller, in Input,
) (*Reply, error) {
	call := s.broker.turn(&startByChannelName, &continueByChannelName, sessionCode, s.broker.speaker(c), in)
	call.IDs = s.broker.ids(sessionCode, s.broker.bot)
	call.Header["Channel"] = []string{channelName}
	if channelName == "" && call.ArgumentErr == nil {
		call.ArgumentErr = apierr.Required("channelName")
	}
	return s.broker.say(ctx, call, in.request())
}

// turn prepares the part of a call that turns on all URLs share.
func (b *broker) turn(start, proceed *transport.Operation, sessionCode string, who speaker, in Input) transport.Call {
	call := transport.Call{Operation: start, Header: who.header, ArgumentErr: who.validate(b.locale)}
	if sessionCode != "" {
		call.Operation = proceed
	}
	if in.Test {
		call.Query = url.Values{"test": {"true"}}
	}
	return call
}

// ids returns the values for the placeholders of a conversation's path.
func (b *broker) ids(sessionCode string, rest ...string) []string {
	ids := append(make([]string, 0, 5), b.org, b.env)
	ids = append(ids, rest...)
	if sessionCode != "" {
		ids = append(ids, sessionCode)
	}
	return ids
}

// say sends a turn of text.
func (b *broker) say(ctx context.Context, call transport.Call, body request) (*Reply, error) {
	call.Body = &body
	if body.Text == "" && body.Code == "" && call.ArgumentErr == nil {
		call.ArgumentErr = apierr.Invalid("Input:", "Text or Code is required")
	}
	return b.fetchReply(ctx, call)
}

func (b *broker) fetchReply(ctx context.Context, call transport.Call) (*Reply, error) {
	decoded, err := transport.Fetch(ctx, b.api, call, (*wireReply).complete)
	if err != nil {
		return nil, err
	}
	return &decoded.Reply, nil
}

// request is the body of a turn.
type request struct {
	Text            string           `json:"text,omitzero"`
	Code            string           `json:"code,omitzero"`
	Context         any              `json:"context,omitzero"` // a map, or an object in JSON, or nil
	Intent          string           `json:"intent,omitzero"`
	Confidence      *float64         `json:"confidence,omitzero"`
	Entities        map[string]any   `json:"entities,omitzero"`
	AdvancedOptions *advancedOptions `json:"advancedOptions,omitzero"`
}

type advancedOptions struct {
	Multilanguage multilanguage `json:"multilanguage"`
}

type multilanguage struct {
	TranslateInput bool `json:"translateInput"`
}

func (in Input) request() request {
	r := request{
		Text: in.Text, Code: in.Code,
		Intent: in.Intent, Confidence: in.Confidence, Entities: in.Entities,
	}
	if in.Context != nil {
		r.Context = in.Context
	}
	if in.TranslateInput != nil {
		r.AdvancedOptions = &advancedOptions{multilanguage{*in.TranslateInput}}
	}
	return r
}

// sentContext returns the context of a request that was sent.
func (r request) sentContext() json.RawMessage {
	switch sent := r.Context.(type) {
	case json.RawMessage:
		return sent
	case map[string]any:
		return encoded(sent)
	}
	return nil
}

// encode returns r as JSON, for bodies of which it is one part.
func (r request) encode() ([]byte, error) {
	return transport.EncodeJSON("Input", r)
}
