package aisera_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
)

// sample is a sample of the vendor's WebSocket page, without the envelope that all samples share.
type sample struct {
	name    string
	message aisera.Message
	user    aisera.User
	data    string
}

const sampleChannel = "f9975e56-84dd-cbfb-e171-1785ae4b1282"

func sampleMessages() []sample {
	full := aisera.User{ID: "<userid>", Email: "<userEmail>", FullName: "Pat Example"}
	short := aisera.User{ID: "<userid>", Email: "<userEmail>"}
	vars := aisera.TextWithVars("test sessionVars", map[string]any{"myVar": "someValue"})
	vars.ChannelID = sampleChannel
	back := aisera.GoBack()
	back.ChannelID = sampleChannel
	return []sample{
		{"basic", aisera.Text("Contact live agent"), short,
			`{"text": "Contact live agent", "sessionVars": {}, "reqId": "REQ123", "isKL": false}`},
		{
			"interactive", aisera.FollowUp("R:0e70f8b8-6f6c-4ee5-8d26-6a8375e9bcea", "This is what I was looking for"),
			full,
			`{"sessionVars": {}, "isKL": false, "userFullName": "Pat Example", "text": "This is what I was looking for",
			"reqId": "REQ123", "followUpId": "R:0e70f8b8-6f6c-4ee5-8d26-6a8375e9bcea"}`,
		},
		{"form", aisera.SubmitForm("bcbed7df-951f-4369-b5f0-443ef31e2372", map[string]any{
			"simpleStringSample": "Quick brown fox", "textAreaSample": "The quick brown fox jumps over the lazy dog.",
			"dateSample": "2021-11-17", "dropdownSample": "option3", "radiosSample": "option2",
			"multiSelectCheckboxesSample": []string{"check1", "check2"}, "numberSample": 6, "booleanSample": true,
		}), full,
			`{"sessionVars": {}, "isKL": false, "userFullName": "Pat Example", "text": "", "reqId": "REQ123",
			"channelCapabilities": {"isFormSupported": true},
			"followUpData": {"formId": "bcbed7df-951f-4369-b5f0-443ef31e2372", "formFieldValues": {
			"simpleStringSample": "Quick brown fox", "textAreaSample": "The quick brown fox jumps over the lazy dog.",
			"dateSample": "2021-11-17", "dropdownSample": "option3", "radiosSample": "option2",
			"multiSelectCheckboxesSample": ["check1", "check2"], "numberSample": 6, "booleanSample": true}}}`},
		{"session variables", vars, full,
			`{"isKL": false, "channelId": "f9975e56-84dd-cbfb-e171-1785ae4b1282", "userFullName": "Pat Example",
			"text": "test sessionVars", "reqId": "REQ123", "sessionVars": {"myVar": "someValue"},
			"channelCapabilities": {"isFormSupported": true, "isPopupSupported": false}}`},
		{"history", aisera.SessionHistory(), full,
			`{"sessionVars": {}, "isKL": false, "userFullName": "Pat Example", "needsSessionHistory": true, "reqId": ` +
				`"REQ123",
			"channelCapabilities": {"isFormSupported": true, "isPopupSupported": false}}`},
		{"reset", aisera.Reset(), full,
			`{"sessionVars": {}, "isKL": false, "userFullName": "Pat Example", "isReset": true, "reqId": "REQ123",
			"channelCapabilities": {"isFormSupported": true, "isPopupSupported": false}}`},
		{"logout", aisera.Logout(), full,
			`{"sessionVars": {}, "isKL": false, "userFullName": "Pat Example", "text": "/logout", "reqId": "REQ123",
			"channelCapabilities": {"isFormSupported": true, "isPopupSupported": false}}`},
		{"go back", back, full,
			`{"sessionVars": {}, "channelId": "f9975e56-84dd-cbfb-e171-1785ae4b1282", "userFullName": "Pat Example",
			"followUpId": "_go:back_", "followUpContext": {"type": "FlowGoBack"}, "reqId": "REQ123",
			"channelCapabilities": {"isFormSupported": true, "isPopupSupported": false}}`},
		{"start over", aisera.StartOver(), full, // the sample has no reqId, which the SDK always sends
			`{"sessionVars": {}, "userFullName": "Pat Example", "followUpId": "_go:back_", "reqId": "REQ123",
			"followUpContext": {"type": "FlowStartOver"},
			"channelCapabilities": {"isFormSupported": true, "isPopupSupported": false}}`},
	}
}

func TestMessage_FramesAreTheVendorsSamples(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.ChannelID = "<channelId>"
	for i, sample := range sampleMessages() {
		t.Run(sample.name, func(t *testing.T) {
			conn, err := newClient(t, cfg).Dial(t.Context(), sample.user, aisera.DialOptions{})
			require.NoError(t, err)
			defer conn.Close()
			sample.message.RequestID = "REQ123"
			_, err = conn.Ask(soon(t), sample.message)
			require.NoError(t, err)
			assert.JSONEq(t, `{"token": "`+cfg.Token+`", "userId": "<userid>", "userid": "<userid>",
				"userEmail": "<userEmail>", "channelId": "<channelId>", "data": `+sample.data+`}`,
				string(s.Frames()[i].Body))
		})
	}
}

