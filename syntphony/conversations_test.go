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

func TestConversationsSend_Headers(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	_, err := client.Conversations.Send(t.Context(), "", syntphony.Caller{
		UserRef: "ref", OS: "iOS", OSVersion: "26", Browser: "Safari", BrowserVersion: "25", BusinessKey: "client 7",
	}, syntphony.Input{Text: "hi"})
	require.NoError(t, err)
	header := only(t, server).Header
	for name, want := range map[string]string{
		"API-KEY": testAPIKey, "AUTHORIZATION": "Bearer " + testToken, "OS": "iOS", "OS-VERSION": "26", "BROWSER": "Safari",
		"BROWSER-VERSION": "25", "USER-REF": "ref", "BUSINESS-KEY": "client 7", "LOCALE": "en-US",
		"Content-Type": "application/json", "Accept": "application/json",
	} {
		assert.Equal(t, []string{want}, header.Values(name), name)
	}
	assert.Empty(t, header.Values("CHANNEL"))
}

func TestConversationsSend_EmptyHeadersAreLeftOut(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
	require.NoError(t, err)
	header := only(t, server).Header
	assert.Equal(t, "es-ES", header.Get("LOCALE"), "the caller's before the config's")
	for _, name := range []string{"OS-VERSION", "BROWSER", "BROWSER-VERSION", "BUSINESS-KEY"} {
		assert.NotContains(t, header, http.CanonicalHeaderKey(name))
	}
}

func TestConversationsSend_Bodies(t *testing.T) {
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
	server, client := newStub(t, 200, minimalReply)
	_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi", Test: true})
	require.NoError(t, err)
	assert.Equal(t, "test=true", only(t, server).Query.Encode())
}

func TestConversationsSendByChannelName(t *testing.T) {
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

func TestConversations_BadArgumentsSendNothing(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	said := syntphony.Input{Text: "hi"}
	send := func(code string, c syntphony.Caller, in syntphony.Input) error {
		_, err := client.Conversations.Send(t.Context(), code, c, in)
		return err
	}
	byName := func(channel string, c syntphony.Caller, in syntphony.Input) error {
		_, err := client.Conversations.SendByChannelName(t.Context(), channel, "", c, in)
		return err
	}
	audio := func(c syntphony.Caller, a syntphony.Audio, in syntphony.Input) error {
		_, err := client.Conversations.SendAudio(t.Context(), "", c, a, in)
		return err
	}
	for field, err := range map[string]error{
		"Caller.UserRef":        send("", syntphony.Caller{OS: "x"}, said),
		"Caller.OS":             send("", syntphony.Caller{UserRef: "x"}, said),
		"Input.Text":            send("", caller, syntphony.Input{}),
		"header User-Ref":       send("", syntphony.Caller{UserRef: "a\r\nX: 1", OS: "x"}, said),
		"header Browser":        send("", syntphony.Caller{UserRef: "a", OS: "x", Browser: "\x00"}, said),
		"sessionCode":           send("..", caller, said),
		"request cannot":        send("", caller, syntphony.Input{Text: "x", Context: map[string]any{"f": func() {}}}),
		"channelName":           byName("", caller, said),
		"Input.Text ":           byName("web", caller, syntphony.Input{}),
		"Caller.UserRef ":       byName("", syntphony.Caller{OS: "x"}, said),
		"Audio.Content":         audio(caller, syntphony.Audio{}, said),
		"Caller.OS ":            audio(syntphony.Caller{UserRef: "x"}, ogg(10), said),
		"Input cannot":          audio(caller, ogg(10), syntphony.Input{Context: map[string]any{"f": func() {}}}),
		"sessionCode ":          client.Conversations.SubmitSatisfaction(t.Context(), "", syntphony.Satisfaction{}),
		"sessionCode must not ": client.Conversations.SubmitSatisfaction(t.Context(), "..", syntphony.Satisfaction{}),
		"header Local":          client.Conversations.SubmitSatisfaction(t.Context(), "s", syntphony.Satisfaction{Locale: "\n"}),
		"interactionID":         client.Answers.Rate(t.Context(), "", true),
	} {
		require.ErrorIs(t, err, syntphony.ErrInvalidArgument, field)
		assert.ErrorContains(t, err, field)
		assert.NotErrorIs(t, err, syntphony.ErrDeliveryUnknown)
	}
	assert.Empty(t, server.Requests())
}

func TestConversations_SomeLocaleIsRequired(t *testing.T) {
	server, _ := newStub(t, 200, minimalReply)
	cfg := config(server.URL())
	cfg.Locale = ""
	client := newClient(t, cfg)
	_, err := client.Conversations.Send(t.Context(), "", syntphony.Caller{UserRef: "x", OS: "x"}, syntphony.Input{Text: "x"})
	require.ErrorIs(t, err, syntphony.ErrInvalidArgument)
	require.ErrorContains(t, err, "Caller.Locale")
	err = client.Conversations.SubmitSatisfaction(t.Context(), "s", syntphony.Satisfaction{})
	require.ErrorIs(t, err, syntphony.ErrInvalidArgument)
	require.ErrorContains(t, err, "Satisfaction.Locale")
	_, err = client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "x"})
	require.NoError(t, err)
	assert.Len(t, server.Requests(), 1)
}

