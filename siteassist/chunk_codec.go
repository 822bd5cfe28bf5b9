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

// The types that a Stream acts on.
const (
	typeAbort       = "abort"
	typeError       = "error"
	typeFinish      = "finish"
	dataChunkPrefix = "data-"
)

// DecodeChunk decodes one chunk, such as one that was stored. The error matches ErrDecode: data is no JSON object with a
// type, or a text-delta without its text.
func DecodeChunk(data []byte) (Chunk, error) {
	typ, _ := lenient.Type(data)
	chunk, err := decodeChunk(typ, data)
	if err != nil {
		return nil, fmt.Errorf("siteassist: decode chunk: %w: %w", parley.ErrDecode, err)
	}
	return chunk, nil
}

var errNoDelta = errors.New("a text-delta has no text")

// decodeChunk decodes data, whose type is typ (nil: it has none), and keeps a copy of it.
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
			return nil, err
		}
		chunk = &UnknownChunk{Type: string(typ)}
	}
	*chunk.kept() = bytes.Clone(data)
	return chunk, nil
}

// decode reads the chunk that a stream consists of. One without its text is an error, whatever else is odd about it: to
// leave it out would shorten the answer.
func (c *TextDeltaChunk) decode(data []byte) error {
	c.Raw = bytes.Clone(data)
	if c.decodePlain(data) {
		return nil
	}
	c.ID, c.Delta = "", ""
	if err := lenient.Unmarshal(data, c); err != nil {
		return err
	}
	if c.Delta == "" && !has(data, "delta") {
		return errNoDelta
	}
	return nil
}

// decodePlain decodes what nearly all chunks are, in half the time of encoding/json: an object with these members, all of
// them strings. It reports false for anything else, invalid JSON included.
func (c *TextDeltaChunk) decodePlain(data []byte) bool {
	found := false
	o := lenient.NewObject(data)
	for o.Next() {
		ok := false
		switch string(o.Key) {
		case `"type"`:
			ok = string(o.Value) == `"text-delta"`
		case `"id"`:
			c.ID, ok = lenient.Text(o.Value)
		case `"delta"`:
			c.Delta, ok = lenient.Text(o.Value)
			found = ok
		}
		if !ok {
			return false
		}
	}
	return found && o.Alone()
}

// has reports whether the object data has a member name that is not null.
func has(data []byte, name string) bool {
	var members map[string]json.RawMessage
	_ = lenient.Unmarshal(data, &members)
	return len(members[name]) > 0 && string(members[name]) != "null"
}

// newChunk returns the empty chunk of a type. The switch compares without making a string of typ.
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

func (c *StartChunk) kept() *parley.Raw               { return &c.Raw }
func (c *StartStepChunk) kept() *parley.Raw           { return &c.Raw }
func (c *FinishStepChunk) kept() *parley.Raw          { return &c.Raw }
func (c *TextStartChunk) kept() *parley.Raw           { return &c.Raw }
func (c *TextDeltaChunk) kept() *parley.Raw           { return &c.Raw }
func (c *TextEndChunk) kept() *parley.Raw             { return &c.Raw }
func (c *ReasoningStartChunk) kept() *parley.Raw      { return &c.Raw }
func (c *ReasoningDeltaChunk) kept() *parley.Raw      { return &c.Raw }
func (c *ReasoningEndChunk) kept() *parley.Raw        { return &c.Raw }
func (c *ToolInputStartChunk) kept() *parley.Raw      { return &c.Raw }
func (c *ToolInputDeltaChunk) kept() *parley.Raw      { return &c.Raw }
func (c *ToolInputAvailableChunk) kept() *parley.Raw  { return &c.Raw }
func (c *ToolInputErrorChunk) kept() *parley.Raw      { return &c.Raw }
func (c *ToolOutputAvailableChunk) kept() *parley.Raw { return &c.Raw }
func (c *ToolOutputErrorChunk) kept() *parley.Raw     { return &c.Raw }
func (c *SourceURLChunk) kept() *parley.Raw           { return &c.Raw }
func (c *SourceDocumentChunk) kept() *parley.Raw      { return &c.Raw }
func (c *FileChunk) kept() *parley.Raw                { return &c.Raw }
func (c *MessageMetadataChunk) kept() *parley.Raw     { return &c.Raw }
func (c *FinishChunk) kept() *parley.Raw              { return &c.Raw }
func (c *AbortChunk) kept() *parley.Raw               { return &c.Raw }
func (c *ErrorChunk) kept() *parley.Raw               { return &c.Raw }
func (c *DataChunk) kept() *parley.Raw                { return &c.Raw }
func (c *UnknownChunk) kept() *parley.Raw             { return &c.Raw }

