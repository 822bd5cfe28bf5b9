package syntphony_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

var secrets = []string{testToken, testAPIKey, testSecret, "what the user said", "s-secret-session"}

// assertHidden prints v with every verb and logs it.
func assertHidden(t testing.TB, v any) {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", v)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", v)
	texts := []string{log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T"} {
		texts = append(texts, fmt.Sprintf(verb, v))
	}
	for _, text := range texts {
		assert.NotEmpty(t, text, "%T prints no text", v)
		for _, secret := range secrets {
			assert.NotContains(t, text, secret)
			assert.NotContains(t, text, fmt.Sprintf("%x", secret))
		}
	}
}

// assertChainHidden does the same for err and all errors that it wraps.
func assertChainHidden(t testing.TB, err error) {
	t.Helper()
	assertHidden(t, err)
	switch inner := err.(type) {
	case interface{ Unwrap() error }:
		if next := inner.Unwrap(); next != nil {
			assertChainHidden(t, next)
		}
	case interface{ Unwrap() []error }:
		for _, next := range inner.Unwrap() {
			assertChainHidden(t, next)
		}
	}
}

func TestSecrets_AreNotPrinted(t *testing.T) {
	_, client := newStub(t, 200, `{"sessionCode":"s-secret-session"}`)
	cfg := config("https://broker.example")
	cfg.Keycloak = syntphony.Keycloak{URL: "https://kc.example", Realm: "r", ClientID: "id", ClientSecret: testSecret}
	session := client.ResumeSession(caller, syntphony.SessionState{
		Code: "s-secret-session", Context: map[string]any{"a": "what the user said"},
	})
	withoutSource := cfg
	withoutSource.TokenSource = nil
	for _, v := range []any{
		cfg, &cfg, withoutSource, cfg.Keycloak, &cfg.Keycloak, []syntphony.Config{cfg},
		struct{ C syntphony.Config }{cfg},
		client, *client, client.Conversations, client.Answers, session, map[string]any{"session": session},
	} {
		assertHidden(t, v)
	}
	assert.Equal(t, "syntphony.Config{OrgID: org, EnvID: env, BotID: bot, ChannelID: channel, APIKey: [redacted], "+
		"syntphony.Keycloak{Realm: r, ClientID: id, ClientSecret: [redacted]}}", fmt.Sprint(withoutSource))
	assert.Contains(t, fmt.Sprint(syntphony.Config{}), "APIKey: not set")
	for _, v := range []any{cfg, cfg.Keycloak} {
		text, err := json.Marshal(v)
		if err == nil {
			assert.NotContains(t, string(text), testSecret)
			assert.NotContains(t, string(text), testAPIKey)
		}
	}
}

func TestSecrets_EchoedByTheBrokerAreMasked(t *testing.T) {
	echo := testToken + " " + testAPIKey
	server, client := newStub(t, 400, fmt.Sprintf(`{"code":%q,"message":%q}`, echo, echo))
	err := say(t, client)
	require.ErrorContains(t, err, "[redacted]")
	assertChainHidden(t, err)
	server.Fail(1, fakeserver.Failure{Status: 200, Body: "<html>" + echo})
	assertChainHidden(t, say(t, client))
}

// Whatever the token endpoint responds, no error at any depth shows a secret, and neither does the body that Error
// keeps.
func TestSecrets_EchoedByKeycloakAreMasked(t *testing.T) {
	for _, f := range []fakeserver.Failure{
		{Status: 401, Body: `{"error":"unauthorized_client","error_description":"secret was ` + testSecret + `"}`},
		{Status: 400, Body: `{"error":"` + testSecret + `"}`},
		{Status: 403, Body: "client_secret=" + testSecret, Header: http.Header{"X-Request-Id": {testSecret}}},
		{Status: 200, Body: `{"refresh_token":"` + testSecret + `"}`},
		{Status: 200, Body: `{"error":"` + testSecret + `"}`},
		{Status: 200, Body: "<html>" + testSecret},
		{Status: 307, Header: http.Header{"Location": {"https://elsewhere.example/?s=" + testSecret}}},
		{Reset: true},
	} {
		server, _ := newStub(t, 200, minimalReply)
		server.Fail(1, f)
		cfg := config(server.URL())
		cfg.MaxRetries = -1
		cfg.TokenSource = nil
		cfg.Keycloak = syntphony.Keycloak{URL: server.URL(), Realm: "r", ClientID: "id", ClientSecret: testSecret}
		var log bytes.Buffer
		cfg.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		err := say(t, newClient(t, cfg))
		require.Error(t, err)
		assertChainHidden(t, err)
		assert.NotContains(t, log.String(), testSecret)
		assert.NotEmpty(t, log.String())
		var leak *oauth2.RetrieveError
		require.NotErrorAs(t, err, &leak)
		var failure *syntphony.Error
		if f.Reset {
			require.NotErrorAs(t, err, &failure)
			continue
		}
		require.ErrorAs(t, err, &failure)
		assert.NotContains(t, string(failure.Body), testSecret)
	}
}

func TestSecrets_GoToTheirOriginOnly(t *testing.T) {
	elsewhere := fakeserver.New(http.NotFoundHandler())
	defer elsewhere.Close()
	server, client := newStub(t, 200, minimalReply)
	server.Fail(1, fakeserver.Failure{Status: 307, Header: http.Header{"Location": {elsewhere.URL()}}})
	require.ErrorContains(t, say(t, client), "redirect not followed")
	assert.Empty(t, elsewhere.Requests())
}

func TestNewClient_WrapsTheTransportOnce(t *testing.T) {
	server := syntphonytest.NewServer()
	defer server.Close()
	cfg := server.Config()
	wrapped, requests := 0, 0
	cfg.Hooks.WrapTransport = func(base http.RoundTripper) http.RoundTripper {
		wrapped++
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			requests++
			return base.RoundTrip(r)
		})
	}
	client, err := syntphony.NewClient(cfg)
	require.NoError(t, err)
	_, err = client.NewSession(syntphony.Caller{UserRef: "user-1"}).Say(t.Context(), "Hello")
	require.NoError(t, err)
	assert.Equal(t, 1, wrapped)
	assert.Equal(t, 2, requests, "one for a token and one for the turn")
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
