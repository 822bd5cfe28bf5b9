package aisera

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFindCode_StandsAlone(t *testing.T) {
	for text, want := range map[string]ErrorCode{
		"ERR-001": "ERR-001", "ERR-012: no": "ERR-012", "x ERR-002": "ERR-002", `"ERR-003"`: "ERR-003",
		`\nERR-004`: "ERR-004", `x\tERR-005`: "ERR-005", "nERR-006": "", "xERR-006 ERR-007": "ERR-007", "ERR-0081": "",
		"ERR-01": "", "1ERR-009": "", "": "",
	} {
		assert.Equal(t, want, findCode(text), "%q", text)
	}
}

func TestErrorBody_DetailsThatSayNothingAreLeftOut(t *testing.T) {
	var body errorBody
	for _, raw := range []string{
		`"bare"`, `{"message":"m"}`, `{"path":"p"}`, `{"message":"m","path":"p"}`, `{}`, `""`, `5`,
	} {
		body.Errors = append(body.Errors, json.RawMessage(raw))
	}
	assert.Equal(t, []ErrorDetail{
		{Message: "bare"}, {Message: "m"}, {Path: "p"}, {Message: "m", Path: "p"},
	}, body.details(func(text string) string { return text }))
}

func TestFindCode_BesideALetterOrDigitItIsNoCode(t *testing.T) {
	for _, c := range []string{"0", "9", "a", "z", "A", "Z"} {
		assert.Empty(t, findCode(c+"ERR-007"), c)
		assert.Empty(t, findCode("ERR-007"+c), c)
	}
	for _, c := range []string{"/", ":", "`", "{", "@", "[", ""} {
		assert.Equal(t, CodeFulfillment, findCode(c+"ERR-007"+c), c)
	}
}
