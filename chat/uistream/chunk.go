package uistream

import (
	"bytes"
	"encoding/json"
)

// chunk is a chunk of a UI message stream. Its members are those that the strict schemas of the AI SDK 5.0.0 know, the
// oldest client that is supported.
type chunk struct {
	Type            string  `json:"type"`
	MessageID       string  `json:"messageId,omitempty"`
	ID              string  `json:"id,omitempty"`
	Delta           string  `json:"delta,omitempty"`
	ToolCallID      string  `json:"toolCallId,omitempty"`
	ToolName        string  `json:"toolName,omitempty"`
	InputTextDelta  string  `json:"inputTextDelta,omitempty"`
	Input           any     `json:"input,omitempty"`
	Output          any     `json:"output,omitempty"`
	Executed        bool    `json:"providerExecuted,omitempty"`
	Dynamic         bool    `json:"dynamic,omitempty"`
	ErrorText       string  `json:"errorText,omitempty"`
	SourceID        string  `json:"sourceId,omitempty"`
	URL             string  `json:"url,omitempty"`
	MediaType       string  `json:"mediaType,omitempty"`
	Title           *string `json:"title,omitempty"`
	Filename        string  `json:"filename,omitempty"`
	Data            any     `json:"data,omitempty"`
	Transient       bool    `json:"transient,omitempty"`
	MessageMetadata any     `json:"messageMetadata,omitempty"`
}

// The types of chunks that are not of the AI SDK's own.
const (
	typeStatus  = "data-status"
	typeDraft   = "data-draft"
	typeChoices = "data-choices"
	typeCards   = "data-cards"
	typeFile    = "data-file"
	typeMessage = "data-message"
	typeNotice  = "data-notice"
	typeError   = "data-error"
	typeVendor  = "data-vendor"
)

// own are the types of data parts whose meaning is this package's.
var own = map[string]bool{
	typeStatus: true, typeDraft: true, typeChoices: true, typeCards: true, typeFile: true, typeMessage: true,
	typeNotice: true, typeError: true, typeVendor: true,
}

// encode returns the JSON of v on one line.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // all that is passed can be encoded
	return bytes.TrimSpace(b.Bytes())
}

// terminal reports whether an encoded chunk ends a response.
func terminal(raw []byte) bool {
	return bytes.HasPrefix(raw, []byte(`{"type":"finish"`)) && !bytes.HasPrefix(raw, []byte(`{"type":"finish-step"`)) ||
		bytes.HasPrefix(raw, []byte(`{"type":"error"`))
}

// choice, card and file are how the parts of a message look to a page.
type choice struct {
	ID    string `json:"id,omitempty"`
	Label string `json:"label"`
	URL   string `json:"url,omitempty"`
}

type card struct {
	Title    string   `json:"title"`
	Subtitle string   `json:"subtitle,omitempty"`
	ImageURL string   `json:"imageUrl,omitempty"`
	Choices  []choice `json:"choices"`
}

type file struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	MediaType string `json:"mediaType,omitempty"`
	URL       string `json:"url,omitempty"`
}
