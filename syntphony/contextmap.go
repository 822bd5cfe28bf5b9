package syntphony

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/seed-127a5941/parley/internal/lenient"
)

// objectOf decodes a context so that no number in it changes, because the context is sent back to the server later. It
// returns nil if raw is not an object.
func objectOf(raw []byte) map[string]any {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	if object, ok := lenient.Any(raw, shortNumber); ok {
		return object.(map[string]any)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var object map[string]any
	if decoder.Decode(&object) != nil {
		return nil
	}
	for name, value := range object {
		object[name] = ordinary(value)
	}
	return object
}

// shortNumber decodes a number that a float64 does not change. It reports false for any other.
func shortNumber(raw []byte) (any, bool) {
	if !isShort(string(raw)) {
		return nil, false
	}
	return lenient.Number(raw)
}

// ordinary replaces each json.Number by the float64 that callers expect, unless the float64 would change the number.
func ordinary(value any) any {
	switch v := value.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil && exact(v.String(), f) {
			return f
		}
	case map[string]any:
		for name, inner := range v {
			v[name] = ordinary(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = ordinary(inner)
		}
	}
	return value
}

// isShort reports whether no float64 changes the number in text, because it has no exponent and at most 15 characters.
func isShort(text string) bool { return len(text) <= 15 && !strings.ContainsAny(text, "eE") }

// exact reports whether f is encoded as the number in text again. That is so for a short number, and for an integer
// without an exponent up to 2^53.
func exact(text string, f float64) bool {
	const safe = 1 << 53
	if isShort(text) || !strings.ContainsAny(text, ".eE") && math.Abs(f) < safe {
		return true
	}
	again, err := json.Marshal(f)
	return err == nil && string(again) == text
}

// carried returns a copy of a context as it is sent back. raw is the context as it came, and object its members. A
// context whose names are written with escapes or repeated is sent back in a form that every server reads alike. A
// context that is not UTF-8 is sent back as it was decoded, because no request may hold such text.
func carried(raw json.RawMessage, object map[string]any) json.RawMessage {
	if !utf8.Valid(raw) {
		return encoded(object)
	}
	names := 0
	o := lenient.NewObject(raw)
	for o.Next() {
		if !lenient.IsPlain(o.Key[1 : len(o.Key)-1]) {
			return encoded(members(raw))
		}
		names++
	}
	if names != len(object) {
		return encoded(members(raw))
	}
	return bytes.Clone(raw)
}

// hasMembers reports whether a context, which may be nil, has a member.
func hasMembers(context []byte) bool {
	o := lenient.NewObject(context)
	return o.Next()
}

// encoded encodes a context that was decoded, or encoded before, without an error.
func encoded[V any](context map[string]V) json.RawMessage {
	raw, _ := json.Marshal(context)
	return raw
}

// members splits a context into its members as sent. It returns nil if raw is not an object.
func members(raw []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}
