package syntphony

import (
	"bytes"
	"encoding/json"
	"errors"
)

// These members may hold code and message. The better ones come first. The error body of the broker is not public, so
// these are the usual names in such bodies, and those of Keycloak.
var (
	codeNames    = []string{"code", "errorCode", "error_code", "error"}
	messageNames = []string{"message", "error_description", "errorMessage", "description", "detail"}
)

// explanation reads an error body of any form. Some servers wrap it in a member "error".
func explanation(body []byte) (code, message string) {
	fields := members(body)
	if inner := members(fields["error"]); inner != nil {
		fields = inner
	}
	if fields == nil {
		return "", textOrNumber(body)
	}
	return first(fields, codeNames), first(fields, messageNames)
}

// first returns the content of the first of the named members that is not empty.
func first(members map[string]json.RawMessage, names []string) string {
	for _, name := range names {
		if text := textOrNumber(members[name]); text != "" {
			return text
		}
	}
	return ""
}

// textOrNumber reads a string or a number. It returns "" for any other JSON.
func textOrNumber(raw []byte) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}

// isSuccess reports whether body acknowledges a rating or an evaluation. The vendor documents "Success", which some
// servers send without quotes, and an empty body.
func isSuccess(body []byte) bool {
	switch string(bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))) {
	case "", "Success", `"Success"`:
		return true
	}
	return false
}

var errNotSuccess = errors.New("the response is not \"Success\"")
