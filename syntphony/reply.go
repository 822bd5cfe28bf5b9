package syntphony

import (
	"encoding/json"
	"errors"

	"github.com/seed-127a5941/parley"
)

// Reply is the agent's answer to one turn.
type Reply struct {
	// Text is the text of the request. It is empty after a Code, and masked if the agent masks data.
	Text string `json:"text"`
	// SessionCode continues the conversation. It is never empty, and may differ from the code that was sent.
	SessionCode string `json:"sessionCode"`
	// UserInteractionID is the id of the turn (OpenAPI document only). It may be empty.
	UserInteractionID string `json:"userInteractionUUID"`
	// UserInput describes the input that the agent expects next. Nil means any input.
	UserInput *UserInput `json:"userInput"`
	// Answers are the answers in the order in which they are to be shown.
	Answers []Answer `json:"answers"`
	// Context is the open context, which the next turn should send back. It is nil if the server sent no context. A
	// number is a float64, or a json.Number where a float64 would change it.
	Context map[string]any `json:"context,omitempty"`
	// ContextReadOnly is the visible context, which a channel can read but not change. It is nil if the server sent no
	// such context.
	ContextReadOnly map[string]any `json:"contextReadOnly,omitempty"`
	// NLP is the result of the agent's NLP. It is nil if the NLP was not run, or if the server does not send it.
	NLP *NLPResponse `json:"nlpResponse,omitempty,case:ignore"`
	// Intent is in the vendor's sample, but not in its OpenAPI document. It may be empty.
	Intent string `json:"intent,omitempty"`
	// Confidence belongs to Intent, 0 to 1. It may be nil.
	Confidence *float64 `json:"confidence,omitempty"`
	// Raw is the whole response as sent.
	Raw parley.Raw `json:"-"`

	context json.RawMessage // as sent; nil if the server sent no context
}

// UserInput is the input that the agent expects next, as the Cockpit configures it.
type UserInput struct {
	// Type is an open set. The vendor lists no value but "Custom".
	Type string `json:"type"`
	// CallToAction is a placeholder for the input field.
	CallToAction string `json:"callToAction"`
	// Pattern is set only for the type "Custom".
	Pattern string `json:"pattern"`
}

// AnswerType says which template an answer has. It is an open set.
type AnswerType string

// These are the vendor's answer types, with the content of each.
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

// Answer is one item to show to the user.
type Answer struct {
	// Type is the template.
	Type AnswerType `json:"type"`
	// Content depends on Type.
	Content Content `json:"content"`
	// TechnicalText comes from the agent's editors, preferably as a JSON object. It may be nil or null.
	TechnicalText json.RawMessage `json:"technicalText,omitempty"`
	// Buttons are the buttons of the answer.
	Buttons []Button `json:"buttons"`
	// QuickReplies are shown above the input field. The vendor documents a name and a value for them.
	QuickReplies []Button `json:"quickReply"`
	// Description is for the agent's editors. It may be empty.
	Description string `json:"description"`
	// InteractionID is the argument of Answers.Rate.
	InteractionID string `json:"interactionId"`
	// Evaluable says that the answer is to be shown with thumbs up and down.
	Evaluable bool `json:"evaluable"`
	// Masked says that the answer holds masked data (OpenAPI document only).
	Masked bool `json:"masked"`
}

// ButtonType is the kind of a button. It is an open set.
type ButtonType string

// These are the vendor's button types.
const (
	// ButtonTypeURL opens Button.Action in a browser.
	ButtonTypeURL ButtonType = "URL"
	// ButtonTypeFlow continues the conversation: the button's name is sent as the text of the next turn.
	ButtonTypeFlow ButtonType = "FLOW"
)

// Button is a button of an answer or a card, or a quick reply. Any field may be empty.
type Button struct {
	// Name is the label.
	Name string `json:"name"`
	// Value is in the OpenAPI document only. Public clients send it as the text of the next turn.
	Value string `json:"value,omitempty"`
	// Type is the kind of the button.
	Type ButtonType `json:"type,omitempty"`
	// Action is the URL of a ButtonTypeURL.
	Action string `json:"action,omitempty"`
}

// NLPResponse is the result of the agent's NLP. The vendor's page calls the member NLPResponse, and the server
// nlpResponse. Both decode.
type NLPResponse struct {
	// Type is "QUESTION" in every example. The page also speaks of intents and documents. It is an open set.
	Type string `json:"type"`
	// Name is the name of the intent, question or document.
	Name string `json:"name"`
	// Score is the confidence, 0 to 1.
	Score float64 `json:"score"`
	// Entities are the entities in the text.
	Entities []Entity `json:"entities"`
}

// Entity is an entity that the NLP found in the user's text.
type Entity struct {
	// Name is the name of the entity.
	Name string `json:"name"`
	// Value is the name of the entity's value, or the text that the user entered.
	Value string `json:"value"`
	// OriginalValue is the part of the user's text that stands for the entity.
	OriginalValue string `json:"originalValue"`
	// Position is the position of that part. It is nil if it is unknown.
	Position *Position `json:"position"`
}

// Position is a range of characters. The vendor does not say whether the first character is 0 or 1.
type Position struct {
	// Start is the first character.
	Start int `json:"start"`
	// End is the last character, not the one after it.
	End int `json:"end"`
}

var errNoSessionCode = errors.New("the response has no sessionCode")

// wireReply decodes a reply. Its own members hide those of Reply whose numbers must not change before they are sent
// back.
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
