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

// Parts is the content of a message, each part as sent. The methods Text and Decode decode it on demand.
type Parts []json.RawMessage

// Text returns the text of all text parts, in order, without separators. Citations in it are Markdown reference links.
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

// Decode returns the parts with their types. If a part is not an object with a type, the error names it and matches
// ErrDecode.
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

// Part is a part of a message. It is a *TextPart, a *ToolPart or an *UnknownPart. A part that was decoded encodes to
// the bytes it was decoded from, including members that this package does not know. Clear its Raw to encode its fields.
type Part interface {
	json.Marshaler
	kept() *parley.Raw
}

// TextPart is a part that holds text.
type TextPart struct {
	Text string `json:"text"` // the text, in Markdown
	Received
}

// ToolPart is the use of a tool, such as a button to show. The vendor documents no such part. Its widget reads a part
// "tool-action_display-link" whose State is "output-available" and whose Output has buttonLabel, href and perhaps
// buttonVariant.
type ToolPart struct {
	// Name is the type without the prefix "tool-", such as "action_display-link".
	Name   string          `json:"-"`
	State  string          `json:"state,omitzero"`  // "output-available" says that Output is set
	Output json.RawMessage `json:"output,omitzero"` // any JSON
	Received
}

// UnknownPart is a part of any other type.
type UnknownPart struct {
	Type string     `json:"-"` // the type as sent
	Raw  parley.Raw `json:"-"` // the part as sent
}

func (p *UnknownPart) kept() *parley.Raw { return &p.Raw }

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (p TextPart) MarshalJSON() ([]byte, error) {
	type fields TextPart
	return encodeUnion(typeText, p.Raw, fields(p))
}

// MarshalJSON returns Raw, or the fields if Raw is nil.
func (p ToolPart) MarshalJSON() ([]byte, error) {
	type fields ToolPart
	return encodeUnion(toolPartPrefix+p.Name, p.Raw, fields(p))
}

// MarshalJSON returns Raw, or the type alone if Raw is nil.
func (p UnknownPart) MarshalJSON() ([]byte, error) {
	return encodeUnion(p.Type, p.Raw, struct{}{})
}

// DecodePart decodes one part of a message. It returns an error that matches ErrDecode if data is not a JSON object
// with a type. A part of a type above that has a member of an unexpected JSON type becomes an *UnknownPart.
func DecodePart(data []byte) (Part, error) {
	if !json.Valid(data) {
		return nil, fmt.Errorf("siteassist: decode part: %w: it is not JSON", parley.ErrDecode)
	}
	part := decodePart(data)
	if part == nil {
		return nil, fmt.Errorf("siteassist: decode part: %w: %w", parley.ErrDecode, errNoType)
	}
	*part.kept() = bytes.Clone(data)
	return part, nil
}

var errNoType = errors.New("it is not a JSON object with a type")

// decodePart decodes raw, which is JSON, and does not keep it. It returns nil if raw is not an object with a type.
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
