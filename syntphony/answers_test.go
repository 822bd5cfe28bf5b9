package syntphony_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestAnswersRate(t *testing.T) {
	server, client := newStub(t, 200, `"Success"`)
	require.NoError(t, client.Answers.Rate(t.Context(), "i-1", true))
	request := only(t, server)
	assert.Equal(t, "POST", request.Method)
	assert.Equal(t, "/prefix/v9/org/org/env/env/likable", request.Path)
	assert.Equal(t, testAPIKey, request.Header.Get("API-KEY"))
	assertJSON(t, `{"evaluation":true,"interactionId":"i-1"}`, request.Body)

	server, client = newStub(t, 200, "")
	require.NoError(t, client.Answers.Rate(t.Context(), "i-1", false))
	assertJSON(t, `{"evaluation":false,"interactionId":"i-1"}`, only(t, server).Body)
}

func TestConversationsSubmitSatisfaction(t *testing.T) {
	server, client := newStub(t, 200, `"Success"`)
	require.NoError(t, client.Conversations.SubmitSatisfaction(t.Context(), "s-1", syntphony.Satisfaction{
		Evaluation: 5, Answered: true, Comments: "fine", ExpireSession: true, Locale: "pt-BR",
	}))
	request := only(t, server)
	assert.Equal(t, "POST", request.Method)
	assert.Equal(t, "/prefix/v9/org/org/env/env/bot/bot/conversations/s-1/satisfactions", request.Path)
	assert.Equal(t, "pt-BR", request.Header.Get("LOCAL"))
	assert.Equal(t, "pt-BR", request.Header.Get("LOCALE"))
	assertJSON(t, `{"evaluation":5,"answered":1,"userComments":"fine","expireSession":true}`, request.Body)

	server, client = newStub(t, 200, "")
	require.NoError(t, client.Conversations.SubmitSatisfaction(t.Context(), "s-1", syntphony.Satisfaction{}))
	request = only(t, server)
	assert.Equal(t, "en-US", request.Header.Get("LOCAL"))
	assertJSON(t, `{"evaluation":0,"answered":0,"expireSession":false}`, request.Body)
}

func TestAcknowledgement_Spellings(t *testing.T) {
	for body, want := range map[string]error{
		`"Success"`: nil, `Success`: nil, ``: nil, "true": nil,
		"{}": syntphony.ErrDecode, `{"message":"no"}`: syntphony.ErrDecode, "{": syntphony.ErrDecode, `["no"]`: syntphony.ErrDecode,
		"<html>sign in</html>": syntphony.ErrDecode, "\n <!DOCTYPE html>": syntphony.ErrDecode,
	} {
		_, client := newStub(t, 200, body)
		require.ErrorIs(t, client.Answers.Rate(t.Context(), "i", true), want)
		require.ErrorIs(t, client.Conversations.SubmitSatisfaction(t.Context(), "s", syntphony.Satisfaction{}), want)
	}
	_, client := newStub(t, 204, "")
	require.NoError(t, client.Answers.Rate(t.Context(), "i", true))
}

// The vendor accepts an evaluation once, so it is never repeated on its own.
func TestConversationsSubmitSatisfaction_IsNotIdempotent(t *testing.T) {
	server, client := newFake(t)
	session := client.NewSession(caller)
	_, err := session.Say(t.Context(), "hi")
	require.NoError(t, err)
	before := len(server.BrokerRequests())
	server.Fail(1, syntphonytest.Failure{Reset: true})
	err = session.SubmitSatisfaction(t.Context(), syntphony.Satisfaction{Evaluation: 7, ExpireSession: true})
	require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown)
	assert.Len(t, server.BrokerRequests(), before+1)
	assert.NotEmpty(t, session.Code(), "only an accepted evaluation ends the session")
}

func TestAnswersRate_Failures(t *testing.T) {
	server, client := newFake(t)
	require.ErrorIs(t, client.Answers.Rate(t.Context(), "unknown", true), syntphony.ErrNotFound)
	server.Fail(1, syntphonytest.Failure{Status: 502, Body: "<html>", Header: http.Header{"X-Request-Id": {"r-1"}}})
	err := client.Answers.Rate(t.Context(), "unknown", true)
	require.ErrorIs(t, err, syntphony.ErrServer)
	require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown)
	var failure *syntphony.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "r-1", failure.RequestID)
}
