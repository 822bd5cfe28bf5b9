package siteassist

import (
	"encoding/json"
	"errors"
)

// text returns the content of a JSON string, and "" for any other JSON.
func text(raw []byte) (s string) {
	_ = json.Unmarshal(raw, &s)
	return s
}

// requireMember returns an error if value is empty. value is the content of a member that every caller needs.
func requireMember(member, value string) error {
	if value == "" {
		return errors.New("the response has no " + member)
	}
	return nil
}

// encodeUnion returns raw. If raw is nil, it returns the object fields with its type in front.
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
