package syntphony_test

import (
	"encoding/json"
	"flag"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/internal/testing/cassette"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

var record = flag.Bool("record", false,
	"send the scenario of TestIntegration_Live to the vendor and keep it as a cassette")

const (
	cassettes    = "testdata/cassettes"
	liveCassette = cassettes + "/live-session.yaml"

	sampleSession     = "555c03b6-d22f-431d-b82e-2b33aff5719d"
	sampleInteraction = "2f300826-629f-495c-b925-3d6131946934"
	sampleQuestion    = "How much do I have in my account?"
)

var exchanges = &cassette.Vendor{
	Variables: []cassette.Variable{
		{Name: "SYNTPHONY_BASE_URL", Fake: "https://broker.example/eva-broker"},
		{Name: "SYNTPHONY_KEYCLOAK_URL", Fake: "https://keycloak.example"},
		{Name: "SYNTPHONY_REALM", Fake: "made-up-realm"},
		{Name: "SYNTPHONY_CLIENT_ID", Fake: "made-up-client"},
		{Name: "SYNTPHONY_CLIENT_SECRET", Fake: "made-up-secret"},
		{Name: "SYNTPHONY_API_KEY", Fake: "made-up-api-key"},
		{Name: "SYNTPHONY_ORG_ID", Fake: "00000000-0000-4000-8000-0000000000a1"},
		{Name: "SYNTPHONY_ENV_ID", Fake: "00000000-0000-4000-8000-0000000000b2"},
		{Name: "SYNTPHONY_BOT_ID", Fake: "00000000-0000-4000-8000-0000000000c3"},
		{Name: "SYNTPHONY_CHANNEL_ID", Fake: "00000000-0000-4000-8000-0000000000d4"},
		{Name: "SYNTPHONY_LOCALE", Fake: "en-US", Default: "en-US"},
	},
	Credentials: []string{"Authorization", "Api-Key"},
	Headers: []string{
		"Os", "Os-Version", "Browser", "Browser-Version", "User-Ref", "Business-Key", "Locale", "Local", "Channel",
	},
	Issued: []string{"access_token", "refresh_token", "id_token", "session_state"},
}

// configOf is a Config with the settings of a recording or a replay.
func configOf(settings cassette.Settings, client *http.Client) syntphony.Config {
	return syntphony.Config{
		BaseURL: settings["SYNTPHONY_BASE_URL"], APIKey: settings["SYNTPHONY_API_KEY"],
		Locale: settings["SYNTPHONY_LOCALE"], OrgID: settings["SYNTPHONY_ORG_ID"], EnvID: settings["SYNTPHONY_ENV_ID"],
		BotID: settings["SYNTPHONY_BOT_ID"], ChannelID: settings["SYNTPHONY_CHANNEL_ID"],
		Keycloak: syntphony.Keycloak{
			URL: settings["SYNTPHONY_KEYCLOAK_URL"], Realm: settings["SYNTPHONY_REALM"],
			ClientID: settings["SYNTPHONY_CLIENT_ID"], ClientSecret: settings["SYNTPHONY_CLIENT_SECRET"],
		},
		HTTPClient: client, MaxRetries: -1,
	}
}

// played returns a client whose responses come from a cassette.
func played(t *testing.T, name string, change func(*syntphony.Config)) *syntphony.Client {
	cfg := configOf(exchanges.Fakes(), exchanges.Play(t, filepath.Join(cassettes, name+".yaml")))
	change(&cfg)
	client, err := syntphony.NewClient(cfg)
	require.NoError(t, err)
	return client
}

// withToken has a token, so that the cassette holds none.
func withToken(cfg *syntphony.Config) {
	cfg.TokenSource = oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "fake-token"})
	cfg.Keycloak = syntphony.Keycloak{}
}

func withKeycloak(*syntphony.Config) {}

var sampleCaller = syntphony.Caller{UserRef: "203.0.113.7", OS: "Windows"}

func welcome() syntphony.Input {
	return syntphony.Input{Code: syntphony.WelcomeCode, Context: map[string]any{"user": 25237}}
}

func sampleInput() syntphony.Input {
	return syntphony.Input{Text: sampleQuestion, Context: map[string]any{"user": 25237, "foo": "bar"}}
}

// sampleReply compares a reply with the vendor's sample. text and intent are not in all of its forms.
func sampleReply(t *testing.T, reply *syntphony.Reply, err error, text, intent string, carried map[string]any) {
	t.Helper()
	require.NoError(t, err)
	assert.Equal(t, text, reply.Text)
	assert.Equal(t, sampleSession, reply.SessionCode)
	assert.Equal(t, carried, reply.Context)
	assert.Equal(t, intent, reply.Intent)
	require.Len(t, reply.Answers, 1)
	answer := reply.Answers[0]
	assert.Equal(t, syntphony.AnswerTypeTextOptions, answer.Type)
	assert.Equal(t, sampleInteraction, answer.InteractionID)
	content, ok := answer.Content.Text()
	assert.True(t, ok)
	assert.Equal(t, "You have 10 points in your wallet.", content)
	assert.Empty(t, answer.Description)
	assert.Empty(t, answer.Buttons)
	assert.Empty(t, answer.QuickReplies)
	assert.Nil(t, reply.NLP)
}

