package aisera

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestEncode_FurtherMembers(t *testing.T) {
	m := GoBack()
	m.RequestID = "r1"
	m.Capabilities.Extra = map[string]any{"isCarouselSupported": true, "isformsupported": false}
	m.FollowUpContext.Extra = map[string]any{"step": 2, "type": "mine", "text": "kept"}
	m.Extra = map[string]any{"later": 1, "REQID": "mine"}
	for name, raw := range map[string]func() ([]byte, error){
		"HTTP": func() ([]byte, error) { return encodeBody(User{ID: "u"}, "c", m) },
		"WebSocket": func() ([]byte, error) {
			rest, id, err := encodeFrame(User{ID: "u"}, "c", m)
			assert.Equal(t, "r1", id)
			var frame struct{ Data json.RawMessage }
			require.NoError(t, json.Unmarshal(append([]byte{'{'}, rest...), &frame))
			return frame.Data, err
		},
	} {
		got, err := raw()
		require.NoError(t, err, name)
		var body map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(got, &body))
		assert.JSONEq(t, `{"type":"FlowGoBack","step":2,"text":"kept"}`, string(body["followUpContext"]))
		assert.JSONEq(t, `{"isFormSupported":true,"isPopupSupported":false,"isCarouselSupported":true}`,
			string(body["channelCapabilities"]))
		assert.JSONEq(t, "1", string(body["later"]))
		assert.JSONEq(t, `"r1"`, string(body["reqId"]))
	}
}

func TestEncode_WhatJSONCannotHoldIsRefused(t *testing.T) {
	bad := map[string]any{"x": func() {}}
	for _, m := range []Message{
		{SessionVars: bad}, {Extra: bad}, {Capabilities: &Capabilities{Extra: bad}},
		{FollowUpContext: &FollowUpContext{Extra: bad}},
	} {
		_, err := encodeBody(User{}, "", m)
		require.ErrorIs(t, err, parley.ErrInvalidArgument)
		_, _, err = encodeFrame(User{}, "", m)
		require.ErrorIs(t, err, parley.ErrInvalidArgument)
	}
}
