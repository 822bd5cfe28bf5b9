package raia

import (
	"unicode/utf8"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// These are the vendor's limits for the texts of a conversation, in characters.
const (
	maxTitle   = 255
	maxContext = 256_000
)

// field is an argument that must not be empty.
type field struct{ name, value string }

// required returns the error of the first field that is empty.
func required(fields ...field) error {
	for _, f := range fields {
		if f.value == "" {
			return apierr.Required(f.name)
		}
	}
	return nil
}

// atMost refuses a value that is longer than limit characters.
func atMost(name, value string, limit int) error {
	if len(value) > limit && utf8.RuneCountInString(value) > limit {
		return apierr.Invalid(name, "is longer than %d characters", limit)
	}
	return nil
}

func checkTexts(title, context string) error {
	if err := atMost("Title", title, maxTitle); err != nil {
		return err
	}
	return atMost("Context", context, maxContext)
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
