package raiatest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// must returns v. If the call failed, it ends the test.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		require.NoError(t, err)
		return v
	}
}

func start(t *testing.T) (*raiatest.Server, *raia.Client) {
	server := raiatest.NewServer()
	t.Cleanup(server.Close)
	return server, must[*raia.Client](t)(raia.NewClient(server.Config()))
}

func user(t *testing.T, c *raia.Client, email string) *raia.User {
	return must[*raia.User](t)(c.Users.Create(t.Context(), raia.CreateUserParams{
		FirstName: "Ada", LastName: "Example", Email: email, CustomData: map[string]any{"plan": "free"},
	}))
}

func conversation(t *testing.T, c *raia.Client, userID string) *raia.Conversation {
	return must[*raia.Conversation](t)(c.Conversations.Create(t.Context(), raia.CreateConversationParams{
		ConversationUserID: userID, Title: "Question", CustomData: map[string]any{"k": "v"},
	}))
}

func TestServer_ChecksTheKeys(t *testing.T) {
	server, _ := start(t)
	cfg := server.Config()
	cfg.AgentKey, cfg.OrganizationKey, cfg.SuperAdminKey = "wrong", "wrong", "wrong"
	c := must[*raia.Client](t)(raia.NewClient(cfg))
	_, agent := c.Agents.GetCurrent(t.Context())
	_, organization := c.AgentRoles.List(t.Context())
	_, superAdmin := c.Subscriptions.List(t.Context(), raia.ListSubscriptionsParams{})
	for _, err := range []error{agent, organization, superAdmin} {
		require.ErrorIs(t, err, raia.ErrForbidden)
		require.ErrorIs(t, err, raia.CodeForbidden)
	}
}

func TestServer_Fails(t *testing.T) {
	server, c := start(t)
	server.Fail(1, raiatest.Failure{Status: 500, Body: `{"status":500,"message":"Internal Server Error"}`})
	server.Fail(1, raiatest.Failure{Reset: true})
	must[*raia.Agent](t)(c.Agents.GetCurrent(t.Context()))
	assert.Len(t, server.Requests(), 3)

	server.Fail(1, raiatest.Failure{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.Agents.GetCurrent(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	server.Fail(1, raiatest.Failure{Status: 429, Header: http.Header{"Retry-After": {"3600"}}})
	_, err = c.Prompts.Run(t.Context(), raia.PromptParams{Prompt: "p"})
	failure, ok := errors.AsType[*raia.Error](err)
	require.True(t, ok)
	assert.Equal(t, time.Hour, failure.RetryAfter)
}

func TestServer_RecordsRequests(t *testing.T) {
	server, c := start(t)
	must[*raia.Agent](t)(c.Agents.GetCurrent(t.Context()))
	got := server.Requests()[0]
	assert.Equal(t, "/external/agents/by-api-key", got.Path)
	assert.Equal(t, raiatest.AgentKey, got.Header.Get("Agent-Secret-Key"))
}

// TestServer_BadRequests sends requests that package raia itself refuses to send.
func TestServer_BadRequests(t *testing.T) {
	server, _ := start(t)
	web := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(web.CloseIdleConnections)
	base := server.Config().BaseURL
	status := func(method, path, body string) int {
		req := must[*http.Request](t)(
			http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body)),
		)
		req.Header.Set("Agent-Secret-Key", raiatest.AgentKey)
		req.Header.Set("Content-Type", "application/json")
		resp := must[*http.Response](t)(web.Do(req))
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode
	}
	assert.Equal(t, 404, status("GET", "/nothing", ""))
	assert.Equal(t, 400, status("POST", "/prompts", "{"))
	assert.Equal(t, 400, status("POST", "/prompts", "{}"))
	assert.Equal(t, 400, status("POST", "/prompts/async", "{}"))
	assert.Equal(t, 400, status("POST", "/resource-usage", "{}"))
	assert.Equal(t, 400, status("POST", "/agent-files/upload", "{}"))
	server.Close()
}
