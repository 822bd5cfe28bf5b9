package siteassist

import (
	"unicode/utf8"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// checkWindow validates the parameters that all lists take.
func checkWindow(limit, maxLimit, offset int) error {
	if err := within("Limit", limit, maxLimit); err != nil {
		return err
	}
	if offset < 0 {
		return apierr.Invalid("Offset", "must not be negative")
	}
	return nil
}

// within refuses a value above limit and a negative one. Zero is allowed and means the server's default.
func within(name string, value, limit int) error {
	if value < 0 || value > limit {
		return apierr.Invalid(name, "must be between 1 and %d, or 0 for the server's default", limit)
	}
	return nil
}

// atMost refuses a value of more than limit characters.
func atMost(name, value string, limit int) error {
	if len(value) > limit && utf8.RuneCountInString(value) > limit {
		return apierr.Invalid(name, "is longer than %d characters", limit)
	}
	return nil
}

// required refuses an empty value and a value of more than limit characters.
func required(name, value string, limit int) error {
	if value == "" {
		return apierr.Required(name)
	}
	return atMost(name, value, limit)
}
