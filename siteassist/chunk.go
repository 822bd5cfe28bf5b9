package siteassist

import (
	"encoding/json"

	"github.com/seed-127a5941/parley"
)

// Chunk is one event of a Stream. It is one of the types of this file. They are those of the AI SDK's UI message
// stream, version 5, which the vendor names as its format. The vendor documents only the first few, so any of the
// others may never come. A chunk of a later type is an *UnknownChunk.
//
// A chunk that came from a stream or from DecodeChunk encodes to the bytes it was decoded from, including members that
// this package does not know: MarshalJSON returns Raw. Clear Raw to encode the fields.
type Chunk interface {
	json.Marshaler
	kept() *parley.Raw
}

// Received is embedded in all chunks and in all parts of messages, so that chunk.Raw is the JSON text.
type Received struct {
	// Raw is the JSON text as the server sent it. It is nil in a value that was not received.
	Raw parley.Raw `json:"-"`
}

// StartChunk begins the answer.
type StartChunk struct {
	// MessageID is probably the id of the stored message that SetFeedback takes, because the vendor's widget uses it
	// so. It is empty in the vendor's example.
	MessageID       string          `json:"messageId,omitzero"`
	MessageMetadata json.RawMessage `json:"messageMetadata,omitzero"` // any JSON, or nil
	Received
}

// StartStepChunk begins a step of the answer.
type StartStepChunk struct {
	Received
}

// FinishStepChunk ends a step of the answer.
type FinishStepChunk struct {
	Received
}

// TextStartChunk begins a text.
type TextStartChunk struct {
	ID string `json:"id"` // names the text
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Received
}

// TextDeltaChunk is the next piece of a text.
type TextDeltaChunk struct {
	ID    string `json:"id"`    // names the text
	Delta string `json:"delta"` // the next piece of the text, in Markdown
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Received
}

// TextEndChunk ends a text.
type TextEndChunk struct {
	ID string `json:"id"` // names the text
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Received
}

// ReasoningStartChunk begins a piece of the model's reasoning.
type ReasoningStartChunk struct {
	ID string `json:"id"` // names the reasoning
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Received
}

// ReasoningDeltaChunk is the next piece of the model's reasoning. Reasoning is not a part of the answer's text.
type ReasoningDeltaChunk struct {
	ID    string `json:"id"`    // names the reasoning
	Delta string `json:"delta"` // the next piece
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Received
}

// ReasoningEndChunk ends a piece of the model's reasoning.
type ReasoningEndChunk struct {
	ID string `json:"id"` // names the reasoning
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Received
}

// ToolInputStartChunk begins the input of a tool.
type ToolInputStartChunk struct {
	ToolCallID       string `json:"toolCallId"`                // names this use of the tool
	ToolName         string `json:"toolName"`                  // names the tool
	ProviderExecuted bool   `json:"providerExecuted,omitzero"` // the model's provider ran the tool
	Dynamic          bool   `json:"dynamic,omitzero"`          // the tool was not known beforehand
	Received
}

// ToolInputDeltaChunk is the next piece of a tool's input.
type ToolInputDeltaChunk struct {
	ToolCallID     string `json:"toolCallId"`     // names this use of the tool
	InputTextDelta string `json:"inputTextDelta"` // the next piece of a JSON text
	Received
}

// ToolInputAvailableChunk is a tool's whole input.
type ToolInputAvailableChunk struct {
	ToolCallID       string          `json:"toolCallId"`                // names this use of the tool
	ToolName         string          `json:"toolName"`                  // names the tool
	Input            json.RawMessage `json:"input"`                     // any JSON
	ProviderExecuted bool            `json:"providerExecuted,omitzero"` // the model's provider ran the tool
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Dynamic          bool            `json:"dynamic,omitzero"` // the tool was not known beforehand
	Received
}

