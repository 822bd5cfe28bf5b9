package siteassist

import (
	"encoding/json"
	"errors"
)

// text returns the content of a JSON string, and "" for anything else.
func text(raw []byte) (s string) {
	_ = json.Unmarshal(raw, &s)
	return s
}

// requireMember returns an error if value, the content of a member that no caller can do without, is missing.
func requireMember(member, value string) error {
	if value == "" {
		return errors.New("the response has no " + member)
	}
	return nil
}

// encodeUnion returns raw or, if it is nil, the object fields with its type in front.
func encodeUnion(typ string, raw []byte, fields any) ([]byte, error) {
	if raw != nil {
		return raw, nil
	}
	head, err := json.Marshal(struct {
		Type string `json:"type"`
	}{typ})
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(fields)
	if err != nil || len(body) <= len("{}") {
		return head, err
	}
	return append(append(head[:len(head)-1], ','), body[1:]...), nil
}
