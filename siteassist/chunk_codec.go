package siteassist

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
)

// A Stream acts on these types of chunks.
const (
	typeError       = "error"
	typeFinish      = "finish"
	dataChunkPrefix = "data-"
)

// DecodeChunk decodes one chunk, such as one that was stored. It returns an error that matches ErrDecode if data is not
// a JSON object with a type, or if it is a text-delta without its text.
func DecodeChunk(data []byte) (Chunk, error) {
	if _, chunk := new(plainDecoder).decode(data); chunk != nil {
		return chunk, nil
	}
	typ, _ := lenient.Type(data)
	chunk, err := decodeChunk(typ, data)
	if err != nil {
		return nil, fmt.Errorf("siteassist: decode chunk: %w: %w", parley.ErrDecode, err)
	}
	return chunk, nil
}

// These errors quote no part of the chunk, because it may be the words of a visitor or of the assistant.
var (
	errNoJSON  = errors.New("it is not valid JSON")
	errNoDelta = errors.New("a text-delta has no text")
)

// decodeChunk decodes data of any form, whose type is typ, and keeps a copy of it. A nil typ means that data has no
// type.
func decodeChunk(typ, data []byte) (Chunk, error) {
	if typ == nil {
		return nil, errNoType
	}
	chunk := newChunk(typ)
	if delta, ok := chunk.(*TextDeltaChunk); ok {
		return delta, delta.decode(data)
	}
	if err := lenient.Unmarshal(data, chunk); err != nil {
		if _, mismatch := errors.AsType[*json.UnmarshalTypeError](err); !mismatch {
			return nil, errNoJSON
		}
		chunk = &UnknownChunk{Type: string(typ)}
	}
	*chunk.kept() = bytes.Clone(data)
	return chunk, nil
}

// decode reads a text-delta. A text-delta without its text is an error, whatever else is odd about it, because leaving
// it out would shorten the answer.
func (c *TextDeltaChunk) decode(data []byte) error {
	c.Raw = bytes.Clone(data)
	err := lenient.Unmarshal(data, c)
	if _, mismatch := errors.AsType[*json.UnmarshalTypeError](err); mismatch ||
		err == nil && c.Delta == "" && !has(data, "delta") {
		return errNoDelta
	}
	if err != nil {
		return errNoJSON
	}
	return nil
}

// has reports whether the object data has a member name that is not null.
func has(data []byte, name string) bool {
	var members map[string]json.RawMessage
	_ = lenient.Unmarshal(data, &members)
	return len(members[name]) > 0 && string(members[name]) != "null"
}

// newChunk returns an empty chunk of the given type. Its switch compares typ without converting it to a string.
func newChunk(typ []byte) Chunk {
	switch string(typ) {
	case "start":
		return new(StartChunk)
	case "start-step":
		return new(StartStepChunk)
	case "finish-step":
		return new(FinishStepChunk)
	case "text-start":
		return new(TextStartChunk)
	case "text-delta":
		return new(TextDeltaChunk)
	case "text-end":
		return new(TextEndChunk)
	case "reasoning-start":
		return new(ReasoningStartChunk)
	case "reasoning-delta":
		return new(ReasoningDeltaChunk)
	case "reasoning-end":
		return new(ReasoningEndChunk)
	case "tool-input-start":
		return new(ToolInputStartChunk)
	case "tool-input-delta":
		return new(ToolInputDeltaChunk)
	case "tool-input-available":
		return new(ToolInputAvailableChunk)
	case "tool-input-error":
		return new(ToolInputErrorChunk)
	case "tool-output-available":
		return new(ToolOutputAvailableChunk)
	case "tool-output-error":
		return new(ToolOutputErrorChunk)
	case "source-url":
		return new(SourceURLChunk)
	case "source-document":
		return new(SourceDocumentChunk)
	case "file":
		return new(FileChunk)
	case "message-metadata":
		return new(MessageMetadataChunk)
	case "finish":
		return new(FinishChunk)
	case "abort":
		return new(AbortChunk)
	case "error":
		return new(ErrorChunk)
	}
	if name, ok := strings.CutPrefix(string(typ), dataChunkPrefix); ok {
		return &DataChunk{Name: name}
	}
	return &UnknownChunk{Type: string(typ)}
}