// ToolInputErrorChunk is an input that the tool cannot take.
type ToolInputErrorChunk struct {
	ToolCallID       string          `json:"toolCallId"`                // names this use of the tool
	ToolName         string          `json:"toolName"`                  // names the tool
	Input            json.RawMessage `json:"input"`                     // any JSON
	ProviderExecuted bool            `json:"providerExecuted,omitzero"` // the model's provider ran the tool
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Dynamic          bool            `json:"dynamic,omitzero"` // the tool was not known beforehand
	ErrorText        string          `json:"errorText"`        // the reason
	Received
}

// ToolOutputAvailableChunk is the result of a tool.
type ToolOutputAvailableChunk struct {
	ToolCallID       string          `json:"toolCallId"`                // names this use of the tool
	Output           json.RawMessage `json:"output,omitzero"`           // any JSON
	ProviderExecuted bool            `json:"providerExecuted,omitzero"` // the model's provider ran the tool
	Dynamic          bool            `json:"dynamic,omitzero"`          // the tool was not known beforehand
	Preliminary      bool            `json:"preliminary,omitzero"`      // more output of the same call follows
	Received
}

// ToolOutputErrorChunk is the failure of a tool. The answer may go on.
type ToolOutputErrorChunk struct {
	ToolCallID       string `json:"toolCallId"`                // names this use of the tool
	ErrorText        string `json:"errorText"`                 // the reason
	ProviderExecuted bool   `json:"providerExecuted,omitzero"` // the model's provider ran the tool
	Dynamic          bool   `json:"dynamic,omitzero"`          // the tool was not known beforehand
	Received
}

// SourceURLChunk is a page that the answer rests on.
type SourceURLChunk struct {
	SourceID string `json:"sourceId"`       // names the source
	URL      string `json:"url"`            // the address of the page
	Title    string `json:"title,omitzero"` // the title of the page, or ""
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Received
}

// SourceDocumentChunk is a document that the answer rests on.
type SourceDocumentChunk struct {
	SourceID  string `json:"sourceId"`          // names the source
	MediaType string `json:"mediaType"`         // the media type of the document
	Title     string `json:"title"`             // the title of the document
	Filename  string `json:"filename,omitzero"` // may be empty
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Received
}

// FileChunk is a file that belongs to the answer.
type FileChunk struct {
	// URL is the address of the file. It may be a data URL that holds the file itself.
	URL       string `json:"url"`
	MediaType string `json:"mediaType"` // the media type of the file
	// ProviderMetadata is data of the model's provider, in any JSON form. It may be nil.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitzero"`
	Received
}

// DataChunk is data of the application behind the assistant. Its type is "data-" followed by Name.
type DataChunk struct {
	Name      string          `json:"-"`                  // the type without the prefix "data-"
	ID        string          `json:"id,omitzero"`        // may be empty
	Data      json.RawMessage `json:"data"`               // any JSON
	Transient bool            `json:"transient,omitzero"` // the data is not a part of the message
	Received
}

// MessageMetadataChunk adds metadata to the message.
type MessageMetadataChunk struct {
	MessageMetadata json.RawMessage `json:"messageMetadata"` // any JSON
	Received
}

// FinishChunk ends an answer. If the server merges several answers into one stream, each has a FinishChunk, and chunks
// of the next one follow.
type FinishChunk struct {
	FinishReason    FinishReason    `json:"finishReason,omitzero"`    // why the model ended the answer, may be empty
	MessageMetadata json.RawMessage `json:"messageMetadata,omitzero"` // any JSON, or nil
	Received
}

// AbortChunk ends an answer that is not whole. An error that matches ErrTruncated follows it.
type AbortChunk struct {
	Received
}

// ErrorChunk is the failure of the answer. A Stream turns it into an *Error with its text, so that only DecodeChunk
// returns it.
type ErrorChunk struct {
	ErrorText string `json:"errorText"` // the reason
	Received
}

// UnknownChunk is a chunk of any other type, or a chunk of a type above that has a member of an unexpected JSON type.
type UnknownChunk struct {
	Type string     `json:"-"` // the type as sent
	Raw  parley.Raw `json:"-"` // the JSON text as sent
}
