package syntphony_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/syntphony"
)

func replyOf(t testing.TB, body string) (*syntphony.Reply, error) {
	t.Helper()
	_, client := newStub(t, 200, body)
	return client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
}

// This is the vendor's OpenAPI example, with realistic values.
const wholeReply = `{
	"text": "How much?", "sessionCode": "s-1", "userInteractionUUID": "u-1", "intent": "BALANCE", "confidence": 0.88,
	"userInput": {"type": "Custom", "callToAction": "Your PIN", "pattern": "[0-9]{4}"},
	"nlpResponse": {"type": "QUESTION", "name": "balance", "score": 1, "entities": [
		{"name": "account", "value": "savings", "originalValue": "my savings", "position": {"start": 4, "end": 13}}]},
	"answers": [
		{"content": "You have 10 points.", "technicalText": {"chart": [1, 2]}, "description": "d", "type": ` +
	`"TEXT_OPTIONS",
		 "buttons": [{"name": "More", "value": "more", "type": "URL", "action": "https://shop.example/"}],
		 "quickReply": [{"name": "Yes", "value": "yes"}], "interactionId": "i-1", "evaluable": true, "masked": true},
		{"type": "CAROUSEL", "technicalText": "plain", "content": [
			{"imageUrl": "https://img.example/1", "title": "One", "subTitle": "sub", "buttons": [{"name": "Buy", ` +
	`"type": "FLOW"}]}]},
		{"type": "HOLOGRAM", "content": {"depth": 3}, "newMember": [1]}],
	"context": {"user": 25237, "foo": "bar"}, "contextReadOnly": {"vip": true}, "unknown": {"a": 1}
}`

func TestReply_Whole(t *testing.T) {
	reply, err := replyOf(t, wholeReply)
	require.NoError(t, err)
	assert.JSONEq(t, wholeReply, string(reply.Raw))
	assert.Equal(t, "s-1", reply.SessionCode)
	assert.Equal(t, "u-1", reply.UserInteractionID)
	assert.Equal(t, "How much?", reply.Text)
	assert.Equal(t, "BALANCE", reply.Intent)
	assert.InDelta(t, 0.88, *reply.Confidence, 0)
	assert.Equal(t, &syntphony.UserInput{Type: "Custom", CallToAction: "Your PIN", Pattern: "[0-9]{4}"},
		reply.UserInput)
	assert.Equal(t, map[string]any{"user": 25237.0, "foo": "bar"}, reply.Context)
	assert.Equal(t, map[string]any{"vip": true}, reply.ContextReadOnly)
	assert.Equal(t, &syntphony.NLPResponse{Type: "QUESTION", Name: "balance", Score: 1, Entities: []syntphony.Entity{{
		Name: "account", Value: "savings", OriginalValue: "my savings",
		Position: &syntphony.Position{Start: 4, End: 13},
	}}}, reply.NLP)
	require.Len(t, reply.Answers, 3)

	first := reply.Answers[0]
	assert.Equal(t, syntphony.AnswerTypeTextOptions, first.Type)
	assert.Equal(t, []syntphony.Button{
		{Name: "More", Value: "more", Type: syntphony.ButtonTypeURL, Action: "https://shop.example/"},
	}, first.Buttons)
	assert.Equal(t, []syntphony.Button{{Name: "Yes", Value: "yes"}}, first.QuickReplies)
	assert.JSONEq(t, `{"chart":[1,2]}`, string(first.TechnicalText))
	assert.Equal(t, "i-1", first.InteractionID)
	assert.Equal(t, "d", first.Description)
	assert.True(t, first.Evaluable)
	assert.True(t, first.Masked)

	cards, ok := reply.Answers[1].Content.Cards()
	require.True(t, ok)
	assert.Equal(t, []syntphony.Card{{
		ImageURL: "https://img.example/1", Title: "One", SubTitle: "sub",
		Buttons: []syntphony.Button{{Name: "Buy", Type: syntphony.ButtonTypeFlow}},
	}}, cards)
	assert.JSONEq(t, `"plain"`, string(reply.Answers[1].TechnicalText))

	assert.Equal(t, syntphony.AnswerType("HOLOGRAM"), reply.Answers[2].Type)
	assert.JSONEq(t, `{"depth":3}`, string(reply.Answers[2].Content.Raw))
}

func TestReply_Tolerance(t *testing.T) {
	for _, body := range []string{
		minimalReply,
		`{"sessionCode":"s-1","text":null,"userInput":null,"nlpResponse":null,"answers":null,"context":null,
		  "contextReadOnly":null}`,
		`{"sessionCode":"s-1","answers":[],"context":"not an object","contextReadOnly":[1]}`,
		`{"sessionCode":"s-1","answers":[{"content":null,"technicalText":null,"buttons":null,"masked":null}]}`,
	} {
		reply, err := replyOf(t, body)
		require.NoError(t, err, body)
		assert.Equal(t, "s-1", reply.SessionCode)
		assert.Nil(t, reply.Context)
	}
}

func TestReply_PositionsInOtherForms(t *testing.T) {
	reply, err := replyOf(
		t,
		`{"sessionCode":"s","context":{"n":1.50},"nlpResponse":{"score":0.5,"entities":[{"position":{"start":4.0,`+
			`"end":1.3e1}}]}}`,
	)
	require.NoError(t, err)
	assert.Equal(t, &syntphony.Position{Start: 4, End: 13}, reply.NLP.Entities[0].Position)
	assert.InDelta(t, 0.5, reply.NLP.Score, 0)
	assert.Equal(t, map[string]any{"n": 1.5}, reply.Context)
}

func TestReply_BothSpellingsOfNLPResponse(t *testing.T) {
	for _, name := range []string{"nlpResponse", "NLPResponse"} {
		reply, err := replyOf(t, `{"sessionCode":"s","`+name+`":{"name":"n","score":0.5}}`)
		require.NoError(t, err)
		assert.Equal(t, "n", reply.NLP.Name)
	}
}

func TestReply_NumbersOfTheContextDoNotChange(t *testing.T) {
	reply, err := replyOf(t,
		`{"sessionCode":"s","context":{"a":1,"b":-0.5,"c":9007199254740993,"d":[1e400,123456789012],
		"e":{"f":0.30000000000000004,"g":0.1234567890123456789}}}`)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{
		"a": 1.0, "b": -0.5, "c": json.Number("9007199254740993"), "d": []any{json.Number("1e400"), 123456789012.0},
		"e": map[string]any{"f": 0.30000000000000004, "g": json.Number("0.1234567890123456789")},
	}, reply.Context)
}

func TestReply_UselessSuccess(t *testing.T) {
	for _, body := range []string{
		``, `null`, `{}`, `[]`, `"Success"`, `<html>`, `{"sessionCode":""}`, `{"sessionCode":7}`, `{"sessionCode":"s"`,
		`{"message":"error envelope"}`,
	} {
		_, err := replyOf(t, body)
		require.ErrorIs(t, err, syntphony.ErrDecode, body)
		require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown, "the agent did hear it")
		var failure *syntphony.Error
		require.ErrorAs(t, err, &failure)
		assert.Equal(t, 200, failure.StatusCode)
	}
}

func content(raw string) syntphony.Content { return syntphony.Content{Raw: parley.Raw(raw)} }