// MarshalJSON returns Raw or, without it, the fields.
func (c StartChunk) MarshalJSON() ([]byte, error) {
	type fields StartChunk
	return encodeUnion("start", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c StartStepChunk) MarshalJSON() ([]byte, error) {
	type fields StartStepChunk
	return encodeUnion("start-step", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c FinishStepChunk) MarshalJSON() ([]byte, error) {
	type fields FinishStepChunk
	return encodeUnion("finish-step", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c TextStartChunk) MarshalJSON() ([]byte, error) {
	type fields TextStartChunk
	return encodeUnion("text-start", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c TextDeltaChunk) MarshalJSON() ([]byte, error) {
	type fields TextDeltaChunk
	return encodeUnion("text-delta", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c TextEndChunk) MarshalJSON() ([]byte, error) {
	type fields TextEndChunk
	return encodeUnion("text-end", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c ReasoningStartChunk) MarshalJSON() ([]byte, error) {
	type fields ReasoningStartChunk
	return encodeUnion("reasoning-start", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c ReasoningDeltaChunk) MarshalJSON() ([]byte, error) {
	type fields ReasoningDeltaChunk
	return encodeUnion("reasoning-delta", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c ReasoningEndChunk) MarshalJSON() ([]byte, error) {
	type fields ReasoningEndChunk
	return encodeUnion("reasoning-end", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c ToolInputStartChunk) MarshalJSON() ([]byte, error) {
	type fields ToolInputStartChunk
	return encodeUnion("tool-input-start", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c ToolInputDeltaChunk) MarshalJSON() ([]byte, error) {
	type fields ToolInputDeltaChunk
	return encodeUnion("tool-input-delta", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c ToolInputAvailableChunk) MarshalJSON() ([]byte, error) {
	type fields ToolInputAvailableChunk
	return encodeUnion("tool-input-available", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c ToolInputErrorChunk) MarshalJSON() ([]byte, error) {
	type fields ToolInputErrorChunk
	return encodeUnion("tool-input-error", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c ToolOutputAvailableChunk) MarshalJSON() ([]byte, error) {
	type fields ToolOutputAvailableChunk
	return encodeUnion("tool-output-available", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c ToolOutputErrorChunk) MarshalJSON() ([]byte, error) {
	type fields ToolOutputErrorChunk
	return encodeUnion("tool-output-error", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c SourceURLChunk) MarshalJSON() ([]byte, error) {
	type fields SourceURLChunk
	return encodeUnion("source-url", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c SourceDocumentChunk) MarshalJSON() ([]byte, error) {
	type fields SourceDocumentChunk
	return encodeUnion("source-document", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c FileChunk) MarshalJSON() ([]byte, error) {
	type fields FileChunk
	return encodeUnion("file", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c MessageMetadataChunk) MarshalJSON() ([]byte, error) {
	type fields MessageMetadataChunk
	return encodeUnion("message-metadata", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c FinishChunk) MarshalJSON() ([]byte, error) {
	type fields FinishChunk
	return encodeUnion("finish", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c AbortChunk) MarshalJSON() ([]byte, error) {
	type fields AbortChunk
	return encodeUnion("abort", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c ErrorChunk) MarshalJSON() ([]byte, error) {
	type fields ErrorChunk
	return encodeUnion("error", c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the fields.
func (c DataChunk) MarshalJSON() ([]byte, error) {
	type fields DataChunk
	return encodeUnion(dataChunkPrefix+c.Name, c.Raw, fields(c))
}

// MarshalJSON returns Raw or, without it, the type alone.
func (c UnknownChunk) MarshalJSON() ([]byte, error) {
	return encodeUnion(c.Type, c.Raw, struct{}{})
}
