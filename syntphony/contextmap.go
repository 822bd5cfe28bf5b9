package syntphony

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
)

// objectOf decodes a context, which comes back to the server later: no number in it may change on the way. Anything but
// an object is no context.
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

// shortNumbers reports whether a float64 changes no number in raw, because none is longer than 15 characters or has an
// exponent. Digits in texts count too: that costs time, not truth.
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

// ordinary replaces each json.Number by the float64 that callers expect, unless that would change it.
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

// exact reports whether f goes back as the number in text: without an exponent up to 15 digits always, and integers up
// to 2^53.
func exact(text string, f float64) bool {
	const safe = 1 << 53
	if !strings.ContainsAny(text, "eE") && (len(text) <= 15 || !strings.Contains(text, ".") && math.Abs(f) < safe) {
		return true
	}
	again, err := json.Marshal(f)
	return err == nil && string(again) == text
}

// members splits a context into its members as sent; nil if raw is no object.
func members(raw []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}
