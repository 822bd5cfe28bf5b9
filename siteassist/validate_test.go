package siteassist

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestValidate_NamesTheFieldAndTheLimit(t *testing.T) {
	for want, err := range map[string]error{
		"":                                     atMost("Reason", strings.Repeat("ä", 256), 256),
		" ":                                    required("Content", "x", 1),
		"  ":                                   within("Size", 0, 50),
		"   ":                                  checkWindow(100, 100, 0),
		"Reason is longer than 256 characters": atMost("Reason", strings.Repeat("ä", 257), 256),
		"Content must not be empty":            required("Content", "", 1),
		"Content is longer than 1 characters":  required("Content", "xy", 1),
		"Size must be between 1 and 50, or 0 for the server's default":   within("Size", 51, 50),
		"Limit must be between 1 and 100, or 0 for the server's default": checkWindow(-1, 100, -1),
		"Offset must not be negative":                                    checkWindow(1, 100, -1),
	} {
		if strings.TrimSpace(want) == "" {
			assert.NoError(t, err)
			continue
		}
		assert.ErrorIs(t, err, ErrInvalidArgument)
		assert.EqualError(t, err, "invalid argument: "+want)
	}
}
