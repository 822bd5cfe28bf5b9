package syntphony_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestConversationsSend_FirstAndFollowingTurn(t *testing.T) {
	t.Parallel()
	server, client := newStub(t, 200, minimalReply)
	for code, path := range map[string]string{
		"":        "/prefix/v9/org/org/env/env/bot/bot/channel/channel/v1/conversations",
		"s-1":     "/prefix/v9/org/org/env/env/bot/bot/channel/channel/v1/conversations/s-1",
		"a/b?c=d": "/prefix/v9/org/org/env/env/bot/bot/channel/channel/v1/conversations/a%2Fb%3Fc=d",
		"%2e%2e":  "/prefix/v9/org/org/env/env/bot/bot/channel/channel/v1/conversations/%252e%252e",
	} {
		reply, err := client.Conversations.Send(t.Context(), code, caller, syntphony.Input{Text: "hi"})
		require.NoError(t, err)
		assert.Equal(t, "s-1", reply.SessionCode)
		requests := server.Requests()
		last := requests[len(requests)-1]
		assert.Equal(t, "POST", last.Method)
		assert.Equal(t, path, last.Path)
		assert.Empty(t, last.Query)
	}
}

func TestConversationsSend_Bodies(t *testing.T) {
	t.Parallel()
	for want, in := range map[string]syntphony.Input{
		`{"text":"hi"}`:                 {Text: "hi"},
		`{"code":"%EVA_WELCOME_MSG"}`:   {Code: syntphony.WelcomeCode},
		`{"text":"hi","code":"Answer"}`: {Text: "hi", Code: "Answer"},
		`{"text":"hi","context":{"user":25237,"foo":"bar"}}`: {
			Text: "hi", Context: map[string]any{"user": 25237, "foo": "bar"},
		},
		`{"text":"hi","context":{}}`: {Text: "hi", Context: map[string]any{}},
		`{"text":"hi","intent":"BALANCE","confidence":0.88,"entities":{"name":"value"}}`: {
			Text: "hi", Intent: "BALANCE", Confidence: new(0.88), Entities: map[string]any{"name": "value"},
		},
		`{"text":"hi","intent":"BALANCE","confidence":0}`: {Text: "hi", Intent: "BALANCE", Confidence: new(0.0)},
		`{"text":"hi","advancedOptions":{"multilanguage":{"translateInput":false}}}`: {
			Text: "hi", TranslateInput: new(false),
		},
		`{"text":"h","advancedOptions":{"multilanguage":{"translateInput":true}}}`: {
			Text: "h", TranslateInput: new(true),
		},
	} {
		server, client := newStub(t, 200, minimalReply)
		_, err := client.Conversations.Send(t.Context(), "", caller, in)
		require.NoError(t, err)
		assertJSON(t, want, only(t, server).Body)
	}
}

func TestConversationsSend_TestFlag(t *testing.T) {
	t.Parallel()
	server, client := newStub(t, 200, minimalReply)
	_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi", Test: true})
	require.NoError(t, err)
	assert.Equal(t, "test=true", only(t, server).Query.Encode())
}

func TestConversationsSendByChannelName(t *testing.T) {
	t.Parallel()
	server, client := newStub(t, 200, minimalReply)
	for _, code := range []string{"", "s-1"} {
		_, err := client.Conversations.SendByChannelName(t.Context(), "web", code, caller, syntphony.Input{Text: "hi"})
		require.NoError(t, err)
	}
	requests := server.Requests()
	require.Len(t, requests, 2)
	assert.Equal(t, "/prefix/v9/org/org/env/env/bot/bot/conversations", requests[0].Path)
	assert.Equal(t, "/prefix/v9/org/org/env/env/bot/bot/conversations/s-1", requests[1].Path)
	assert.Equal(t, "web", requests[0].Header.Get("CHANNEL"))
	assertJSON(t, `{"text":"hi"}`, requests[1].Body)
}

// A turn is sent again only when the server says that it refused it, or it never left.
func TestConversationsSend_IsNotRepeatedBlindly(t *testing.T) {
	t.Parallel()
	for _, f := range []syntphonytest.Failure{{Status: 500}, {Status: 503}, {Status: 408}, {Reset: true}} {
		server, client := newFake(t)
		server.Fail(1, f)
		_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
		require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown)
		assert.Len(t, server.BrokerRequests(), 1)
	}
	for _, f := range []syntphonytest.Failure{
		{Status: 429}, {Status: 503, Header: http.Header{"Retry-After": {"0"}}},
	} {
		server, client := newFake(t)
		server.Fail(1, f)
		_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
		require.NoError(t, err)
		assert.Len(t, server.BrokerRequests(), 2)
	}
}

func TestConversationsSend_TimesOut(t *testing.T) {
	simulated(t, func(t *testing.T, server *syntphonytest.Server, cfg syntphony.Config) {
		cfg.Timeout = 300 * time.Millisecond
		client, err := syntphony.NewClient(cfg)
		require.NoError(t, err)
		_, err = client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "a token, first"})
		require.NoError(t, err)
		server.Fail(1, syntphonytest.Failure{Delay: time.Minute})
		start := time.Now()
		_, err = client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown)
		assert.Equal(t, 300*time.Millisecond, time.Since(start))
	})
}
