package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/syntphony"
)

// lost is a failure after which the vendor has the message and the client no response.
const lost = `{"match":{"method":"POST","body":"lost"},"failure":{"after":true,"reset":true}}`

func TestRaia_FailsAnswersAndHasHumans(t *testing.T) {
	r := start(t)
	c, err := raia.NewClient(raia.Config{
		BaseURL: r.env["RAIA_BASE_URL"], AgentKey: r.env["RAIA_AGENT_KEY"], HTTPClient: r.http,
	})
	require.NoError(t, err)
	started, err := c.Conversations.Start(t.Context(), raia.SMSStart{
		FirstName: "Ada", LastName: "Example", PhoneNumber: "+12025550100", Introduction: "Hello",
	})
	require.NoError(t, err)
	id := started.ConversationID
	r.command("/raia/answer", `{"text":"You asked: {text}"}`)
	r.command("/raia/fail", lost)
	_, err = c.Conversations.Send(t.Context(), id, raia.SendMessageParams{Message: "lost"})
	require.ErrorIs(t, err, raia.ErrDeliveryUnknown)
	answer, err := c.Conversations.Send(t.Context(), id, raia.SendMessageParams{Message: "Why?"})
	require.NoError(t, err)
	assert.Equal(t, "You asked: Why?", answer.Message)
	assert.Equal(t, []string{"", "lost", "Why?"}, r.said("raia"))
	r.command("/raia/human", `{"conversation":"`+id+`","text":"Let me help."}`)
	messages, err := c.Conversations.ListMessages(t.Context(), id, raia.ListMessagesParams{})
	require.NoError(t, err)
	assert.Equal(t, "Let me help.", messages[len(messages)-1].Message)
	_, requests := r.do("GET", "/raia/requests", "")
	assert.Contains(t, requests, `"path":"/external/conversations/`+id+`/messages"`)
}

func TestSiteAssist_FailsAnswersHasHumansAndRevokes(t *testing.T) {
	r := start(t)
	c, err := siteassist.NewClient(siteassist.Config{
		BaseURL: r.env["SITEASSIST_BASE_URL"], PublishableKey: r.env["SITEASSIST_PUBLISHABLE_KEY"], DeviceID: "d",
		HTTPClient: r.http,
	})
	require.NoError(t, err)
	conversation, err := c.Conversations.Start(t.Context(), siteassist.StartConversationParams{})
	require.NoError(t, err)
	send := func(content string) (*siteassist.SendResult, error) {
		return c.Messages.Send(t.Context(), conversation.ID, siteassist.SendMessageParams{Content: content})
	}
	r.command("/siteassist/fail", lost)
	_, err = send("lost")
	require.ErrorIs(t, err, siteassist.ErrDeliveryUnknown)
	r.command("/siteassist/answer", `{"text":"one two","pace":"1ms"}`)
	r.command("/siteassist/revoke", "")
	stream, err := c.Messages.Stream(t.Context(), conversation.ID, siteassist.SendMessageParams{Content: "x"})
	require.NoError(t, err, "the client opens a new session")
	text, err := stream.Text()
	require.NoError(t, err)
	assert.Equal(t, "one two", text)
	r.command("/siteassist/answer", `{}`)
	result, err := send("y")
	require.NoError(t, err)
	assert.Equal(t, "You said: y", result.Text())
	r.command("/siteassist/human", `{"conversation":"`+conversation.ID+`","text":"Hi"}`)
	result, err = send("z")
	require.NoError(t, err)
	assert.True(t, result.Queued)
	assert.Equal(t, []string{"", "lost", "x", "y", "z"}, r.said("siteassist"))
}

