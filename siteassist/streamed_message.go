package siteassist

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/seed-127a5941/parley/internal/lenient"
)

// StreamedMessage is the part of an answer that a Stream has read.
type StreamedMessage struct {
	// ID is probably the id of the stored message that SetFeedback takes. If the server merges several answers into one
	// stream, it is the last id. It is empty if the server sends no id.
	ID string
	// Text is the text of the answer, in Markdown. Its pieces are joined without separators.
	Text string
	// Reasoning is the model's reasoning. It is not a part of the answer's text.
	Reasoning string
	// ToolCalls are the uses of tools, in the order in which they began.
	ToolCalls []ToolCall
	// Sources are the pages and documents that the answer rests on, in order.
	Sources []MessageSource
	// Files are the files of the answer, in order.
	Files []MessageFile
	// FinishReason is the reason that Stream.FinishReason returns.
	FinishReason FinishReason
	// Usage counts the tokens of the answer. It is nil unless the server sends "usage" or "totalUsage" in the metadata
	// of the message, which is the only place where the AI SDK's format has room for it.
	Usage *Usage
}

// ToolCall is one use of a tool in a StreamedMessage.
type ToolCall struct {
	ID   string // names this use of the tool
	Name string // names the tool
	// InputText is the JSON text of the input as far as it has come in pieces.
	InputText string
	// Input is the whole input, any JSON. It is nil until the input is whole.
	Input json.RawMessage
	// Output is the result of the tool, any JSON. It is nil until the result has come.
	Output json.RawMessage
	// Preliminary reports that more output follows.
	Preliminary bool
	// ErrorText says why the tool cannot take the input, or why it failed. It is empty if neither happened.
	ErrorText string
	// ProviderExecuted reports that the model's provider runs the tool.
	ProviderExecuted bool
	// Dynamic reports that the tool was not known beforehand.
	Dynamic bool
}

// MessageSource is a page or a document that an answer rests on.
type MessageSource struct {
	ID        string // names the source
	URL       string // the address of a page, or "" for a document
	Title     string // the title of the page or document, or ""
	MediaType string // the media type of a document, or "" for a page
	Filename  string // the file name of a document, or ""
}

// MessageFile is a file of an answer.
type MessageFile struct {
	URL       string // the address of the file, perhaps a data URL that holds it
	MediaType string // the media type of the file
}

// messageBuilder collects the content of the chunks of a stream. It is safe for concurrent use.
type messageBuilder struct {
	mu        sync.Mutex
	text      strings.Builder
	reasoning strings.Builder
	message   StreamedMessage // without text, reasoning and tool calls
	calls     []*toolCallBuilder
}

type toolCallBuilder struct {
	ToolCall
	input strings.Builder
}

// snapshot returns a copy of the message as far as it has come.
func (b *messageBuilder) snapshot() *StreamedMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.message
	m.Text, m.Reasoning = b.text.String(), b.reasoning.String()
	m.Sources, m.Files = slices.Clone(m.Sources), slices.Clone(m.Files)
	for _, call := range b.calls {
		one := call.ToolCall
		one.InputText = call.input.String()
		m.ToolCalls = append(m.ToolCalls, one)
	}
	if m.Usage != nil {
		m.Usage = new(*m.Usage)
	}
	return &m
}

// add adds the content of chunk to the message.
func (b *messageBuilder) add(chunk Chunk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch c := chunk.(type) {
	case *TextDeltaChunk:
		b.text.WriteString(c.Delta)
	case *ReasoningDeltaChunk:
		b.reasoning.WriteString(c.Delta)
	case *StartChunk:
		if c.MessageID != "" {
			b.message.ID = c.MessageID
		}
		b.addMetadata(c.MessageMetadata)
	case *MessageMetadataChunk:
		b.addMetadata(c.MessageMetadata)
	case *FinishChunk:
		b.addReason(c.FinishReason)
		b.addMetadata(c.MessageMetadata)
	case *SourceURLChunk:
		b.message.Sources = append(b.message.Sources, MessageSource{ID: c.SourceID, URL: c.URL, Title: c.Title})
	case *SourceDocumentChunk:
		b.message.Sources = append(b.message.Sources,
			MessageSource{ID: c.SourceID, Title: c.Title, MediaType: c.MediaType, Filename: c.Filename})
	case *FileChunk:
		b.message.Files = append(b.message.Files, MessageFile{URL: c.URL, MediaType: c.MediaType})
	default:
		b.addTool(chunk)
	}
}

// reason returns the finish reason as far as the stream was read.
func (b *messageBuilder) reason() FinishReason {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.message.FinishReason
}

// addReason keeps the last reason, or the first one that says that the model ended early.
func (b *messageBuilder) addReason(reason FinishReason) {
	switch b.message.FinishReason {
	case FinishReasonLength, FinishReasonContentFilter, FinishReasonError:
	default:
		b.message.FinishReason = reason
	}
}

// addMetadata looks for the tokens of the message in its metadata, where servers put them by convention.
func (b *messageBuilder) addMetadata(metadata json.RawMessage) {
	var members struct {
		Usage      *Usage `json:"usage"`
		TotalUsage *Usage `json:"totalUsage"`
	}
	if len(metadata) == 0 || lenient.Unmarshal(metadata, &members) != nil {
		return
	}
	if members.TotalUsage != nil {
		members.Usage = members.TotalUsage
	}
	if members.Usage != nil {
		b.message.Usage = members.Usage
	}
}

func (b *messageBuilder) addTool(chunk Chunk) {
	switch c := chunk.(type) {
	case *ToolInputStartChunk:
		b.call(c.ToolCallID).begin(c.ToolName, c.ProviderExecuted, c.Dynamic)
	case *ToolInputDeltaChunk:
		b.call(c.ToolCallID).input.WriteString(c.InputTextDelta)
	case *ToolInputAvailableChunk:
		call := b.call(c.ToolCallID)
		call.begin(c.ToolName, c.ProviderExecuted, c.Dynamic)
		call.Input = c.Input
	case *ToolInputErrorChunk:
		call := b.call(c.ToolCallID)
		call.begin(c.ToolName, c.ProviderExecuted, c.Dynamic)
		call.Input, call.ErrorText = c.Input, c.ErrorText
	case *ToolOutputAvailableChunk:
		call := b.call(c.ToolCallID)
		call.begin("", c.ProviderExecuted, c.Dynamic)
		call.Output, call.Preliminary = c.Output, c.Preliminary
	case *ToolOutputErrorChunk:
		call := b.call(c.ToolCallID)
		call.begin("", c.ProviderExecuted, c.Dynamic)
		call.ErrorText, call.Preliminary = c.ErrorText, false
	}
}

// call returns the tool call with that id. It adds one if the id is new.
func (b *messageBuilder) call(id string) *toolCallBuilder {
	for _, call := range slices.Backward(b.calls) {
		if call.ID == id {
			return call
		}
	}
	call := &toolCallBuilder{ToolCall: ToolCall{ID: id}}
	b.calls = append(b.calls, call)
	return call
}

// begin sets the members that most chunks of a tool call repeat.
func (c *toolCallBuilder) begin(name string, providerExecuted, dynamic bool) {
	if name != "" {
		c.Name = name
	}
	c.ProviderExecuted = c.ProviderExecuted || providerExecuted
	c.Dynamic = c.Dynamic || dynamic
}
