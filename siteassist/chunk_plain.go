package siteassist

import (
	"bytes"
	"encoding/json"

	"github.com/seed-127a5941/parley/internal/lenient"
)

// plainDecoder decodes chunks in the form in which servers write nearly all of them: an object whose first member is
// the type, and whose other members are known and have the usual type. It takes a quarter of the time of encoding/json.
// The chunks of a stream share the text of an id that they repeat.
type plainDecoder struct {
	id idText // the last id
}

// idText is the name of a text, a reasoning or a tool call, which all of its deltas repeat.
type idText string

// plainChunk is a chunk that plainDecoder can decode.
type plainChunk interface {
	Chunk
	// member returns the address of the field for a member, whose name is quoted: an *idText, a *string, a *bool or a
	// *json.RawMessage. It returns nil for an unknown member.
	member(name []byte) any
}

// decode decodes data and keeps a copy of it, to which members of any JSON form refer. typ is a part of data. decode
// returns nil if data has another form, valid or not.
func (d *plainDecoder) decode(data []byte) (typ []byte, chunk Chunk) {
	o := lenient.NewObject(data)
	if !o.Next() || string(o.Key) != `"type"` || len(o.Value) < 2 || o.Value[0] != '"' {
		return nil, nil
	}
	typ = o.Value[1 : len(o.Value)-1]
	target, ok := newChunk(typ).(plainChunk)
	if !ok || !lenient.IsPlain(typ) {
		return nil, nil
	}
	raw := bytes.Clone(data)
	if !d.setMembers(target, raw) {
		return nil, nil
	}
	*target.kept() = raw
	return typ, target
}

// setMembers sets the members of target that follow the type in raw.
func (d *plainDecoder) setMembers(target plainChunk, raw []byte) bool {
	_, needsDelta := target.(*TextDeltaChunk) // without its text it is an error
	o := lenient.NewObject(raw)
	for o.Next(); o.Next(); {
		if !d.set(target.member(o.Key), o.Value) {
			return false
		}
		needsDelta = needsDelta && string(o.Key) != textDelta
	}
	return !needsDelta && o.Alone()
}

// set decodes value into a field. It reports false for a value of another type than usual, and if field is nil.
func (d *plainDecoder) set(field any, value []byte) (ok bool) {
	switch field := field.(type) {
	case *idText:
		*field, ok = d.sharedID(value)
	case *string:
		*field, ok = lenient.Text(value)
	case *bool:
		*field, ok = lenient.Bool(value)
	case *json.RawMessage:
		*field, ok = value, lenient.Valid(value)
	}
	return ok
}

// sharedID decodes an id. It returns the last one if that is the same.
func (d *plainDecoder) sharedID(value []byte) (idText, bool) {
	if n := len(value) - 1; n > 1 && value[0] == '"' && string(value[1:n]) == string(d.id) {
		return d.id, true
	}
	text, ok := lenient.Text(value)
	if ok && lenient.IsPlain(value[1:len(value)-1]) {
		d.id = idText(text)
	}
	return idText(text), ok
}

func (c *StartChunk) member(name []byte) any {
	switch string(name) {
	case `"messageId"`:
		return &c.MessageID
	case `"messageMetadata"`:
		return &c.MessageMetadata
	}
	return nil
}

func (c *StartStepChunk) member([]byte) any  { return nil }
func (c *FinishStepChunk) member([]byte) any { return nil }

func (c *TextStartChunk) member(name []byte) any {
	return pieceMember(name, &c.ID, nil, &c.ProviderMetadata)
}

func (c *TextDeltaChunk) member(name []byte) any {
	return pieceMember(name, &c.ID, &c.Delta, &c.ProviderMetadata)
}

func (c *TextEndChunk) member(name []byte) any {
	return pieceMember(name, &c.ID, nil, &c.ProviderMetadata)
}

func (c *ReasoningStartChunk) member(name []byte) any {
	return pieceMember(name, &c.ID, nil, &c.ProviderMetadata)
}

func (c *ReasoningDeltaChunk) member(name []byte) any {
	return pieceMember(name, &c.ID, &c.Delta, &c.ProviderMetadata)
}

func (c *ReasoningEndChunk) member(name []byte) any {
	return pieceMember(name, &c.ID, nil, &c.ProviderMetadata)
}

// pieceMember returns the member of a text or a reasoning. delta is nil for a chunk that only begins or ends one.
func pieceMember(name []byte, id, delta *string, metadata *json.RawMessage) any {
	switch string(name) {
	case `"id"`:
		return (*idText)(id)
	case textDelta:
		if delta != nil {
			return delta
		}
	case `"providerMetadata"`:
		return metadata
	}
	return nil
}

func (c *ToolInputStartChunk) member(name []byte) any {
	return toolMember(name, &c.ToolCallID, &c.ToolName, &c.ProviderExecuted, &c.Dynamic)
}

func (c *ToolInputDeltaChunk) member(name []byte) any {
	if string(name) == toolDelta {
		return &c.InputTextDelta
	}
	return toolMember(name, &c.ToolCallID, nil, nil, nil)
}

func (c *ToolInputAvailableChunk) member(name []byte) any {
	switch string(name) {
	case `"input"`:
		return &c.Input
	case `"providerMetadata"`:
		return &c.ProviderMetadata
	}
	return toolMember(name, &c.ToolCallID, &c.ToolName, &c.ProviderExecuted, &c.Dynamic)
}

func (c *ToolOutputAvailableChunk) member(name []byte) any {
	switch string(name) {
	case `"output"`:
		return &c.Output
	case `"preliminary"`:
		return &c.Preliminary
	}
	return toolMember(name, &c.ToolCallID, nil, &c.ProviderExecuted, &c.Dynamic)
}

// toolMember returns the member of a tool call. The addresses are nil for members that the chunk does not have.
func toolMember(name []byte, id, tool *string, providerExecuted, dynamic *bool) any {
	switch string(name) {
	case `"toolCallId"`:
		return (*idText)(id)
	case `"toolName"`:
		return orNil(tool)
	case `"providerExecuted"`:
		return orNil(providerExecuted)
	case `"dynamic"`:
		return orNil(dynamic)
	}
	return nil
}

// orNil returns a nil interface for a nil pointer.
func orNil[T any](field *T) any {
	if field == nil {
		return nil
	}
	return field
}

func (c *SourceURLChunk) member(name []byte) any {
	switch string(name) {
	case `"sourceId"`:
		return &c.SourceID
	case `"url"`:
		return &c.URL
	case `"title"`:
		return &c.Title
	case `"providerMetadata"`:
		return &c.ProviderMetadata
	}
	return nil
}

func (c *DataChunk) member(name []byte) any {
	switch string(name) {
	case `"id"`:
		return &c.ID
	case `"data"`:
		return &c.Data
	case `"transient"`:
		return &c.Transient
	}
	return nil
}

func (c *FinishChunk) member(name []byte) any {
	switch string(name) {
	case `"finishReason"`:
		return (*string)(&c.FinishReason)
	case `"messageMetadata"`:
		return &c.MessageMetadata
	}
	return nil
}
