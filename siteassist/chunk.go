package siteassist

import (
	"encoding/json"

	"github.com/seed-127a5941/parley"
)

// Chunk is one event of a Stream, one of the types of this file. Their table is that of the AI SDK's UI message stream
// (version 5), which the vendor names; which of them it sends is not documented beyond the first few. New ones come as
// *UnknownChunk.
//
// A chunk that came from a stream or from DecodeChunk encodes to the bytes it was decoded from, members unknown here
// included: MarshalJSON returns Raw. Clear Raw to encode the fields.
type Chunk interface {
	json.Marshaler
	kept() *parley.Raw
}

// StartChunk begins the answer.
type StartChunk struct {
	// MessageID is probably the id of the stored message, as SetFeedback wants it: the vendor's widget uses it so. "": not
	// told, as in the vendor's example.
	MessageID       string          `json:"messageId,omitzero"`
	MessageMetadata json.RawMessage `json:"messageMetadata,omitzero"` // any JSON; nil: none
	Raw             parley.Raw      `json:"-"`                        // the chunk as sent
}

// StartStepChunk begins a step of the answer.
type StartStepChunk struct {
	Raw parley.Raw `json:"-"` // the chunk as sent
}

// FinishStepChunk ends a step of the answer.
type FinishStepChunk struct {
	Raw parley.Raw `json:"-"` // the chunk as sent
}