func TestSyntphony_FailsAnswersAndRevokes(t *testing.T) {
	r := start(t)
	c, err := syntphony.NewClient(syntphony.Config{
		BaseURL: r.env["SYNTPHONY_BASE_URL"], OrgID: r.env["SYNTPHONY_ORG_ID"], EnvID: r.env["SYNTPHONY_ENV_ID"],
		BotID: r.env["SYNTPHONY_BOT_ID"], ChannelID: r.env["SYNTPHONY_CHANNEL_ID"], APIKey: r.env["SYNTPHONY_API_KEY"],
		Locale: r.env["SYNTPHONY_LOCALE"], HTTPClient: r.http,
		Keycloak: syntphony.Keycloak{
			URL: r.env["SYNTPHONY_KEYCLOAK_URL"], Realm: r.env["SYNTPHONY_REALM"],
			ClientID:     r.env["SYNTPHONY_CLIENT_ID"],
			ClientSecret: r.env["SYNTPHONY_CLIENT_SECRET"],
		},
	})
	require.NoError(t, err)
	session := c.NewSession(syntphony.Caller{UserRef: "u", OS: "Linux"})
	say := func(text string) (string, error) {
		reply, err := session.Say(t.Context(), text)
		if err != nil {
			return "", err
		}
		got, _ := reply.Answers[0].Content.Text()
		return got, nil
	}
	r.command("/syntphony/answer", `{"text":"Sure: {text}"}`)
	r.command("/syntphony/fail", lost)
	_, err = say("lost")
	require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown)
	r.command("/syntphony/revoke", "")
	text, err := say("a")
	require.NoError(t, err, "the client fetches a new token")
	assert.Equal(t, "Sure: a", text)
	r.command("/syntphony/answer", `{"reply":{"answers":[{"type":"TEXT","content":"fixed"}],"context":{"n":1}}}`)
	for range 2 {
		text, err = say("b")
		require.NoError(t, err)
		assert.Equal(t, "fixed", text)
	}
	assert.Equal(t, []string{"lost", "a", "b", "b"}, r.said("syntphony"))
}

func TestAisera_FailsAnswersHasHumansAndRevokes(t *testing.T) {
	r := start(t)
	c, err := aisera.NewClient(aisera.Config{
		BaseURL: r.env["AISERA_BASE_URL"], WebSocketURL: r.env["AISERA_WEBSOCKET_URL"], Token: r.env["AISERA_TOKEN"],
		ChannelID: r.env["AISERA_CHANNEL_ID"], HTTPClient: r.http,
	})
	require.NoError(t, err)
	user := aisera.User{ID: "u-1"}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r.command("/aisera/fail", lost)
	_, err = c.Send(t.Context(), user, aisera.Text("lost"))
	require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
	conn, err := c.Dial(t.Context(), user, aisera.DialOptions{NoReconnect: true})
	require.NoError(t, err)
	defer conn.Close()
	for body, want := range map[string]string{
		`{"text":"Yes, {text}"}`: "Yes, x", `{"pieces":["o","n","e"]}`: "one",
		`{"reply":{"modeType":"Normal","reqId":"{reqId}","answers":[{"text":"raw"}]}}`: "raw", `{}`: "You said: x",
	} {
		r.command("/aisera/answer", body)
		answer, err := conn.Ask(ctx, aisera.Text("x"))
		require.NoError(t, err)
		assert.Equal(t, want, answer.Text())
	}
	r.command("/aisera/human", `{"user":"u-1","text":"Hello"}`)
	said, err := conn.Receive(ctx)
	require.NoError(t, err)
	assert.Equal(t, "Hello", said.Text())
	r.command("/aisera/fail", `{"n":1,"match":{"method":"WS"},"failure":{"status":4000,"body":"busy","after":true}}`)
	_, err = conn.Ask(ctx, aisera.Text("y"))
	require.Error(t, err)
	assert.Equal(t, []string{"lost", "x", "x", "x", "x", "y"}, r.said("aisera"))

	again, err := c.Dial(t.Context(), user, aisera.DialOptions{NoReconnect: true})
	require.NoError(t, err)
	defer again.Close()
	_, err = again.Ask(ctx, aisera.Text("z")) // the server knows the connection now
	require.NoError(t, err)
	r.command("/aisera/revoke", "")
	_, err = again.Receive(ctx)
	require.ErrorIs(t, err, aisera.ErrUnauthorized)
}
