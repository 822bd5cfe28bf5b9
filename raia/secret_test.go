package raia

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// prints returns v as fmt and slog print it, alone and inside other values.
func prints(v any) map[string]string {
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%10v"} {
		out[verb] = fmt.Sprintf(verb, v)
		out["in a list "+verb] = fmt.Sprintf(verb, []any{v})
		out["in a struct "+verb] = fmt.Sprintf(verb, struct{ V any }{v})
		out["in a map "+verb] = fmt.Sprintf(verb, map[string]any{"v": v})
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("message", "v", v, slog.Group("g", "v", v))
		out[name] = b.String()
	}
	return out
}

// assertHidden verifies that no printed form of v shows one of secrets, neither as text nor as hex or byte numbers.
func assertHidden(t *testing.T, v any, secrets ...string) {
	t.Helper()
	for how, text := range prints(v) {
		assert.NotEmpty(t, text, "%T prints no text", v)
		for _, secret := range secrets {
			assert.NotContains(t, text, secret, "%T %s", v, how)
			assert.NotContains(t, strings.ToLower(text), fmt.Sprintf("%x", secret), "%T %s", v, how)
			assert.NotContains(t, text, strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]"), "%T %s", v, how)
		}
	}
}

func TestSecrets_ConfigAndClient(t *testing.T) {
	cfg := Config{
		AgentKey: agentSecret, OrganizationKey: organizationSecret, SuperAdminKey: superAdminSecret,
		BaseURL: "https://user:password-of-the-url@api.example/x?key=key-of-the-query",
	}
	secrets := []string{agentSecret, organizationSecret, superAdminSecret, "password-of-the-url", "key-of-the-query"}
	assertHidden(t, cfg, secrets...)
	assertHidden(t, &cfg, secrets...)
	assert.Equal(t, "raia.Config{AgentKey: [redacted], OrganizationKey: [redacted], SuperAdminKey: [redacted]}",
		fmt.Sprintf("%#v", cfg))
	assert.Equal(t, "raia.Config{SuperAdminKey: [redacted]}", fmt.Sprint(Config{SuperAdminKey: "k"}))
	for i := range reflect.TypeFor[Config]().NumField() {
		if f := reflect.TypeFor[Config]().Field(i); strings.HasSuffix(f.Name, "Key") {
			assert.Equal(t, "-", f.Tag.Get("json"), f.Name)
		}
	}

	cfg.BaseURL = ""
	c, err := NewClient(cfg)
	require.NoError(t, err)
	assertHidden(t, c, secrets...)
	assertHidden(t, *c, secrets...)
	assert.Equal(t, "raia.Client", fmt.Sprintf("%+v", c))
}

func TestSecrets_Errors(t *testing.T) {
	echo := `{"name":"` + agentSecret + `","message":"key ` + agentSecret + `, ` + organizationSecret +
		`","details":["` + agentSecret + `"]}`
	for _, failure := range []fakeserver.Failure{
		{Status: 403, Body: echo}, {Status: 500, Body: echo}, {Status: 200, Body: `{"id":"` + agentSecret},
		{Status: 302, Header: http.Header{"Location": {"https://x.example/?k=" + agentSecret}}},
		{Reset: true}, {Status: 400, Body: `body-of-the-answer`, Header: http.Header{"X-Request-Id": {agentSecret}}},
	} {
		server := stub(t, 200, anID)
		server.Fail(10, failure)
		_, err := client(t, server).Users.Search(t.Context(), SearchUserParams{Email: "query-of-the-user"})
		require.Error(t, err)
		assertHidden(t, err, agentSecret, organizationSecret, "query-of-the-user", "body-of-the-answer")
		if answer, ok := errors.AsType[*Error](err); ok {
			assertHidden(t, *answer, agentSecret, organizationSecret, "query-of-the-user", "body-of-the-answer")
		}
	}
}

func TestSecrets_LogRecordsAndAttempts(t *testing.T) {
	var log bytes.Buffer
	server := stub(t, 200, anID)
	server.Fail(2, fakeserver.Failure{Status: 503, Body: agentSecret})
	cfg := config(t, server)
	cfg.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var attempts []Attempt
	cfg.Hooks.OnAttempt = func(_ context.Context, a Attempt) { attempts = append(attempts, a) }
	c, err := NewClient(cfg)
	require.NoError(t, err)
	_, err = c.Users.Search(t.Context(), SearchUserParams{Email: "query-of-the-user"})
	require.Error(t, err, "anID is no found user")
	assert.Len(t, attempts, 3)
	assert.Equal(t, "/users/search", attempts[2].Path)
	for _, secret := range []string{agentSecret, "query-of-the-user"} {
		assert.NotContains(t, log.String(), secret)
	}
	assert.Equal(t, 3, strings.Count(log.String(), "\n"))
}