func firstContext() map[string]any { return map[string]any{"user": 25237.0} }
func bothContexts() map[string]any { return map[string]any{"user": 25237.0, "foo": "bar"} }

// samples has a call for each documented sample of the broker, by the name of its cassette.
var samples = map[string]func(*testing.T, *syntphony.Client){
	"welcome": func(t *testing.T, c *syntphony.Client) {
		reply, err := c.Conversations.Send(t.Context(), "", sampleCaller, welcome())
		sampleReply(t, reply, err, "", "", firstContext())
	},
	"text": func(t *testing.T, c *syntphony.Client) {
		reply, err := c.Conversations.Send(t.Context(), sampleSession, sampleCaller, sampleInput())
		sampleReply(t, reply, err, sampleQuestion, "", bothContexts())
	},
	"intent-navigator": func(t *testing.T, c *syntphony.Client) {
		in := sampleInput()
		in.Intent, in.Confidence, in.Entities = "BALANCE", new(0.88), map[string]any{"entityName": "entityValue"}
		reply, err := c.Conversations.Send(t.Context(), sampleSession, sampleCaller, in)
		sampleReply(t, reply, err, sampleQuestion, "BALANCE", bothContexts())
		assert.Equal(t, new(0.88), reply.Confidence)
	},
	"text-openapi": textOfOpenAPI,
	"text-by-channel-name": func(t *testing.T, c *syntphony.Client) {
		reply, err := c.Conversations.SendByChannelName(t.Context(), "fake-channel", sampleSession, sampleCaller,
			sampleInput())
		sampleReply(t, reply, err, sampleQuestion, "", bothContexts())
	},
	"audio": func(t *testing.T, c *syntphony.Client) {
		reply, err := c.Conversations.SendAudio(t.Context(), sampleSession, sampleCaller,
			syntphony.Audio{Content: strings.NewReader("OggS made up")},
			syntphony.Input{Context: sampleInput().Context})
		sampleReply(t, reply, err, sampleQuestion, "BALANCE", bothContexts())
	},
	"likable": func(t *testing.T, c *syntphony.Client) {
		require.NoError(t, c.Answers.Rate(t.Context(), "7cf85a1e-244b-4c75-bc8d-bb188911c724", true))
	},
	"satisfaction": func(t *testing.T, c *syntphony.Client) {
		require.NoError(t, c.Conversations.SubmitSatisfaction(t.Context(), sampleSession, syntphony.Satisfaction{
			Evaluation: 5, Answered: true, ExpireSession: true,
			Comments: "You answered where to find the information, but why didn’t you give the info in the chat?",
		}))
	},
}

// textOfOpenAPI decodes the members that only the OpenAPI example has.
func textOfOpenAPI(t *testing.T, c *syntphony.Client) {
	reply, err := c.Conversations.Send(t.Context(), "", sampleCaller, syntphony.Input{Text: "text"})
	require.NoError(t, err)
	assert.Equal(t, []string{"text", "text", "text"}, []string{reply.Text, reply.SessionCode, reply.UserInteractionID})
	assert.Equal(t, &syntphony.UserInput{Type: "text", CallToAction: "text", Pattern: "text"}, reply.UserInput)
	assert.Equal(t, &syntphony.NLPResponse{
		Type: "QUESTION", Name: "text", Score: 1, Entities: []syntphony.Entity{{
			Name: "text", Value: "text", OriginalValue: "text", Position: &syntphony.Position{Start: 1, End: 1},
		}},
	}, reply.NLP)
	any := map[string]any{"ANY_ADDITIONAL_PROPERTY": map[string]any{}}
	assert.Equal(t, any, reply.Context)
	assert.Equal(t, any, reply.ContextReadOnly)
	require.Len(t, reply.Answers, 1)
	answer := reply.Answers[0]
	assert.JSONEq(t, `{}`, string(answer.Content.Raw))
	assert.Equal(t, json.RawMessage(`{}`), answer.TechnicalText)
	assert.Equal(t, []syntphony.Button{{Name: "text", Value: "text", Type: "text", Action: "text"}}, answer.Buttons)
	assert.Equal(t, []syntphony.Button{{Name: "text", Value: "text"}}, answer.QuickReplies)
	assert.Equal(t, []string{"text", "text", "text"},
		[]string{answer.Description, string(answer.Type), answer.InteractionID})
	assert.True(t, answer.Evaluable)
	assert.True(t, answer.Masked)
}

func TestIntegration_Samples(t *testing.T) {
	for name, play := range samples {
		t.Run(name, func(t *testing.T) { play(t, played(t, name, withToken)) })
	}
}

