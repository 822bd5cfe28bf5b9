package raia

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// TestErrorTexts lists every kind of error text of this package.
func TestErrorTexts(t *testing.T) {
	getOne := func(ctx context.Context, c *Client) error { return result(c.Conversations.Get(ctx, "1")) }
	send := func(ctx context.Context, c *Client) error {
		return result(c.Conversations.Send(ctx, "1", SendMessageParams{Message: "m"}))
	}
	notFound := fakeserver.Failure{
		Status: 404, Body: `{"status":404,"name":"ENTITY_NOT_FOUND_ERROR","message":"ENTITY_NOT_FOUND","details":[]}`,
	}
	for _, c := range []struct {
		want    string
		failure fakeserver.Failure
		call    func(ctx context.Context, c *Client) error
	}{
		{
			"raia: get conversation: 404 ENTITY_NOT_FOUND_ERROR: ENTITY_NOT_FOUND (GET /conversations/{id}, 1 attempt)",
			notFound, getOne,
		},
		{"raia: get conversation: 500: Internal Server Error (GET /conversations/{id}, 3 attempts)",
			fakeserver.Failure{Status: 500, Body: `{"status":500,"message":"Internal Server Error"}`}, getOne},
		{
			"raia: get conversation: 502 Bad Gateway (GET /conversations/{id}, 3 attempts)",
			fakeserver.Failure{Status: 502, Body: "<html>"}, getOne,
		},
		{"raia: get conversation: 403 FORBIDDEN_ERROR: INVALID_CREDENTIALS (GET /conversations/{id}, 1 attempt)",
			fakeserver.Failure{
				Status: 403,
				Body:   `{"status":403,"name":"FORBIDDEN_ERROR","message":"INVALID_CREDENTIALS","details":[]}`,
			}, getOne},
		{"raia: get conversation: 403: [redacted] and [redacted] are no keys (GET /conversations/{id}, 1 attempt)",
			fakeserver.Failure{
				Status: 403, Body: `{"message":"` + agentSecret + " and\\n" + superAdminSecret + ` are no keys"}`,
			}, getOne},
		{
			"raia: get conversation: 422: a; b (GET /conversations/{id}, 1 attempt)",
			fakeserver.Failure{Status: 422, Body: `{"message":["a","b"]}`}, getOne,
		},
		{
			"raia: send message: 500: Internal Server Error: delivery unknown: the server may have acted on it (POST " +
				"/conversations/{id}/messages, 1 attempt)",
			fakeserver.Failure{Status: 500, Body: `{"status":500,"message":"Internal Server Error"}`}, send,
		},
		{
			"raia: get conversation: 200 OK: undecodable response: the response has no id (GET /conversations/{id}, " +
				"1 attempt)",
			fakeserver.Failure{Status: 200, Body: `{}`}, getOne,
		},
		{"raia: get conversation: 200 OK: undecodable response: the body is empty (GET /conversations/{id}, 1 attempt)",
			fakeserver.Failure{Status: 200}, getOne},
		{
			"raia: send message: 201 Created: undecodable response: the response has no id: delivery unknown: the " +
				"server may have acted on it (POST /conversations/{id}/messages, 1 attempt)",
			fakeserver.Failure{Status: 201, Body: `{}`}, send,
		},
		{
			"raia: get response: 200 OK: undecodable response: the response has no status (GET " +
				"/conversations/{id}/messages/{questionMessageId}/response-on, 1 attempt)",
			fakeserver.Failure{Status: 200, Body: `{}`}, func(ctx context.Context, c *Client) error {
				return result(c.Conversations.GetResponse(ctx, "1", "2"))
			},
		},
		{
			"raia: get response: 200 OK: undecodable response: the response says that the answer is completed, but " +
				"has no message (GET /conversations/{id}/messages/{questionMessageId}/response-on, 1 attempt)",
			fakeserver.Failure{
				Status: 200, Body: `{"status":"completed"}`,
			}, func(ctx context.Context, c *Client) error { return result(c.Conversations.GetResponse(ctx, "1", "2")) },
		},
		{
			"raia: run prompt: 200 OK: undecodable response: the body is null: delivery unknown: the server may have " +
				"acted on it (POST /prompts, 1 attempt)",
			fakeserver.Failure{Status: 200, Body: `null`}, func(ctx context.Context, c *Client) error {
				return result(c.Prompts.Run(ctx, PromptParams{Prompt: "p"}))
			},
		},
		{
			"raia: get agent usage: 200 OK: undecodable response: the response has no tokensAmount, smsAmount, " +
				"emailsAmount, secondsAmount (GET /agents/limits, 1 attempt)",
			fakeserver.Failure{Status: 200, Body: `{}`},
			func(ctx context.Context, c *Client) error { return result(c.Agents.GetUsage(ctx)) },
		},
		{
			"raia: list agent roles: 200 OK: undecodable response: the response is neither a list nor one of its " +
				"items (GET /agent-roles/by-api-key, 1 attempt)",
			fakeserver.Failure{Status: 200, Body: `{}`},
			func(ctx context.Context, c *Client) error { return result(c.AgentRoles.List(ctx)) },
		},
		{
			"raia: list agent users: 200 OK: undecodable response: the response is neither a list nor one of its " +
				"items (GET /agents/users, 1 attempt)",
			fakeserver.Failure{Status: 200, Body: `{"id":"1","organizationId":"2"}`},
			func(ctx context.Context, c *Client) error {
				return result(c.Agents.ListUsers(ctx, ListAgentUsersParams{}))
			},
		},
		{
			"raia: get conversation: invalid argument: id must not be empty", fakeserver.Failure{},
			func(ctx context.Context, c *Client) error {
				return result(c.Conversations.Get(ctx, ""))
			},
		},
		{
			"raia: create conversation: invalid argument: ConversationUserID must not be empty", fakeserver.Failure{},
			func(ctx context.Context, c *Client) error {
				return result(c.Conversations.Create(ctx, CreateConversationParams{}))
			},
		},
		{
			"raia: send message: invalid argument: Files[1].StoragePath must not be empty", fakeserver.Failure{},
			func(ctx context.Context, c *Client) error {
				return result(c.Conversations.Send(ctx, "1",
					SendMessageParams{Message: "m", Files: []FileAttachment{{"a", "b"}, {"c", ""}}}))
			},
		},
		{
			"raia: update agent: invalid argument: OutputJSONSchema must not be nil", fakeserver.Failure{},
			func(ctx context.Context, c *Client) error {
				return result(c.Agents.Update(ctx, "1", UpdateAgentParams{}))
			},
		},
	} {
		server := stub(t, 200, anID)
		server.Fail(3, c.failure)
		require.EqualError(t, c.call(t.Context(), client(t, server)), c.want)
	}
}

