package wire

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

const typeName = "type"

// Type returns the string member "type" of the JSON object raw, the last one where there are several, without decoding
// the rest. It reports false for what is no object or has no such member, or one that is no string. It checks only as
// much syntax as it needs to find its way. The result is a part of raw unless it was written with escapes.
func Type(raw []byte) ([]byte, bool) {
	var found []byte
	i := skipSpace(raw, 0)
	if at(raw, i) != '{' {
		return nil, false
	}
	for {
		i = skipSpace(raw, i+1)
		key, next := scanString(raw, i)
		if next < 0 {
			return found, found != nil && at(raw, i) == '}'
		}
		i = skipSpace(raw, next)
		if at(raw, i) != ':' {
			return nil, false
		}
		i = skipSpace(raw, i+1)
		value, next := scanString(raw, i)
		if next < 0 {
			next = skipValue(raw, i)
		}
		if isType(key) {
			found = unquote(value)
		}
		i = skipSpace(raw, next)
		switch at(raw, i) {
		case ',':
		case '}':
			return found, found != nil
		default:
			return nil, false
		}
	}
}

// at returns 0, which no JSON text holds, behind the end.
func at(raw []byte, i int) byte {
	if i >= len(raw) {
		return 0
	}
	return raw[i]
}

func skipSpace(raw []byte, i int) int {
	for {
		switch at(raw, i) {
		case ' ', '\t', '\r', '\n':
			i++
		default:
			return i
		}
	}
}

// scanString returns the string that begins at i, quotes included, and the index behind it, -1 if there is no string.
func scanString(raw []byte, i int) ([]byte, int) {
	if at(raw, i) != '"' {
		return nil, -1
	}
	for end := i + 1; ; end++ {
		quote := bytes.IndexByte(raw[end:], '"')
		if quote < 0 {
			return nil, -1
		}
		end += quote
		escape := end
		for raw[escape-1] == '\\' {
			escape--
		}
		if (end-escape)%2 == 0 {
			return raw[i : end+1], end + 1
		}
	}
}

// skipValue returns the index behind the object, array, number or literal that begins at i.
func skipValue(raw []byte, i int) int {
	for depth := 0; ; i++ {
		switch at(raw, i) {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return i // it closes the object that the value is in
			}
		case ',':
			if depth == 0 {
				return i
			}
		case '"':
			_, next := scanString(raw, i)
			if next < 0 {
				return len(raw)
			}
			i = next - 1
		case 0:
			return i
		}
	}
}

// isType reports whether the quoted string is the name "type", also where it is written with escapes.
func isType(quoted []byte) bool {
	name := quoted[1 : len(quoted)-1]
	return string(name) == typeName || len(name) > len(typeName) && string(unquote(quoted)) == typeName
}

// unquote returns what the quoted string says, nil if it says nothing.
func unquote(quoted []byte) []byte {
	if quoted == nil {
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
