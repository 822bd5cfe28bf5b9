package raia

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/seed-127a5941/parley/internal/lenient"
)

// stringOrList decodes a string, or a list of strings that it joins. It returns "" for any other value.
func stringOrList(raw []byte) string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return one
	}
	var several []string
	if json.Unmarshal(raw, &several) == nil {
		return strings.Join(several, "; ")
	}
	return ""
}

// details decodes a list. An object in its place becomes the only item.
func details(raw []byte) []json.RawMessage {
	var list []json.RawMessage
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &list) == nil {
		return list
	}
	return []json.RawMessage{raw}
}

// requireMember returns an error if value is empty. value is the content of a member that every caller needs.
func requireMember(member, value string) error {
	if value == "" {
		return errors.New("the response has no " + member)
	}
	return nil
}

// requireAnyMember returns an error if the response has none of the members. Such a response is not the documented one,
// but for example an error that was sent with 200.
func requireAnyMember(raw []byte, names ...string) error {
	for _, name := range names {
		if memberOf(raw, name) != nil {
			return nil
		}
	}
	return errors.New("the response has no " + strings.Join(names, ", "))
}

// memberOf returns the value of a member of the object raw, or nil if the member is missing. It does not decode raw.
func memberOf(raw []byte, name string) []byte {
	object := lenient.NewObject(raw)
	for object.Next() {
		if key, _ := lenient.Text(object.Key); key == name {
			return object.Value
		}
	}
	return nil
}
