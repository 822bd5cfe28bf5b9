package syntphony_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
)

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
		"Caller.UserRef":         send("", syntphony.Caller{OS: "x"}, said),
		"Input: Text or Code is": send("", caller, syntphony.Input{}),
		"header User-Ref":        send("", syntphony.Caller{UserRef: "a\r\nX: 1", OS: "x"}, said),
		"header Browser":         send("", syntphony.Caller{UserRef: "a", OS: "x", Browser: "\x00"}, said),
		"sessionCode":            send("..", caller, said),
		"request cannot": send("", caller,
			syntphony.Input{Text: "x", Context: map[string]any{"f": func() {}}}),
		"channelName":              byName("", caller, said),
		"Input: Text or Code is r": byName("web", caller, syntphony.Input{}),
		"Caller.UserRef ":          byName("", syntphony.Caller{OS: "x"}, said),
		"Audio.Content":            audio(caller, syntphony.Audio{}, said),
		"argument: Caller.UserRef": audio(syntphony.Caller{OS: "x"}, ogg(10), said),
		"Input cannot":             audio(caller, ogg(10), syntphony.Input{Context: map[string]any{"f": func() {}}}),
		"sessionCode ":             client.Conversations.SubmitSatisfaction(t.Context(), "", syntphony.Satisfaction{}),
		"sessionCode must not ": client.Conversations.SubmitSatisfaction(t.Context(), "..",
			syntphony.Satisfaction{}),
		"header Local": client.Conversations.SubmitSatisfaction(t.Context(), "s",
			syntphony.Satisfaction{Locale: "\n"}),
		"interactionID": client.Answers.Rate(t.Context(), "", true),
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
	_, err := client.Conversations.Send(t.Context(), "", syntphony.Caller{UserRef: "x", OS: "x"},
		syntphony.Input{Text: "x"})
	require.ErrorIs(t, err, syntphony.ErrInvalidArgument)
	require.ErrorContains(t, err, "Caller.Locale")
	err = client.Conversations.SubmitSatisfaction(t.Context(), "s", syntphony.Satisfaction{})
	require.ErrorIs(t, err, syntphony.ErrInvalidArgument)
	require.ErrorContains(t, err, "Satisfaction.Locale")
	_, err = client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "x"})
	require.NoError(t, err)
	assert.Len(t, server.Requests(), 1)
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
