package sse

import (
	"bytes"
	"encoding/json"
)

const (
	maxName  = 256      // bytes that are kept of a line with the name of an event, an id, or a comment
	maxStray = 16 << 10 // bytes that are kept of the text outside of fields
)

// fields are the names that have a meaning for the WHATWG.
var fields = [...]string{"data", "event", "id", "retry"}

// dataValue returns the value of a data line. It does the same as fieldValue for the field of nearly all lines.
func dataValue(line []byte) ([]byte, bool) {
	switch n := nameSize; {
	case len(line) < n:
		return nil, string(line) == dataPrefix[:n-1]
	case string(line[:n]) != dataPrefix[:n]:
		return nil, false
	case len(line) > n && line[n] == ' ':
		return line[n+1:], true
	default:
		return line[n:], true
	}
}

// fieldValue returns the value of line if line has the field name. A field "data" begins with "data", "data:" or "data:
// ", but not with "database".
func fieldValue(line []byte, name string) ([]byte, bool) {
	n := len(name)
	switch {
	case len(line) < n || string(line[:n]) != name:
		return nil, false
	case len(line) == n:
		return nil, true
	case line[n] != ':':
		return nil, false
	case len(line) > n+1 && line[n+1] == ' ':
		return line[n+2:], true
	}
	return line[n+1:], true
}

// isStray reports whether a line is neither a comment nor one of the fields.
func isStray(line []byte) bool {
	if len(line) == 0 || line[0] == ':' {
		return false
	}
	for _, name := range fields {
		if _, ok := fieldValue(line, name); ok {
			return false
		}
	}
	return true
}

// isFieldPrefix reports whether a line that was cut off may have become one of the fields.
func isFieldPrefix(line []byte) bool {
	for _, name := range fields {
		if len(line) < len(name) && name[:len(line)] == string(line) {
			return true
		}
	}
	return false
}

// stray collects the text of a stream outside of any field.
type stray struct {
	text   []byte
	object int // one more than the index where an unfinished JSON object begins, or 0
}

func (s *stray) reset() { s.text, s.object = s.text[:0], 0 }

// add appends a line. If the line completes a JSON object, add returns the object.
func (s *stray) add(line []byte) []byte {
	room := maxStray - len(s.text)
	if room <= 0 {
		return nil
	}
	if line[0] == '{' {
		s.object = len(s.text) + 1
	}
	s.text = append(append(s.text, line[:min(room, len(line))]...), '\n')
	if s.object == 0 || line[len(line)-1] != '}' {
		return nil
	}
	object := bytes.TrimSpace(s.text[s.object-1:])
	if !json.Valid(object) {
		return nil
	}
	s.object = 0
	return object
}