func (r *Received) kept() *parley.Raw     { return &r.Raw }
func (c *UnknownChunk) kept() *parley.Raw { return &c.Raw }

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c StartChunk) MarshalJSON() ([]byte, error) {
	type fields StartChunk
	return encodeUnion("start", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c StartStepChunk) MarshalJSON() ([]byte, error) {
	type fields StartStepChunk
	return encodeUnion("start-step", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c FinishStepChunk) MarshalJSON() ([]byte, error) {
	type fields FinishStepChunk
	return encodeUnion("finish-step", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c TextStartChunk) MarshalJSON() ([]byte, error) {
	type fields TextStartChunk
	return encodeUnion("text-start", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c TextDeltaChunk) MarshalJSON() ([]byte, error) {
	type fields TextDeltaChunk
	return encodeUnion("text-delta", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c TextEndChunk) MarshalJSON() ([]byte, error) {
	type fields TextEndChunk
	return encodeUnion("text-end", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c ReasoningStartChunk) MarshalJSON() ([]byte, error) {
	type fields ReasoningStartChunk
	return encodeUnion("reasoning-start", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c ReasoningDeltaChunk) MarshalJSON() ([]byte, error) {
	type fields ReasoningDeltaChunk
	return encodeUnion("reasoning-delta", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c ReasoningEndChunk) MarshalJSON() ([]byte, error) {
	type fields ReasoningEndChunk
	return encodeUnion("reasoning-end", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c ToolInputStartChunk) MarshalJSON() ([]byte, error) {
	type fields ToolInputStartChunk
	return encodeUnion("tool-input-start", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c ToolInputDeltaChunk) MarshalJSON() ([]byte, error) {
	type fields ToolInputDeltaChunk
	return encodeUnion("tool-input-delta", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c ToolInputAvailableChunk) MarshalJSON() ([]byte, error) {
	type fields ToolInputAvailableChunk
	return encodeUnion("tool-input-available", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c ToolInputErrorChunk) MarshalJSON() ([]byte, error) {
	type fields ToolInputErrorChunk
	return encodeUnion("tool-input-error", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c ToolOutputAvailableChunk) MarshalJSON() ([]byte, error) {
	type fields ToolOutputAvailableChunk
	return encodeUnion("tool-output-available", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c ToolOutputErrorChunk) MarshalJSON() ([]byte, error) {
	type fields ToolOutputErrorChunk
	return encodeUnion("tool-output-error", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c SourceURLChunk) MarshalJSON() ([]byte, error) {
	type fields SourceURLChunk
	return encodeUnion("source-url", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c SourceDocumentChunk) MarshalJSON() ([]byte, error) {
	type fields SourceDocumentChunk
	return encodeUnion("source-document", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c FileChunk) MarshalJSON() ([]byte, error) {
	type fields FileChunk
	return encodeUnion("file", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c MessageMetadataChunk) MarshalJSON() ([]byte, error) {
	type fields MessageMetadataChunk
	return encodeUnion("message-metadata", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c FinishChunk) MarshalJSON() ([]byte, error) {
	type fields FinishChunk
	return encodeUnion("finish", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c AbortChunk) MarshalJSON() ([]byte, error) {
	type fields AbortChunk
	return encodeUnion("abort", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c ErrorChunk) MarshalJSON() ([]byte, error) {
	type fields ErrorChunk
	return encodeUnion("error", c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (c DataChunk) MarshalJSON() ([]byte, error) {
	type fields DataChunk
	return encodeUnion(dataChunkPrefix+c.Name, c.Raw, fields(c))
}

// MarshalJSON returns Raw, or the type alone if Raw is nil.
func (c UnknownChunk) MarshalJSON() ([]byte, error) {
	return encodeUnion(c.Type, c.Raw, struct{}{})
}