// A turn is sent again only when the server says that it refused it, or it never left.
func TestConversationsSend_IsNotRepeatedBlindly(t *testing.T) {
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
	server, _ := newFake(t)
	cfg := server.Config()
	cfg.Timeout = 300 * time.Millisecond
	client := newClient(t, cfg)
	_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "a token, first"})
	require.NoError(t, err)
	server.Fail(1, syntphonytest.Failure{Delay: time.Minute})
	_, err = client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown)
}

func TestNewClient_RequiredFields(t *testing.T) {
	kc := syntphony.Keycloak{URL: "https://kc.example", Realm: "acme", ClientID: "id", ClientSecret: testSecret}
	whole := config("https://broker.example")
	whole.TokenSource, whole.Keycloak = nil, kc
	_, err := syntphony.NewClient(whole)
	require.NoError(t, err)
	for field, change := range map[string]func(*syntphony.Config){
		"OrgID":                 func(c *syntphony.Config) { c.OrgID = "" },
		"EnvID":                 func(c *syntphony.Config) { c.EnvID = "" },
		"BotID":                 func(c *syntphony.Config) { c.BotID = "" },
		"ChannelID":             func(c *syntphony.Config) { c.ChannelID = "" },
		"APIKey":                func(c *syntphony.Config) { c.APIKey = "" },
		"APIKey holds":          func(c *syntphony.Config) { c.APIKey = "a\nb" },
		"Locale":                func(c *syntphony.Config) { c.Locale = "a\nb" },
		"BaseURL":               func(c *syntphony.Config) { c.BaseURL = "" },
		"BaseURL must be https": func(c *syntphony.Config) { c.BaseURL = "http://broker.example" },
		"Keycloak.URL":          func(c *syntphony.Config) { c.Keycloak.URL = "" },
		"Keycloak.URL must be":  func(c *syntphony.Config) { c.Keycloak.URL = "http://kc.example" },
		"Keycloak.Realm":        func(c *syntphony.Config) { c.Keycloak.Realm = "" },
		"Keycloak.Realm must":   func(c *syntphony.Config) { c.Keycloak.Realm = ".." },
		"Keycloak.ClientID":     func(c *syntphony.Config) { c.Keycloak.ClientID = "" },
		"Keycloak.ClientSecret": func(c *syntphony.Config) { c.Keycloak.ClientSecret = "" },
		"Keycloak.TokenURL":     func(c *syntphony.Config) { c.Keycloak.TokenURL = "http://kc.example/token" },
		"TokenURL must have":    func(c *syntphony.Config) { c.Keycloak.TokenURL = "https://kc.example" },
		"TokenURL must have a":  func(c *syntphony.Config) { c.Keycloak.TokenURL = "https://kc.example/token/" },
		"TokenURL must not end": func(c *syntphony.Config) { c.Keycloak.TokenURL = "https://kc.example/a%2Fb" },
		"MaxRetryWait":          func(c *syntphony.Config) { c.MaxRetryWait = -1 },
		"UserAgent":             func(c *syntphony.Config) { c.UserAgent = "a\nb" },
	} {
		cfg := whole
		change(&cfg)
		_, err := syntphony.NewClient(cfg)
		require.ErrorIs(t, err, syntphony.ErrInvalidArgument, field)
		require.ErrorContains(t, err, field)
	}
	whole.Keycloak.URL, whole.BaseURL, whole.AllowInsecureHTTP = "http://kc.example", "http://broker.example", true
	_, err = syntphony.NewClient(whole)
	require.NoError(t, err)
}
