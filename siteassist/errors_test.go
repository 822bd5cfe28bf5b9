package siteassist

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestError_GoldenTexts(t *testing.T) {
	tests := []struct {
		status     int
		body, want string
	}{
		{
			404,
			`{"error":{"message":"Conversation not found!","code":"CONVERSATION_NOT_FOUND",` +
				`"details":{"conversationId":"x"}}}`,
			"siteassist: get conversation: 404 CONVERSATION_NOT_FOUND: Conversation not found! (GET " +
				"/conversations/{conversationId}, 1 attempt)",
		},
		{401, `{"error":{"message":"Authentication required"}}`,
			"siteassist: get conversation: 401: Authentication required (GET /conversations/{conversationId}, 1 " +
				"attempt)"},
		{
			502, `<html>bad gateway</html>`,
			"siteassist: get conversation: 502 Bad Gateway (GET /conversations/{conversationId}, 1 attempt)",
		},
		{
			500, ``,
			"siteassist: get conversation: 500 Internal Server Error (GET /conversations/{conversationId}, 1 attempt)",
		},
		{
			500, `{"error":{"mess`,
			"siteassist: get conversation: 500 Internal Server Error (GET /conversations/{conversationId}, 1 attempt)",
		},
		{
			500, `{"errors":[]}`,
			"siteassist: get conversation: 500 Internal Server Error (GET /conversations/{conversationId}, 1 attempt)",
		},
		{
			403, `{"error":"no\nway"}`,
			"siteassist: get conversation: 403: no way (GET /conversations/{conversationId}, 1 attempt)",
		},
		{422, `{"error":{"message":{"a":1},"code":7,"details":[]}}`,
			"siteassist: get conversation: 422 Unprocessable Entity (GET /conversations/{conversationId}, 1 attempt)"},
	}
	for _, test := range tests {
		client, _ := serve(t, reply(test.status, "application/json", test.body), func(c *Config) { c.MaxRetries = -1 })
		_, err := client.Conversations.Get(t.Context(), testID)
		assert.EqualError(t, err, test.want)
		assert.Equal(t, test.want, fmt.Sprintf("%+v", err))
		for _, verb := range printed(err) {
			assert.NotContains(t, verb, "conversationId\":", "the body is shown")
		}
	}
}

func TestError_CodesAndClasses(t *testing.T) {
	classes := map[ErrorCode]error{
		CodeInvalidRequestBody: ErrBadRequest, CodeUnauthorized: ErrUnauthorized,
		CodePaymentRequired: ErrPaymentRequired, CodeForbidden: ErrForbidden, CodeConversationNotFound: ErrNotFound,
		CodeConflict: ErrConflict, CodeValidationError: ErrUnprocessable, CodeRateLimitExceeded: ErrRateLimited,
		CodeInternalServerError: ErrServer, CodeBadGateway: ErrServer, CodeServiceUnavailable: ErrServer,
	}
	statuses := map[error]int{
		ErrBadRequest: 400, ErrUnauthorized: 401, ErrPaymentRequired: 402, ErrForbidden: 403, ErrNotFound: 404,
		ErrConflict: 409, ErrUnprocessable: 422, ErrRateLimited: 429, ErrServer: 500,
	}
	for code, class := range classes {
		body, _ := json.Marshal(map[string]any{
			"error": map[string]any{
				"message": "m", "code": code, "details": map[string]any{"field": "content", "n": nil},
			},
		})
		client, _ := serve(t, reply(statuses[class], "application/json", string(body)),
			func(c *Config) { c.MaxRetries = -1 })
		_, err := client.Conversations.Get(t.Context(), testID)
		for other, otherClass := range classes {
			assert.Equal(t, other == code, errors.Is(err, other))
			assert.Equal(t, otherClass == class, errors.Is(err, otherClass))
		}
		assert.NotErrorIs(t, err, ErrorCode(""))
		failure, ok := errors.AsType[*Error](err)
		require.True(t, ok)
		assert.Equal(t, map[string]any{"field": "content", "n": nil}, failure.Details)
		assert.Equal(t, code.Error(), string(failure.Code))
	}
	assert.False(t, (&Error{}).Is(ErrorCode("")), "the empty code matches nothing")
}

func TestError_Fields(t *testing.T) {
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "req-1")
		w.Header().Set("Retry-After", "7")
		reply(429, "application/json",
			`{"error":{"message":"Slow down","code":"RATE_LIMIT_EXCEEDED","details":{"retryAfter":60}}}`)(w, r)
	})
	_, err := client.Messages.Send(t.Context(), testID, SendMessageParams{Content: "Hi"})
	failure, ok := errors.AsType[*Error](err)
	require.True(t, ok)
	body := failure.Body
	failure.Body = nil
	assert.Equal(t, &Error{
		Operation: "siteassist: send message", Method: "POST", Path: "/conversations/{conversationId}/messages",
		StatusCode: 429, Code: CodeRateLimitExceeded, Message: "Slow down", Details: map[string]any{"retryAfter": 60.0},
		RequestID: "req-1", RetryAfter: 7 * time.Second, Attempts: 1,
	}, failure)
	assert.Contains(t, string(body), "Slow down")
	assert.NotErrorIs(t, err, ErrDeliveryUnknown, "the server said that it refused")
}
