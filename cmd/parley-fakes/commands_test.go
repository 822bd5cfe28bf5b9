package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMatch_Accepts(t *testing.T) {
	r := request{Method: "POST", Path: "/external/conversations/1/messages", Body: []byte(`{"message":"Hi"}`)}
	for _, m := range []match{
		{}, {Method: "POST"}, {Path: "/messages"}, {Body: "Hi"}, {Method: "POST", Path: "/1/", Body: "message"},
	} {
		assert.True(t, m.accepts(r), "%+v", m)
	}
	for _, m := range []match{{Method: "GET"}, {Path: "/prompts"}, {Body: "Ho"}} {
		assert.False(t, m.accepts(r), "%+v", m)
	}
}
