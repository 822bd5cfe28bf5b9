package wire

import (
	"bytes"
	"encoding/json"
	"time"
)

// offset is RFC 3339 with a zone that has no colon, as in +0200. Both layouts take a fraction too.
const offset = "2006-01-02T15:04:05Z0700"

// Time is a time in a reply. It is zero when the server sent null, nothing, an empty text or something that is no time;
// what was sent never fails the message that it is in.
type Time struct {
	time.Time
	// Text is what the server sent, without its quotes; "" when it sent null or nothing.
	Text string
}

// UnmarshalJSON reads RFC 3339, with or without a fraction and with or without a colon in the zone. It never fails.
func (t *Time) UnmarshalJSON(data []byte) error {
	*t = Time{Text: text(data)}
	if !dateTime(t.Text) {
		return nil
	}
	for _, layout := range [...]string{time.RFC3339, offset} {
		if at, err := time.Parse(layout, t.Text); err == nil {
			t.Time = at
			return nil
		}
	}
	return nil
}

// MarshalJSON gives back what was sent, RFC 3339 of a time that was not sent but set, null for neither.
func (t Time) MarshalJSON() ([]byte, error) {
	switch {
	case t.Text != "":
		return json.Marshal(t.Text)
	case t.IsZero():
		return []byte("null"), nil
	}
	return t.AppendFormat(nil, `"`+time.RFC3339Nano+`"`), nil
}

// text is the content of a JSON string; what is no string is kept as it is, null is none.
func text(data []byte) string {
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

// dateTime reports whether s begins as a time does. It spares the error that time.Parse makes of everything else.
func dateTime(s string) bool {
	return len(s) >= len("2006-01-02T15:04:05Z") && s[4] == '-' && s[10]|0x20 == 't'
}
