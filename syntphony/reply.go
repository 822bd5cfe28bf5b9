package syntphony

import (
	"encoding/json"
	"errors"

	"github.com/seed-127a5941/parley"
)

// Reply is the agent's answer to one turn.
type Reply struct {
	// Text is the text of the request. It is empty after a Code, and masked where the agent masks data.
	Text string `json:"text"`
	// SessionCode continues the conversation. It is never empty, and may differ from the one that was sent.
	SessionCode string `json:"sessionCode"`
	// UserInteractionID is the id of the turn (OpenAPI document only). It may be empty.
	UserInteractionID string `json:"userInteractionUUID"`
	// UserInput describes the input that the agent expects next. It is nil if that is any input.
	UserInput *UserInput `json:"userInput"`
	// Answers are to be shown in this order.
	Answers []Answer `json:"answers"`
	// Context is the open context, which the next turn should send back. It is nil if the server sent no context. A
	// number is a float64, or a json.Number where a float64 would change it.
	Context map[string]any `json:"context,omitempty"`
	// ContextReadOnly is the visible context, which a channel can read but not change. It is nil if the server sent no
	// such context.
	ContextReadOnly map[string]any `json:"contextReadOnly,omitempty"`
	// NLP is the result of the agent's NLP. It is nil if the NLP was not run, or if the server does not say.
	NLP *NLPResponse `json:"nlpResponse,omitempty,case:ignore"`
	// Intent is in the vendor's sample, but not in its OpenAPI document. It may be empty.
	Intent string `json:"intent,omitempty"`
	// Confidence belongs to Intent, 0 to 1. It may be nil.
	Confidence *float64 `json:"confidence,omitempty"`
	// Raw is the whole response as sent.
	Raw parley.Raw `json:"-"`

	context json.RawMessage // as sent; nil: none
}

// UserInput is the input that the agent expects next, as the Cockpit configures it.
type UserInput struct {
	// Type is an open set: the vendor lists no values but "Custom".
	Type string `json:"type"`
	// CallToAction is a placeholder for the input field.
	CallToAction string `json:"callToAction"`
	// Pattern is set for the type "Custom" only.
	Pattern string `json:"pattern"`
}

// AnswerType says which template an answer has. It is an open set.
type AnswerType string

// The vendor's answer types, and what Content holds for each.
const (
	// AnswerTypeTextOptions is the default answer of a channel "ALL": a text.
	AnswerTypeTextOptions AnswerType = "TEXT_OPTIONS"
	// AnswerTypeText is a text.
	AnswerTypeText AnswerType = "TEXT"
	// AnswerTypeImage is a text that the vendor's connector uses as a URL.
	AnswerTypeImage AnswerType = "IMAGE"
	// AnswerTypeAudio is a text.
	AnswerTypeAudio AnswerType = "AUDIO"
	// AnswerTypeVideo is a text.
	AnswerTypeVideo AnswerType = "VIDEO"
	// AnswerTypeFile is a URL and a file name, in a form that is not published: see Content.File.
	AnswerTypeFile AnswerType = "FILE"
	// AnswerTypeCarousel is a list of cards: see Content.Cards.
	AnswerTypeCarousel AnswerType = "CAROUSEL"
	// AnswerTypeCustom is a text that the vendor's connector reads as JSON: see Content.Decode.
	AnswerTypeCustom AnswerType = "CUSTOM"
)

// Answer is one thing to show to the user.
type Answer struct {
	// Type is the template.
	Type AnswerType `json:"type"`
	// Content depends on Type.
	Content Content `json:"content"`
	// TechnicalText comes from the agent's editors, by preference as a JSON object. It may be nil or null.
	TechnicalText json.RawMessage `json:"technicalText,omitempty"`
	// Buttons belong to the answer.
	Buttons []Button `json:"buttons"`
	// QuickReplies stand above the input field. The vendor documents a name and a value for them.
	QuickReplies []Button `json:"quickReply"`
	// Description is for the agent's editors. It may be empty.
	Description string `json:"description"`
	// InteractionID is the argument of Answers.Rate.
	InteractionID string `json:"interactionId"`
	// Evaluable answers are to be shown with thumbs up and down.
	Evaluable bool `json:"evaluable"`
	// Masked answers hold masked data (OpenAPI document only).
	Masked bool `json:"masked"`
}

// ButtonType is the kind of a button. It is an open set.
type ButtonType string

// The vendor's button types.
const (
	// ButtonTypeURL opens Button.Action in a browser.
	ButtonTypeURL ButtonType = "URL"
	// ButtonTypeFlow goes on with the conversation: the button's name is sent as the text of the next turn.
	ButtonTypeFlow ButtonType = "FLOW"
)

// Button is a button of an answer or a card, or a quick reply. Any field may be empty.
type Button struct {
	// Name is the label.
	Name string `json:"name"`
	// Value is in the OpenAPI document only. Public clients send it as the text of the next turn.
	Value string `json:"value,omitempty"`
	// Type of the button.
	Type ButtonType `json:"type,omitempty"`
	// Action is the URL of a ButtonTypeURL.
	Action string `json:"action,omitempty"`
}

// NLPResponse is the result of the agent's NLP. The vendor's page spells it NLPResponse, the wire nlpResponse: both
// decode.
type NLPResponse struct {
	// Type is "QUESTION" in every example; the page also speaks of intents and documents. It is an open set.
	Type string `json:"type"`
	// Name of the intent, question or document.
	Name string `json:"name"`
	// Score is the confidence, 0 to 1.
	Score float64 `json:"score"`
	// Entities found in the text.
	Entities []Entity `json:"entities"`
}

// Entity is one found in the user's text.
type Entity struct {
	// Name of the entity.
	Name string `json:"name"`
	// Value is the name of the entity's value, or the text that the user entered.
	Value string `json:"value"`
	// OriginalValue is the user's text for it.
	OriginalValue string `json:"originalValue"`
	// Position of it in the user's text. It is nil if it is unknown.
	Position *Position `json:"position"`
}

// Position is a run of characters. The vendor does not say whether the first is 0 or 1.
type Position struct {
	// Start is the first character.
	Start int `json:"start"`
	// End is the last one, not the one after it.
	End int `json:"end"`
}

var errNoSessionCode = errors.New("the response has no sessionCode")

// wireReply decodes a reply. Its own members hide those of Reply whose numbers must not change on the way back.
type wireReply struct {
	Reply
	Context         json.RawMessage `json:"context"`
	ContextReadOnly json.RawMessage `json:"contextReadOnly"`
}

func (w *wireReply) complete(raw parley.Raw) error {
	w.Raw = raw
	w.Reply.Context = objectOf(w.Context)
	w.Reply.ContextReadOnly = objectOf(w.ContextReadOnly)
	if w.Reply.Context != nil {
		w.context = w.Context
	}
	if w.SessionCode == "" {
		return errNoSessionCode
	}
	return nil
}
