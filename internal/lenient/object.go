package lenient

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Object walks the members of a JSON object without decoding them. It serves hot types with few members, for which the
// reflection of encoding/json is too slow. It checks the syntax of the object itself, but not that of the values.
type Object struct {
	Key   []byte // of the member, quotes included
	Value []byte // of the member, as received, without white space around it; an append to it copies it

	raw   []byte
	start int // index of '{'
	next  int // index of the sign before the next member: '{' or ','
}

// NewObject returns the walk before the first member.
func NewObject(raw []byte) Object {
	start := skipSpace(raw, 0)
	if at(raw, start) != '{' {
		return Object{}
	}
	return Object{raw: raw, start: start, next: start}
}

// Next goes to the next member. It reports false at the end of the object and at a syntax error. Whole tells these
// apart.
func (o *Object) Next() bool {
	first := o.next == o.start && o.raw != nil
	if !first && at(o.raw, o.next) != ',' {
		return false
	}
	start := skipSpace(o.raw, o.next+1)
	key, i := scanString(o.raw, start)
	if i < 0 {
		if first && at(o.raw, start) == '}' {
			o.next = start
		}
		return false
	}
	if i = skipSpace(o.raw, i); at(o.raw, i) != ':' {
		return false
	}
	i = skipSpace(o.raw, i+1)
	value, end := scanValue(o.raw, i)
	if end < 0 {
		return false
	}
	o.Key, o.Value, o.next = key, value, skipSpace(o.raw, end)
	return true
}

// Whole reports, after Next reported false, that the walk reached the end of the object.
func (o *Object) Whole() bool { return at(o.raw, o.next) == '}' }

// Alone reports, in addition to Whole, that only white space follows the object.
func (o *Object) Alone() bool { return o.Whole() && skipSpace(o.raw, o.next+1) == len(o.raw) }

// IsOther reports whether the member is valid and no decoder takes it for one of known, which have lower case and no
// dash. Some decoders ignore the case, and some ignore dashes and underscores.
func (o *Object) IsOther(known ...string) bool {
	name := o.Key[1 : len(o.Key)-1]
	if !IsPlain(name) {
		return false
	}
	for _, one := range known {
		if mayBe(name, one) {
			return false
		}
	}
	return Valid(o.Value)
}

// mayBe reports whether some decoder takes name for known.
func mayBe(name []byte, known string) bool {
	for _, c := range name {
		switch {
		case c >= utf8.RuneSelf:
			return true // there are letters outside of ASCII whose lower case is a letter of ASCII
		case c == '-' || c == '_':
			continue
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		if known == "" || known[0] != c {
			return false
		}
		known = known[1:]
	}
	return known == ""
}

// Text decodes a JSON string. It reports false for any other value and for a string that is not valid.
func Text(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	content := value[1 : len(value)-1]
	if IsPlain(content) {
		return string(content), true
	}
	if text, ok := withShortEscapes(content); ok {
		return text, true
	}
	var s string
	err := json.Unmarshal(value, &s)
	return s, err == nil
}

// Bool decodes true or false. It reports false as ok for any other value.
func Bool(value []byte) (truth, ok bool) {
	truth = string(value) == "true"
	return truth, truth || string(value) == "false"
}

// IsPlain reports whether the content of a string is the text itself.
func IsPlain(content []byte) bool {
	ascii := true
	for _, c := range content {
		if c < ' ' || c == '\\' {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.Valid(content)
}

// withShortEscapes decodes the content of a string whose escapes are all of two bytes, such as \n. Most escapes in the
// words of a model are. It reports false for any other content.
func withShortEscapes(content []byte) (string, bool) {
	if !utf8.Valid(content) {
		return "", false
	}
	var text strings.Builder
	text.Grow(len(content) - 1)
	for i := 0; i < len(content); i++ {
		c := content[i]
		switch {
		case c < ' ':
			return "", false
		case c == '\\':
			i++
			if c = shortEscape(at(content, i)); c == 0 {
				return "", false
			}
		}
		text.WriteByte(c)
	}
	return text.String(), true
}

// shortEscape returns the byte for which an escape of two bytes stands. It returns 0 for any other escape.
func shortEscape(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

// at returns the byte at i, or 0 behind the end. No JSON text holds a 0.
func at(raw []byte, i int) byte {
	if i >= len(raw) {
		return 0
	}
	return raw[i]
}

func skipSpace(raw []byte, i int) int {
	for i < len(raw) && isSpace(raw[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// scanValue returns the value that begins at i, without the white space behind it. Only white space may stand between
// the value and the index next, which is -1 if the value has no end.
func scanValue(raw []byte, i int) (value []byte, next int) {
	if value, next = scanString(raw, i); next >= 0 {
		return value, next
	}
	next = skipValue(raw, i)
	if next == len(raw) {
		return nil, -1
	}
	end := next
	for end > i && isSpace(raw[end-1]) {
		end--
	}
	return raw[i:end:end], next
}

// scanString returns the string that begins at i, with its quotes, and the index behind it. The index is -1 if no
// string begins there.
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
			return raw[i : end+1 : end+1], end + 1
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
