package lenient

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

const typeName = "type"

// Type returns the string member "type" of the JSON object raw without decoding the rest. If there are several such
// members, it returns the last one. It reports false if raw is not an object or has no such string. It checks only as
// much syntax as it needs to find its way. The result is a part of raw, unless the string is written with escapes.
func Type(raw []byte) ([]byte, bool) {
	var found []byte
	o := NewObject(raw)
	for o.Next() {
		if isType(o.Key) {
			found = unquote(o.Value)
		}
	}
	return found, found != nil && o.Whole()
}

// isType reports whether the quoted string is the name "type", also where it is written with escapes.
func isType(quoted []byte) bool {
	name := quoted[1 : len(quoted)-1]
	return string(name) == typeName || len(name) > len(typeName) && string(unquote(quoted)) == typeName
}

// unquote returns the content of a quoted string, or nil if quoted is not a valid string.
func unquote(quoted []byte) []byte {
	if len(quoted) == 0 || quoted[0] != '"' {
		return nil
	}
	plain := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		return plain
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return nil
	}
	return []byte(text)
}