func TestSecret_IsReadable(t *testing.T) {
	var s Secret
	require.NoError(t, json.Unmarshal([]byte(`"the-key-itself"`), &s))
	assert.Equal(t, "the-key-itself", s.Value())
	assert.Equal(t, "[redacted]", fmt.Sprint(s))
	assert.Empty(t, fmt.Sprint(Secret{})+(Secret{}).Value(), "no secret looks like none")
	assertHidden(t, s, "the-key-itself")
	assertHidden(t, map[string]Secret{"Authorization": s}, "the-key-itself")
	assertHidden(t, struct{ P *APISkill }{&APISkill{APIKey: s}}, "the-key-itself")
}

func TestSecret_AnyJSON(t *testing.T) {
	for body, want := range map[string]string{
		`"a\u0062"`: "ab", `""`: "", `null`: "", `7`: "7", `1.50`: "1.50", `true`: "true", `{"a": 1}`: `{"a": 1}`,
		`["a"]`: `["a"]`,
	} {
		var s Secret
		require.NoError(t, json.Unmarshal([]byte(body), &s))
		assert.Equal(t, want, s.Value(), body)
	}
	webhook := get(t, `{"id":"w1","headers":{"X-Key":"k","X-Version":2,"X-Beta":true,"X-None":null}}`,
		func(ctx context.Context, c *Client) (*Webhook, error) {
			return c.Agents.CreateWebhook(ctx,
				CreateWebhookParams{"t", "d", "https://x.example", WebhookTriggerManual, nil})
		})
	assert.Equal(t, "2", webhook.Headers["X-Version"].Value())
	assert.Equal(t, "true", webhook.Headers["X-Beta"].Value())
	assert.Len(t, webhook.Headers, 4)
	var text Secret
	require.NoError(t, text.UnmarshalText([]byte("key")))
	assert.Equal(t, "key", text.Value())
}

func TestSecrets_InReplies(t *testing.T) {
	body := `{"id":"a1","name":"shown","agentApiKey":"key-of-the-agent",` +
		`"headers":{"Authorization":"token-of-the-header"},
		"skills":[
		{"systemName":"API","status":"active","apiKey":"key-of-the-skill"},
		{"systemName":"CALENDAR","status":"active","config":{"type":"cal","apiKey":"key-of-the-calendar"}},
		{"systemName":"EXTERNAL_RETRIEVERS","status":"active","externalRetrievers":[{"name":"r",` +
		`"config":{"apiKey":"key-of-the-retriever"}}]},
		{"systemName":"WEBHOOK","status":"active","webhooks":[{"title":"w",` +
		`"headers":{"Authorization":"token-of-the-webhook"}}]},
		{"systemName":"ESCALATION","status":"active","escalations":[{"recipients":[{"channel":"webhook",` +
		`"headers":{"A":"token-of-the-escalation"}}]}]},
		{"systemName":"MS_TEAMS","status":"active","password":"key-of-an-unknown-skill"}]}`
	secrets := []string{
		"key-of-the-agent", "token-of-the-header", "key-of-the-skill", "key-of-the-calendar", "key-of-the-retriever",
		"token-of-the-webhook",
		"token-of-the-escalation", "key-of-an-unknown-skill",
	}
	agent := currentAgentFrom(t, body)
	assertHidden(t, agent, secrets...)
	assertHidden(t, *agent, secrets...)
	assertHidden(t, agent.Skills, secrets...)
	for _, skill := range agent.Skills {
		assertHidden(t, skill, secrets...)
	}
	assert.Contains(t, fmt.Sprintf("%+v", agent), "Name:shown")
	assert.Equal(t, fmt.Sprintf("%v", agent), fmt.Sprintf("%d", agent), "as for any other verb")
	assert.Equal(t, "key-of-the-agent", agent.APIKey.Value())
	assert.Equal(t, body, string(agent.Raw), "but readable")

	webhook := get(t, body, func(ctx context.Context, c *Client) (*Webhook, error) {
		return c.Agents.CreateWebhook(ctx,
			CreateWebhookParams{"t", "d", "https://x.example", WebhookTriggerManual, nil})
	})
	assertHidden(t, webhook, secrets...)
	assertHidden(t, *webhook, secrets...)
	assert.Equal(t, body, string(webhook.Raw), "but readable")
	assert.Contains(t, fmt.Sprintf("%+v", webhook), "Headers:map[Authorization:[redacted]]")
	assert.Equal(t, "token-of-the-header", webhook.Headers["Authorization"].Value())

	for _, v := range []any{
		UploadTarget{
			SignedURL: "https://x.example?sig=signature-of-the-url", StoragePath: "p",
			Raw: []byte("signature-of-the-url"),
		},
		&FileURL{
			SignedURL: "https://x.example?sig=signature-of-the-url", FileID: "f", Raw: []byte("signature-of-the-url"),
		},
	} {
		assertHidden(t, v, "signature-of-the-url")
	}
}
