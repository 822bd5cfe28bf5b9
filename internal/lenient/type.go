package lenient

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
	o := NewObject(raw)
	for o.Next() {
		if isType(o.Key) {
			found = unquote(o.Value)
		}
	}
	return found, found != nil && o.Whole()
}

// Object walks the members of a JSON object. It serves hot types, whose few members are not worth the reflection of
// encoding/json. It checks the object's own syntax, not that of the values.
type Object struct {
	Key   []byte // of the member, quotes included
	Value []byte // of the member, as sent

	raw  []byte
	next int // index of the sign before the next member: '{' or ','
}

// NewObject returns the walk before the first member.
func NewObject(raw []byte) Object {
	start := skipSpace(raw, 0)
	if at(raw, start) != '{' {
		return Object{}
	}
	return Object{raw: raw, next: start}
}

// Next goes to the next member. It reports false at the end, and where the syntax ends it: Whole tells them apart.
func (o *Object) Next() bool {
	sign := at(o.raw, o.next)
	if sign != '{' && sign != ',' {
		return false
	}
	start := skipSpace(o.raw, o.next+1)
	key, i := scanString(o.raw, start)
	if i < 0 {
		if sign == '{' && at(o.raw, start) == '}' {
			o.next = start
		}
		return false
	}
	if i = skipSpace(o.raw, i); at(o.raw, i) != ':' {
		return false
	}
	i = skipSpace(o.raw, i+1)
	value, end := scanString(o.raw, i)
	if end < 0 {
		if end = skipValue(o.raw, i); end == len(o.raw) {
			return false
		}
		value = o.raw[i:end]
	}
	o.Key, o.Value, o.next = key, value, skipSpace(o.raw, end)
	return true
}

// Whole reports, once Next did not go on, that this is the object's end.
func (o *Object) Whole() bool { return at(o.raw, o.next) == '}' }

// Alone reports that it is, and that nothing follows the object.
func (o *Object) Alone() bool { return o.Whole() && skipSpace(o.raw, o.next+1) == len(o.raw) }

// Text decodes a JSON string. It reports false for any other value and for one that is not valid.
func Text(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	if plain := value[1 : len(value)-1]; isPlain(plain) {
		return string(plain), true
	}
	var s string
	err := json.Unmarshal(value, &s)
	return s, err == nil
}

// isPlain reports whether the content of a string is the text itself.
func isPlain(content []byte) bool {
	ascii := true
	for _, c := range content {
		if c < ' ' || c == '\\' {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.Valid(content)
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

// unquote returns what the quoted string says; nil: it is none, or not valid.
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
