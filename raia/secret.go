package raia

import (
	"fmt"
	"log/slog"

	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/redact"
)

const redacted = "[redacted]"

// Secret is a credential inside a response, such as the API key of an agent or a header of a webhook. It prints, logs
// and marshals as "[redacted]". Value returns the credential.
type Secret struct {
	// value is a pointer, because fmt ignores the methods of a value if the verb does not fit, and would print the
	// text.
	value *string
}

// Value returns the credential, or "" if the server sent no credential.
func (s Secret) Value() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// UnmarshalJSON keeps the text of a JSON string. It keeps any other JSON value as the server sent it, so that a header
// whose value is a number does not make the response fail. Null means that there is no credential.
func (s *Secret) UnmarshalJSON(data []byte) error {
	text, isString := lenient.Text(data)
	switch {
	case isString:
		s.value = new(text)
	case lenient.Kind(data) == 'n':
		s.value = nil
	default:
		s.value = new(string(data))
	}
	return nil
}

// UnmarshalText keeps text as the credential.
func (s *Secret) UnmarshalText(text []byte) error {
	s.value = new(string(text))
	return nil
}

// MarshalText encodes the text of Format, because slog's JSON handler marshals the values that it logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.text()), nil }

// Format prints "[redacted]" for every verb, and an empty text if there is no credential.
func (s Secret) Format(state fmt.State, verb rune) { redact.Format(state, verb, s.text()) }

// LogValue logs the text that Format prints.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.text()) }

func (s Secret) text() string {
	if s.Value() == "" {
		return ""
	}
	return redacted
}

// formatStruct prints v as %v, %+v or %#v do, and any other verb as %v. v is a copy of a response without Raw and
// without methods.
func formatStruct(state fmt.State, verb rune, v any) {
	format := "%v"
	if verb == 'v' {
		format = fmt.FormatString(state, verb)
	}
	_, _ = fmt.Fprintf(state, format, v)
}