func TestMessage_HTTPBodiesAreFlat(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.ChannelID = "<channelId>"
	client := newClient(t, cfg)
	for i, sample := range sampleMessages() {
		sample.message.RequestID = "REQ123"
		_, err := client.Send(t.Context(), sample.user, sample.message)
		require.NoError(t, err)
		want := object(t, []byte(sample.data))
		want["userId"], want["userEmail"] = "<userid>", "<userEmail>"
		if want["channelId"] == nil {
			want["channelId"] = "<channelId>"
		}
		assert.Equal(t, want, object(t, s.Requests()[i].Body), sample.name)
	}
}

// The bare sample that the vendor's HTTP page shows for an action.
func TestMessage_FollowUpSampleOfTheHTTPPage(t *testing.T) {
	s := newServer(t)
	_, err := newClient(t, s.Config()).Send(t.Context(), user, aisera.FollowUp("F283672027", "followUpText"))
	require.NoError(t, err)
	body := object(t, s.Requests()[0].Body)
	assert.Equal(t, "F283672027", body["followUpId"])
	assert.Equal(t, "followUpText", body["text"])
}

func TestMessage_EveryField(t *testing.T) {
	s := newServer(t)
	m := aisera.Message{
		Text: "t", RequestID: "r", SessionVars: map[string]any{"a": 1}, IsKL: true, FollowUpID: "f",
		FollowUpContext: &aisera.FollowUpContext{Type: "x"}, Form: &aisera.FormSubmission{ID: "form"},
		NeedsSessionHistory: true, IsReset: true, Capabilities: &aisera.Capabilities{Popup: true},
		Type: aisera.RequestTypeSessionTimeout, ChannelID: "c", Extra: map[string]any{"further": []int{1}},
	}
	conn := dial(t, s, aisera.DialOptions{})
	id, err := conn.Send(t.Context(), m)
	require.NoError(t, err)
	assert.Equal(t, "r", id)
	receive(t, conn)
	assert.Equal(t, map[string]any{
		"text": "t", "reqId": "r", "sessionVars": map[string]any{"a": 1.0}, "isKL": true, "followUpId": "f",
		"followUpContext": map[string]any{"type": "x"},
		"followUpData":    map[string]any{"formId": "form", "formFieldValues": nil},
		"userFullName":    "Pat Example", "needsSessionHistory": true, "isReset": true, "type": "SessionTimeout",
		"channelCapabilities": map[string]any{"isFormSupported": false, "isPopupSupported": true},
		"channelId":           "c", "further": []any{1.0},
	}, object(t, s.Frames()[0].Body)["data"])
	assert.Equal(t, map[string]any{"a": 1}, m.SessionVars)
	assert.Len(t, m.Extra, 1)
}

func TestMessage_RequestIDsAreUnique(t *testing.T) {
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{})
	seen := map[string]bool{}
	for range 50 {
		id, err := conn.Send(t.Context(), aisera.Text("x"))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, len(id), 16)
		seen[id] = true
	}
	assert.Len(t, seen, 50)
}

func TestMessage_ExtraNeverTakesThePlaceOfATypedMember(t *testing.T) {
	s := newServer(t)
	extra := map[string]any{"text": "x", "USERID": "x", "token": "x", "isReset": true, "further": 1}
	_, err := newClient(t, s.Config()).Send(t.Context(), user, aisera.Message{Text: "typed", Extra: extra})
	require.NoError(t, err)
	var body map[string]any
	require.NoError(t, json.Unmarshal(s.Requests()[0].Body, &body))
	assert.Equal(t, "typed", body["text"])
	assert.Equal(t, user.ID, body["userId"])
	assert.EqualValues(t, 1, body["further"])
	for _, name := range []string{"USERID", "token", "isReset"} {
		assert.NotContains(t, body, name)
	}
	assert.Len(t, extra, 5, "the caller's map was changed")
}

func TestMessage_Refused(t *testing.T) {
	s := newServer(t)
	client := newClient(t, s.Config())
	conn := dial(t, s, aisera.DialOptions{})
	for want, m := range map[string]aisera.Message{
		"invalid argument: Message cannot be encoded as JSON: json: unsupported value: NaN": {
			SessionVars: map[string]any{"x": math.NaN()}},
		"invalid argument: Extra cannot be encoded as JSON: json: unsupported type: func()": {
			Extra: map[string]any{"x": func() {}}},
	} {
		_, err := client.Send(t.Context(), user, m)
		assert.ErrorIs(t, err, aisera.ErrInvalidArgument)
		assert.EqualError(t, err, "aisera: send message: "+want)
		_, err = conn.Send(t.Context(), m)
		assert.EqualError(t, err, "aisera: send: "+want)
		_, err = conn.Ask(t.Context(), m)
		assert.EqualError(t, err, "aisera: ask: "+want)
	}
	_, err := client.Send(t.Context(), aisera.User{FullName: "Pat Example"}, aisera.Text("x"))
	assert.ErrorIs(t, err, aisera.ErrInvalidArgument)
	assert.Len(t, s.Requests(), 1, "the handshake")
	assert.Empty(t, s.Frames())
}