func TestIntegration_Token(t *testing.T) {
	reply, err := played(t, "token", withKeycloak).Conversations.Send(t.Context(), "", sampleCaller, welcome())
	sampleReply(t, reply, err, "", "", firstContext())
}

// TestIntegration_TokenRenewal uses the token of the sample. It lives for 300 s, and is refreshed before that with its
// refresh token.
func TestIntegration_TokenRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := played(t, "token-renewal", withKeycloak)
		reply, err := client.Conversations.Send(t.Context(), "", sampleCaller, welcome())
		sampleReply(t, reply, err, "", "", firstContext())
		time.Sleep(290 * time.Second) // in virtual time
		reply, err = client.Conversations.Send(t.Context(), reply.SessionCode, sampleCaller, sampleInput())
		sampleReply(t, reply, err, sampleQuestion, "", bothContexts())
		synctest.Wait() // the call did not wait for the refresh, because its token still lives
	})
}

func TestIntegration_TokenRefused(t *testing.T) {
	_, err := played(t, "token-refused", withKeycloak).Conversations.Send(t.Context(), "", sampleCaller, welcome())
	require.ErrorIs(t, err, syntphony.ErrUnauthorized)
	assert.NotErrorIs(t, err, syntphony.ErrDeliveryUnknown)
	var refusal *syntphony.Error
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, syntphony.ErrorCode("unauthorized_client"), refusal.Code)
	assert.Equal(t, "Invalid client or Invalid client credentials", refusal.Message)
}

// TestIntegration_EveryCassetteIsPlayed finds samples that no test calls.
func TestIntegration_EveryCassetteIsPlayed(t *testing.T) {
	names := slices.Concat(slices.Collect(maps.Keys(samples)), []string{"token", "token-renewal", "token-refused"})
	assert.ElementsMatch(t, slices.Collect(maps.Keys(cassette.Cassettes(t, cassettes))), names)
}

// TestIntegration_Live plays what was recorded, or records it: go test -run Integration ./syntphony -record
func TestIntegration_Live(t *testing.T) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	t.Cleanup(transport.CloseIdleConnections)
	settings, client := exchanges.Live(t, liveCassette, *record, os.Getenv, transport)
	talk(t, settings, client)
}

// TestIntegration_RecordsAndReplays proves with the fake server that the scenario can be recorded and replayed.
func TestIntegration_RecordsAndReplays(t *testing.T) {
	server := syntphonytest.NewServer()
	defer server.Close()
	cfg := server.Config()
	settings := cassette.Settings{
		"SYNTPHONY_BASE_URL": cfg.BaseURL, "SYNTPHONY_KEYCLOAK_URL": cfg.Keycloak.URL,
		"SYNTPHONY_REALM":     cfg.Keycloak.Realm,
		"SYNTPHONY_CLIENT_ID": cfg.Keycloak.ClientID, "SYNTPHONY_CLIENT_SECRET": cfg.Keycloak.ClientSecret,
		"SYNTPHONY_API_KEY": cfg.APIKey, "SYNTPHONY_ORG_ID": cfg.OrgID, "SYNTPHONY_ENV_ID": cfg.EnvID,
		"SYNTPHONY_BOT_ID": cfg.BotID, "SYNTPHONY_CHANNEL_ID": cfg.ChannelID, "SYNTPHONY_LOCALE": cfg.Locale,
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	path := filepath.Join(t.TempDir(), "live-session.yaml")
	tape, err := exchanges.Record(path, settings, transport)
	require.NoError(t, err)
	talk(t, settings, &http.Client{Transport: tape})
	require.NoError(t, tape.Stop())
	sent := len(server.Requests())
	talk(t, exchanges.Fakes(), exchanges.Play(t, path))
	assert.Len(t, server.Requests(), sent, "a replay sends nothing")
}

// talk plays a user who is welcomed, asks a question and says goodbye. It expects only answers that every agent can
// give.
func talk(t *testing.T, settings cassette.Settings, client *http.Client) {
	c, err := syntphony.NewClient(configOf(settings, client))
	require.NoError(t, err)
	session := c.NewSession(syntphony.Caller{UserRef: "parley-integration-test", OS: "Linux"})
	reply, err := session.Welcome(t.Context())
	require.NoError(t, err)
	assert.NotEmpty(t, reply.Answers)
	assert.Equal(t, reply.SessionCode, session.Code())
	reply, err = session.Say(t.Context(), "What can you do?")
	require.NoError(t, err)
	assert.Equal(t, "What can you do?", reply.Text)
	require.NotEmpty(t, reply.Answers)
	assert.NotEmpty(t, reply.Answers[0].InteractionID)
	if reply.Answers[0].Evaluable {
		require.NoError(t, c.Answers.Rate(t.Context(), reply.Answers[0].InteractionID, true))
	}
	require.NoError(t, session.SubmitSatisfaction(t.Context(),
		syntphony.Satisfaction{Evaluation: 10, Answered: true, ExpireSession: true}))
}
