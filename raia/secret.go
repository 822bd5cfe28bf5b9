package raia

import (
	"fmt"
	"log/slog"

	"github.com/seed-127a5941/parley/internal/apierr"
)

const redacted = "[redacted]"

// Secret is a credential inside a reply, such as the API key of an agent or a header of a webhook. It prints, logs and
// marshals as "[redacted]"; string(s) is what the server sent.
type Secret string

// Format prints "[redacted]" for every verb, and nothing if there is no secret.
func (s Secret) Format(state fmt.State, verb rune) { apierr.Format(state, verb, s.masked()) }

// LogValue logs what Format prints.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.masked()) }

// MarshalText encodes what Format prints: slog's JSON handler marshals what it logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.masked()), nil }

func (s Secret) masked() string {
	if s == "" {
		return ""
	}
	return redacted
}

// formatWithout prints v, the copy of a reply that has no Raw and no method of its own, as fmt prints a struct.
func formatWithout(state fmt.State, verb rune, v any) {
	_, _ = fmt.Fprintf(state, fmt.FormatString(state, verb), v)
}
