package siteassist

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/apierr"
)

func TestError_GoldenTexts(t *testing.T) {
	tests := []struct {
		status     int
		body, want string
	}{
		{404, `{"error":{"message":"Conversation not found!","code":"CONVERSATION_NOT_FOUND","details":{"conversationId":"x"}}}`,
			"siteassist: get conversation: 404 CONVERSATION_NOT_FOUND: Conversation not found! (GET /conversations/{conversationId}, 1 attempt)"},
		{401, `{"error":{"message":"Authentication required"}}`,
			"siteassist: get conversation: 401: Authentication required (GET /conversations/{conversationId}, 1 attempt)"},
		{502, `<html>bad gateway</html>`, "siteassist: get conversation: 502 Bad Gateway (GET /conversations/{conversationId}, 1 attempt)"},
		{500, ``, "siteassist: get conversation: 500 Internal Server Error (GET /conversations/{conversationId}, 1 attempt)"},
		{500, `{"error":{"mess`, "siteassist: get conversation: 500 Internal Server Error (GET /conversations/{conversationId}, 1 attempt)"},
		{500, `{"errors":[]}`, "siteassist: get conversation: 500 Internal Server Error (GET /conversations/{conversationId}, 1 attempt)"},
		{403, `{"error":"no\nway"}`, "siteassist: get conversation: 403: no way (GET /conversations/{conversationId}, 1 attempt)"},
		{422, `{"error":{"message":{"a":1},"code":7,"details":[]}}`,
			"siteassist: get conversation: 422 Unprocessable Entity (GET /conversations/{conversationId}, 1 attempt)"},
	}
	for _, test := range tests {
		client, _ := serve(t, reply(test.status, "application/json", test.body), func(c *Config) { c.MaxRetries = -1 })
		_, err := client.Conversations.Get(t.Context(), testID)
		assert.EqualError(t, err, test.want)
		for _, verb := range printed(err) {
			assert.NotContains(t, verb, "conversationId\":", "the body is shown")
		}
	}
}

func TestError_CodesAndClasses(t *testing.T) {
	classes := map[ErrorCode]error{
		CodeInvalidRequestBody: ErrBadRequest, CodeUnauthorized: ErrUnauthorized, CodePaymentRequired: ErrPaymentRequired,
		CodeForbidden: ErrForbidden, CodeConversationNotFound: ErrNotFound, CodeConflict: ErrConflict,
		CodeValidationError: ErrUnprocessable, CodeRateLimitExceeded: ErrRateLimited, CodeInternalServerError: ErrServer,
		CodeBadGateway: ErrServer, CodeServiceUnavailable: ErrServer,
	}
	statuses := map[error]int{ErrBadRequest: 400, ErrUnauthorized: 401, ErrPaymentRequired: 402, ErrForbidden: 403, ErrNotFound: 404,
		ErrConflict: 409, ErrUnprocessable: 422, ErrRateLimited: 429, ErrServer: 500}
	for code, class := range classes {
		body, _ := json.Marshal(map[string]any{"error": map[string]any{"message": "m", "code": code, "details": map[string]any{"field": "content", "n": nil}}})
		client, _ := serve(t, reply(statuses[class], "application/json", string(body)), func(c *Config) { c.MaxRetries = -1 })
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
		reply(429, "application/json", `{"error":{"message":"Slow down","code":"RATE_LIMIT_EXCEEDED","details":{"retryAfter":60}}}`)(w, r)
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

func TestRetryHint(t *testing.T) {
	for details, want := range map[string]time.Duration{
		`{"retryAfter":60}`: time.Minute, `{"retryAfter":0.5}`: 500 * time.Millisecond, `{"retryAfter":1e300}`: math.MaxInt64,
		`{"retryAfter":-1}`: 0, `{"retryAfter":0}`: 0, `{"retryAfter":"60"}`: 0, `{"retryAfter":null}`: 0, `{"retryAfter":1e999}`: 0,
		`{}`: 0, `null`: 0, `[60]`: 0,
	} {
		got, ok := retryHint([]byte(`{"error":{"message":"m","details":` + details + `}}`))
		assert.Equal(t, want, got, details)
		assert.Equal(t, want > 0, ok, details)
	}
	for _, body := range []string{``, `no`, `[]`, `{"error":"x"}`, `{"error":null}`} {
		_, ok := retryHint([]byte(body))
		assert.False(t, ok, body)
	}
}

// inBubble answers status and body to the first n requests and a completion afterwards.
func inBubble(t *testing.T, n int64, status int, body string, change ...func(*Config)) (*Client, *atomic.Int64) {
	seen := new(atomic.Int64)
	cfg := Config{BaseURL: "https://siteassist.example" + basePath, Token: testToken}
	cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		answer, code := completionJSON, 200
		if seen.Add(1) <= n {
			answer, code = body, status
		}
		return &http.Response{StatusCode: code, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
			Body: whole(answer)(r), ContentLength: int64(len(answer))}, nil
	})}
	for _, f := range change {
		f(&cfg)
	}
	client, err := NewClient(cfg)
	require.NoError(t, err)
	return client, seen
}

func TestRetryAfterInTheBody_IsHonoured(t *testing.T) {
	for status, body := range map[int]string{
		429: `{"error":{"message":"m","code":"RATE_LIMIT_EXCEEDED","details":{"retryAfter":20}}}`,
		503: `{"error":{"message":"m","code":"SERVICE_UNAVAILABLE","details":{"retryAfter":20}}}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			client, seen := inBubble(t, 1, status, body)
			start := time.Now()
			result, err := client.Messages.Send(t.Context(), testID, SendMessageParams{Content: "Hi"})
			require.NoError(t, err)
			assert.Equal(t, "Hello!", result.Text())
			assert.Equal(t, 20*time.Second, time.Since(start))
			assert.EqualValues(t, 2, seen.Load())
		})
	}
}

func TestRetryAfterInTheBody_TooLongReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, seen := inBubble(t, 9, 429, `{"error":{"message":"m","details":{"retryAfter":60}}}`)
		start := time.Now()
		_, err := client.Messages.Send(t.Context(), testID, SendMessageParams{Content: "Hi"})
		failure, ok := errors.AsType[*Error](err)
		require.True(t, ok)
		assert.Equal(t, time.Minute, failure.RetryAfter)
		assert.Zero(t, time.Since(start))
		assert.EqualValues(t, 1, seen.Load())
	})
}

func Test503WithoutWait_IsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, seen := inBubble(t, 9, 503, `{"error":{"message":"m","details":{"retryAfter":-5}}}`)
		_, err := client.Messages.Send(t.Context(), testID, SendMessageParams{Content: "Hi"})
		assert.ErrorIs(t, err, ErrDeliveryUnknown)
		assert.EqualValues(t, 1, seen.Load())
	})
}

func FuzzError(f *testing.F) {
	f.Add([]byte(`{"error":{"message":"m","code":"C","details":{"retryAfter":1}}}`))
	f.Add([]byte(`{"error":"m"}`))
	f.Add([]byte(`{"error":{"message":["m"],"details":[1e400]}}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		err := newError(&apierr.ErrorResponse{
			Operation: "siteassist: x", Method: "GET", Path: "/x", StatusCode: 500, Body: body, Attempts: 1,
			Redact: func(s string) string { return strings.ReplaceAll(s, "secret", "[redacted]") },
		})
		text := err.Error()
		require.NotContains(t, text, "\n")
		require.NotContains(t, text, "secret")
		require.Less(t, len(text), 800)
		require.ErrorIs(t, err, ErrServer)
		wait, ok := retryHint(body)
		require.Equal(t, ok, wait > 0)
	})
}