// TextStartChunk begins a text.
type TextStartChunk struct {
	ID               string          `json:"id"`                        // of the text
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// TextDeltaChunk is the next piece of a text.
type TextDeltaChunk struct {
	ID               string          `json:"id"`                        // of the text
	Delta            string          `json:"delta"`                     // the piece, in Markdown
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// TextEndChunk ends a text.
type TextEndChunk struct {
	ID               string          `json:"id"`                        // of the text
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// ReasoningStartChunk begins what the model thinks.
type ReasoningStartChunk struct {
	ID               string          `json:"id"`                        // of the reasoning
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// ReasoningDeltaChunk is the next piece of what the model thinks; it is no part of the answer.
type ReasoningDeltaChunk struct {
	ID               string          `json:"id"`                        // of the reasoning
	Delta            string          `json:"delta"`                     // the piece
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// ReasoningEndChunk ends what the model thinks.
type ReasoningEndChunk struct {
	ID               string          `json:"id"`                        // of the reasoning
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// ToolInputStartChunk begins the input of a tool.
type ToolInputStartChunk struct {
	ToolCallID       string     `json:"toolCallId"`                // of this use of the tool
	ToolName         string     `json:"toolName"`                  // of the tool
	ProviderExecuted bool       `json:"providerExecuted,omitzero"` // the model's provider ran the tool
	Dynamic          bool       `json:"dynamic,omitzero"`          // the tool was not known beforehand
	Raw              parley.Raw `json:"-"`                         // the chunk as sent
}

// ToolInputDeltaChunk is the next piece of a tool's input.
type ToolInputDeltaChunk struct {
	ToolCallID     string     `json:"toolCallId"`     // of this use of the tool
	InputTextDelta string     `json:"inputTextDelta"` // the piece of a JSON text
	Raw            parley.Raw `json:"-"`              // the chunk as sent
}

// ToolInputAvailableChunk is a tool's whole input.
type ToolInputAvailableChunk struct {
	ToolCallID       string          `json:"toolCallId"`                // of this use of the tool
	ToolName         string          `json:"toolName"`                  // of the tool
	Input            json.RawMessage `json:"input"`                     // any JSON
	ProviderExecuted bool            `json:"providerExecuted,omitzero"` // the model's provider ran the tool
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Dynamic          bool            `json:"dynamic,omitzero"`          // the tool was not known beforehand
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// ToolInputErrorChunk is an input that the tool cannot take.
type ToolInputErrorChunk struct {
	ToolCallID       string          `json:"toolCallId"`                // of this use of the tool
	ToolName         string          `json:"toolName"`                  // of the tool
	Input            json.RawMessage `json:"input"`                     // any JSON
	ProviderExecuted bool            `json:"providerExecuted,omitzero"` // the model's provider ran the tool
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Dynamic          bool            `json:"dynamic,omitzero"`          // the tool was not known beforehand
	ErrorText        string          `json:"errorText"`                 // what went wrong
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// ToolOutputAvailableChunk is what a tool gave.
type ToolOutputAvailableChunk struct {
	ToolCallID       string          `json:"toolCallId"`                // of this use of the tool
	Output           json.RawMessage `json:"output,omitzero"`           // any JSON
	ProviderExecuted bool            `json:"providerExecuted,omitzero"` // the model's provider ran the tool
	Dynamic          bool            `json:"dynamic,omitzero"`          // the tool was not known beforehand
	Preliminary      bool            `json:"preliminary,omitzero"`      // more output of the same call follows
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// ToolOutputErrorChunk is a tool's failure; the answer may go on.
type ToolOutputErrorChunk struct {
	ToolCallID       string     `json:"toolCallId"`                // of this use of the tool
	ErrorText        string     `json:"errorText"`                 // what went wrong
	ProviderExecuted bool       `json:"providerExecuted,omitzero"` // the model's provider ran the tool
	Dynamic          bool       `json:"dynamic,omitzero"`          // the tool was not known beforehand
	Raw              parley.Raw `json:"-"`                         // the chunk as sent
}

// SourceURLChunk is a page that the answer rests on.
type SourceURLChunk struct {
	SourceID         string          `json:"sourceId"`                  // of the source
	URL              string          `json:"url"`                       // of the page
	Title            string          `json:"title,omitzero"`            // of the page; "": none
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// SourceDocumentChunk is a document that the answer rests on.
type SourceDocumentChunk struct {
	SourceID         string          `json:"sourceId"`                  // of the source
	MediaType        string          `json:"mediaType"`                 // of the document
	Title            string          `json:"title"`                     // of the document
	Filename         string          `json:"filename,omitzero"`         // "": none
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// FileChunk is a file that belongs to the answer.
type FileChunk struct {
	URL              string          `json:"url"`                       // of the file, perhaps a data URL that holds it
	MediaType        string          `json:"mediaType"`                 // of the file
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"` // of the model's provider, any JSON; nil: none
	Raw              parley.Raw      `json:"-"`                         // the chunk as sent
}

// DataChunk is what the application behind the assistant sends along; its type is "data-" and Name.
type DataChunk struct {
	Name      string          `json:"-"`                  // what follows "data-" in the type
	ID        string          `json:"id,omitzero"`        // "": none
	Data      json.RawMessage `json:"data"`               // any JSON
	Transient bool            `json:"transient,omitzero"` // not kept in the message
	Raw       parley.Raw      `json:"-"`                  // the chunk as sent
}

// MessageMetadataChunk tells more about the message.
type MessageMetadataChunk struct {
	MessageMetadata json.RawMessage `json:"messageMetadata"` // any JSON
	Raw             parley.Raw      `json:"-"`               // the chunk as sent
}

// FinishChunk ends the answer: it is whole.
type FinishChunk struct {
	FinishReason    FinishReason    `json:"finishReason,omitzero"`    // why it ended; "": not told
	MessageMetadata json.RawMessage `json:"messageMetadata,omitzero"` // any JSON; nil: none
	Raw             parley.Raw      `json:"-"`                        // the chunk as sent
}

// AbortChunk ends an answer that is not whole; ErrTruncated follows it.
type AbortChunk struct {
	Raw parley.Raw `json:"-"` // the chunk as sent
}

// ErrorChunk is a failure of the answer. A Stream turns it into an *Error with its text; only DecodeChunk returns it.
type ErrorChunk struct {
	ErrorText string     `json:"errorText"` // what went wrong
	Raw       parley.Raw `json:"-"`         // the chunk as sent
}

// UnknownChunk is a chunk of any other type, or of a known type whose members are not of the types that are known here.
type UnknownChunk struct {
	Type string     `json:"-"` // as sent
	Raw  parley.Raw `json:"-"` // the chunk as sent
}
