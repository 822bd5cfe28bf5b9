package syntphony

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
)

// objectOf decodes a context so that no number in it changes, because the context is sent back to the server later. It
// returns nil if raw is not an object.
func objectOf(raw []byte) map[string]any {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	if shortNumbers(raw) {
		var object map[string]any
		_ = json.Unmarshal(raw, &object)
		return object
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

// shortNumbers reports whether a float64 changes no number in raw, because no number has an exponent or more than 15
// characters. It counts digits in texts too. That only costs time, because the exact way of decoding is taken then.
func shortNumbers(raw []byte) bool {
	run := 0
	for _, c := range raw {
		switch {
		case c >= '0' && c <= '9', c == '.', c == '-':
			run++
		case run > 0 && (c == 'e' || c == 'E' || c == '+'):
			return false
		default:
			run = 0
		}
		if run > 15 {
			return false
		}
	}
	return true
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

// exact reports whether f is encoded as the number in text again. That is so without an exponent for up to 15 digits,
// and for integers up to 2^53.
func exact(text string, f float64) bool {
	const safe = 1 << 53
	if !strings.ContainsAny(text, "eE") && (len(text) <= 15 || !strings.Contains(text, ".") && math.Abs(f) < safe) {
		return true
	}
	again, err := json.Marshal(f)
	return err == nil && string(again) == text
}

// members splits a context into its members as sent. It returns nil if raw is not an object.
func members(raw []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}
