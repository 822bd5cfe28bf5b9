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

const (
	typeText       = "text"
	toolPartPrefix = "tool-"
)

// Parts is the content of a message, each part as sent. Parts are decoded on demand: Text, Decode.
type Parts []json.RawMessage

// Text returns the text of all text parts, in order, with nothing inserted. Citations in it are Markdown reference links.
func (p Parts) Text() string {
	var b strings.Builder
	for _, raw := range p {
		if typ, _ := lenient.Type(raw); string(typ) != typeText {
			continue
		}
		if part, ok := decodePart(raw).(*TextPart); ok {
			b.WriteString(part.Text)
		}
	}
	return b.String()
}

// Decode returns the parts with their types. The error matches ErrDecode and names a part that is no object with a type.
func (p Parts) Decode() ([]Part, error) {
	parts := make([]Part, 0, len(p))
	for i, raw := range p {
		part, err := DecodePart(raw)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i, err)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// Part is a part of a message: *TextPart, *ToolPart or *UnknownPart. Others may come. A part that was decoded encodes to
// the bytes it was decoded from, members unknown here included; clear its Raw to encode its fields.
type Part interface {
	json.Marshaler
	kept() *parley.Raw
}

// TextPart is text, in Markdown.
type TextPart struct {
	Text string     `json:"text"` // what is said
	Raw  parley.Raw `json:"-"`    // the part as sent
}

// ToolPart is the use of a tool, such as a button to show. The vendor documents none; this is what its widget reads: a
// part "tool-action_display-link" whose State is "output-available" has an Output with buttonLabel, href and perhaps
// buttonVariant.
type ToolPart struct {
	Name   string          `json:"-"`               // what follows "tool-" in the type: "action_display-link"
	State  string          `json:"state,omitzero"`  // "output-available": Output is there
	Output json.RawMessage `json:"output,omitzero"` // any JSON
	Raw    parley.Raw      `json:"-"`               // the part as sent
}

// UnknownPart is a part of any other type.
type UnknownPart struct {
	Type string     `json:"-"` // as sent
	Raw  parley.Raw `json:"-"` // the part as sent
}

func (p *TextPart) kept() *parley.Raw    { return &p.Raw }
func (p *ToolPart) kept() *parley.Raw    { return &p.Raw }
func (p *UnknownPart) kept() *parley.Raw { return &p.Raw }

// MarshalJSON returns Raw or, without it, the fields.
func (p TextPart) MarshalJSON() ([]byte, error) {
	type fields TextPart
	return encodeUnion(typeText, p.Raw, fields(p))
}

// MarshalJSON returns Raw or, without it, the fields.
func (p ToolPart) MarshalJSON() ([]byte, error) {
	type fields ToolPart
	return encodeUnion(toolPartPrefix+p.Name, p.Raw, fields(p))
}

// MarshalJSON returns Raw or, without it, the type alone.
func (p UnknownPart) MarshalJSON() ([]byte, error) {
	return encodeUnion(p.Type, p.Raw, struct{}{})
}

// DecodePart decodes one part of a message. The error matches ErrDecode: data is no JSON object with a type. A part of a
// known type whose members are not of the types that are known here is an *UnknownPart.
func DecodePart(data []byte) (Part, error) {
	if !json.Valid(data) {
		return nil, fmt.Errorf("siteassist: decode part: %w: it is no JSON", parley.ErrDecode)
	}
	part := decodePart(data)
	if part == nil {
		return nil, fmt.Errorf("siteassist: decode part: %w: %w", parley.ErrDecode, errNoType)
	}
	*part.kept() = bytes.Clone(data)
	return part, nil
}

var errNoType = errors.New("it is no JSON object with a type")

// decodePart decodes raw, which is JSON, and does not keep it. nil: it is no object with a type.
func decodePart(raw []byte) Part {
	typ, ok := lenient.Type(raw)
	if !ok {
		return nil
	}
	if part := newPart(string(typ)); part != nil && lenient.Unmarshal(raw, part) == nil {
		return part
	}
	return &UnknownPart{Type: string(typ)}
}

func newPart(typ string) Part {
	if name, ok := strings.CutPrefix(typ, toolPartPrefix); ok {
		return &ToolPart{Name: name}
	}
	if typ == typeText {
		return new(TextPart)
	}
	return nil
}

// encodeUnion returns raw or, without it, the object fields with its type in front.
func encodeUnion(typ string, raw []byte, fields any) ([]byte, error) {
	if raw != nil {
		return raw, nil
	}
	head, err := json.Marshal(struct {
		Type string `json:"type"`
	}{typ})
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(fields)
	if err != nil || len(body) <= len("{}") {
		return head, err
	}
	return append(append(head[:len(head)-1], ','), body[1:]...), nil
}
