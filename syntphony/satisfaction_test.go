package syntphony_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

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
