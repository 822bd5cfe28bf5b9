package parley

import (
	"bytes"
	"encoding/json"
	"time"
)

// offsetLayout is RFC 3339 with a zone that has no colon, as in +0200. It accepts a fraction of a second too.
const offsetLayout = "2006-01-02T15:04:05Z0700"

// Time is a time in a response. It embeds a time.Time. That is zero when the server left the member out or sent null,
// an empty text, or something that cannot be read as a time. Such a value never makes the response fail.
type Time struct {
	time.Time
	// Text is what the server sent, without its quotes, if it cannot be read as a time. Otherwise it is "".
	Text string
}

// UnmarshalJSON reads RFC 3339, with or without a fraction and with or without a colon in the zone. It never fails.
func (t *Time) UnmarshalJSON(data []byte) error {
	*t = Time{}
	if t.Time.UnmarshalJSON(data) == nil { // the usual form, and null
		return nil
	}
	*t = parseTime(unquoted(data))
	return nil
}

// parseTime reads the forms that time.Time does not decode from JSON. It returns text in Time.Text if that is not a
// time.
func parseTime(text string) Time {
	if looksLikeTime(text) {
		for _, layout := range [...]string{time.RFC3339, offsetLayout} {
			if at, err := time.Parse(layout, text); err == nil {
				return Time{Time: at}
			}
		}
	}
	return Time{Text: text}
}

// MarshalJSON writes Text if it is set, null for the zero time, and RFC 3339 with nanoseconds otherwise.
func (t Time) MarshalJSON() ([]byte, error) {
	switch {
	case t.Text != "":
		return json.Marshal(t.Text)
	case t.IsZero():
		return []byte("null"), nil
	}
	return t.AppendFormat(nil, `"`+time.RFC3339Nano+`"`), nil
}

// unquoted returns the content of a JSON string. It returns "" for null, and any other JSON value as it is.
func unquoted(data []byte) string {
	data = bytes.TrimSpace(data)
	if len(data) < 2 || data[0] != '"' || data[len(data)-1] != '"' {
		if string(data) == "null" {
			return ""
		}
		return string(data)
	}
	if bytes.IndexByte(data, '\\') < 0 {
		return string(data[1 : len(data)-1])
	}
	var s string
	_ = json.Unmarshal(data, &s)
	return s
}

// looksLikeTime reports whether s begins as a time does. The check spares the error that time.Parse would allocate for
// any other text.
func looksLikeTime(s string) bool {
	return len(s) >= len("2006-01-02T15:04:05Z") && s[4] == '-' && s[10]|0x20 == 't'
}