func TestError_HoldsTheWholeAnswer(t *testing.T) {
	server := stub(t, 200, anID)
	body := `{"status":429,"name":"TOO_MANY","message":"slow down","details":[{"limit":1},{"limit":2}]}`
	server.Fail(1, fakeserver.Failure{
		Status: 429, Body: body, Header: http.Header{"Retry-After": {"3600"}, "X-Request-Id": {"r-1"}},
	})
	err := result(client(t, server).Conversations.Get(t.Context(), "1"))
	failure, ok := errors.AsType[*Error](err)
	require.True(t, ok)
	assert.Equal(t, &Error{
		Operation: "raia: get conversation", Method: "GET", Path: "/conversations/{id}", StatusCode: 429,
		Code: "TOO_MANY", Message: "slow down",
		Details: []json.RawMessage{[]byte(`{"limit":1}`), []byte(`{"limit":2}`)}, RequestID: "r-1",
		RetryAfter: time.Hour, Attempts: 1, Body: []byte(body),
	}, failure)
	assert.ErrorIs(t, err, ErrRateLimited)
	assert.ErrorIs(t, err, ErrorCode("TOO_MANY"))
	assert.NotErrorIs(t, err, ErrorCode(""))
	assert.NotErrorIs(t, err, CodeForbidden)
	assert.NotErrorIs(t, err, ErrServer)
}

func TestError_EmptyCodeMatchesNothing(t *testing.T) {
	assert.NotErrorIs(t, &Error{}, ErrorCode(""))
	assert.Equal(t, "FORBIDDEN_ERROR", CodeForbidden.Error())
}

func errorOf(body string) *Error {
	failure, _ := errors.AsType[*Error](newError(&apierr.ErrorResponse{
		Operation: "raia: x", Method: "GET", Path: "/x", StatusCode: 400, Header: http.Header{}, Body: []byte(body),
		Attempts: 1,
		Redact:   func(s string) string { return strings.ReplaceAll(s, agentSecret, redacted) },
	}))
	return failure
}

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{
		`{"status":404,"name":"A","message":"b","details":[]}`, `{"message":["a"]}`, `{"errors":[]}`, `{"name":7}`,
		`<html>`, ``, `[`, `null`,
		`{"message":"` + agentSecret + `"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		failure := errorOf(body)
		text := failure.Error()
		assert.NotContains(t, text, agentSecret)
		assert.NotContains(t, text, "\n")
		assert.Equal(t, body, string(failure.Body))
		assert.Less(t, len(text), 1000)
	})
}
