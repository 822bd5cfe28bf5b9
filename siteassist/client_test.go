package siteassist

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley"
)

func TestNewClient_RefusesAndNamesTheField(t *testing.T) {
	tests := map[string]Config{
		"at least one of Token, TokenSource and PublishableKey is required": {},
		"TokenSource":              {Token: "t", TokenSource: oauth2.StaticTokenSource(&oauth2.Token{})},
		"Token holds a control":    {Token: "t\r\nX: y"},
		"DeviceID is longer":       {PublishableKey: "k", DeviceID: strings.Repeat("ä", 101)},
		"MaxEventSize":             {Token: "t", MaxEventSize: -1},
		"MaxRetryWait":             {Token: "t", MaxRetryWait: -1},
		"UserAgent":                {Token: "t", UserAgent: "a\nb"},
		"BaseURL must be https":    {Token: "t", BaseURL: "http://api.example"},
		"BaseURL must not carry a": {Token: "t", BaseURL: "https://api.example?x=1"},
	}
	for want, cfg := range tests {
		_, err := NewClient(cfg)
		assert.ErrorIs(t, err, ErrInvalidArgument, want)
		assert.ErrorContains(t, err, want)
	}
	_, err := NewClient(Config{DeviceID: "device"})
	assert.ErrorIs(t, err, ErrInvalidArgument)
}

func TestNewClient_Defaults(t *testing.T) {
	client, err := NewClient(Config{Token: "t"})
	require.NoError(t, err)
	assert.Equal(t, streaming{idle: time.Minute, maxEvent: 4 << 20}, client.core.streaming)
	client, err = NewClient(Config{Token: "t", StreamIdleTimeout: -1, MaxEventSize: 9})
	require.NoError(t, err)
	assert.Equal(t, streaming{idle: -1, maxEvent: 9}, client.core.streaming)
}

func TestClient_MissingCredentials(t *testing.T) {
	onlyKey := func(c *Config) { c.Token = "" }
	client, server := serve(t, reply(200, "application/json", `{"id":"1","results":[],"data":[]}`), onlyKey)
	for _, o := range operations {
		err := o.call(t.Context(), client)
		if o.key == inHeader && !strings.Contains(o.path, "/qnas") {
			assert.ErrorIs(t, err, ErrInvalidArgument, o.name)
			assert.ErrorContains(t, err, "Token", o.name)
		} else {
			assert.NotErrorIs(t, err, ErrInvalidArgument, o.name)
		}
	}
	for _, r := range server.Requests() {
		assert.Empty(t, r.Header.Get("Authorization"), r.Path)
	}

	onlyToken := func(c *Config) { c.PublishableKey = "" }
	client, _ = serve(t, reply(200, "application/json", `{"id":"1","results":[],"data":[]}`), onlyToken)
	for _, o := range operations {
		if err := o.call(t.Context(), client); o.key != inHeader {
			assert.ErrorIs(t, err, ErrInvalidArgument, o.name)
			assert.ErrorContains(t, err, "PublishableKey", o.name)
		}
	}
	_, err := client.ForVisitor("device")
	assert.ErrorIs(t, err, ErrInvalidArgument)
	assert.ErrorContains(t, err, "PublishableKey")
}

// rotating is a TokenSource that returns another token each time.
type rotating struct{ tokens []string }

func (s *rotating) Token() (*oauth2.Token, error) {
	if len(s.tokens) == 0 {
		return nil, errors.New("no tokens left")
	}
	token := s.tokens[0]
	s.tokens = s.tokens[1:]
	return &oauth2.Token{AccessToken: token, Expiry: time.Now().Add(time.Hour)}, nil
}

func TestClient_TokenSourceIsAskedAgainAfter401(t *testing.T) {
	client, server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer second" {
			w.WriteHeader(401)
			return
		}
		reply(200, "application/json", completionJSON)(w, r)
	}, func(c *Config) { c.Token, c.TokenSource = "", &rotating{[]string{"first", "second"}} })
	for range 2 {
		_, err := client.Messages.Send(t.Context(), testID, SendMessageParams{Content: "Hi"})
		require.NoError(t, err)
	}
	assert.Len(t, server.Requests(), 3)
}

func TestClient_FixedTokenIsNotRenewed(t *testing.T) {
	client, server := serve(t,
		reply(401, "application/json", `{"error":{"message":"Authentication required","code":"UNAUTHORIZED"}}`))
	_, err := client.Identity.Me(t.Context())
	assert.ErrorIs(t, err, CodeUnauthorized)
	assert.Len(t, server.Requests(), 1)
}

func TestSecrets_AreNeverPrinted(t *testing.T) {
	const session = "session-that-nobody-may-see"
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken})
	configs := []Config{
		{Token: testToken, PublishableKey: testKey, BaseURL: "https://user:" + testToken + "@host"},
		{TokenSource: source, PublishableKey: testKey},
		{PublishableKey: testKey, DeviceID: "d"},
	}
	client, _ := serve(t, reply(200, "text/event-stream", hello))
	s := stream(t, client)
	visitor := &VisitorSession{SessionToken: session, Visitor: &Visitor{ID: "v1"}, Raw: parley.Raw(`"` + session + `"`)}
	values := []any{
		client, *client, s, *s, visitor, *visitor, InitParams{PublishableKey: testKey},
		&InitParams{PublishableKey: testKey},
	}
	for _, cfg := range configs {
		values = append(values, cfg, &cfg)
	}
	for _, v := range values {
		for _, text := range printed(v) {
			for _, secret := range []string{testToken, testKey, session, "Hello"} {
				assert.NotContains(t, text, secret, "%T", v)
				assert.NotContains(t, text, strings.ToLower(hexOf(secret)), "%T", v)
			}
		}
	}
	assert.Equal(t, "siteassist.Config{Token: [redacted], PublishableKey: [redacted]}", fmt.Sprint(configs[0]))
	assert.Equal(t, "siteassist.Client", fmt.Sprint(client))
	assert.Contains(t, fmt.Sprint(visitor), "v1")
}

func hexOf(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}

func TestSecrets_AreNeverLogged(t *testing.T) {
	var log bytes.Buffer
	client, _ := serve(t, reply(500, "application/json", `{"error":{"message":"`+testKey+`"}}`), func(c *Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c.MaxRetries = 1
	})
	for _, o := range operations {
		_ = o.call(t.Context(), client)
	}
	assert.NotEmpty(t, log.String())
	for _, secret := range []string{testToken, testKey, "reset+password", "Issue resolved"} {
		assert.NotContains(t, log.String(), secret)
	}
}

func TestClient_OnAttempt(t *testing.T) {
	var seen []Attempt
	client, _ := serve(t, reply(200, "application/json", visitorJSON), func(c *Config) {
		c.Hooks.OnAttempt = func(_ context.Context, a Attempt) { seen = append(seen, a) }
	})
	_, err := client.Identity.Me(t.Context())
	require.NoError(t, err)
	require.Len(t, seen, 1)
	assert.Equal(t, "siteassist: get visitor", seen[0].Operation)
	assert.Equal(t, "/identity/me", seen[0].Path)
}
