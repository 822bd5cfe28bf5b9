package siteassist

import (
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

func TestRetryHint(t *testing.T) {
	for details, want := range map[string]time.Duration{
		`{"retryAfter":60}`: time.Minute, `{"retryAfter":0.5}`: 500 * time.Millisecond,
		`{"retryAfter":1e300}`: math.MaxInt64,
		`{"retryAfter":-1}`:    0, `{"retryAfter":0}`: 0, `{"retryAfter":"60"}`: 0, `{"retryAfter":null}`: 0,
		`{"retryAfter":1e999}`: 0,
		`{}`:                   0, `null`: 0, `[60]`: 0,
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

// inBubble responds with status and body to the first n requests, and with a completion afterwards.
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

func TestEnvelope_Forms(t *testing.T) {
	for body, want := range map[string][2]string{ // message and code
		`{"error":{"message":"m","code":"C"}}`: {"m", "C"},
		`{"error":"m"}`:                        {"m", ""},
		`{"error":null,"errorText":"m"}`:       {"m", ""},
		`{"type":"error","errorText":"m"}`:     {"m", ""},
		`{"error":{"message":5,"code":["C"]}}`: {"", ""},
		`{"error":"m","errorText":"n"}`:        {"m", ""},
		"\ufeff" + `{"error":{"message":"m"}}`: {"m", ""},
		`{"message":"m"}`:                      {"", ""},
		`{"errors":[{"message":"m"}]}`:         {"", ""},
		`{"error":{"message":"m"}`:             {"", ""},
		`["m"]`:                                {"", ""},
		``:                                     {"", ""},
	} {
		said := readEnvelope([]byte(body))
		assert.Equal(t, want, [2]string{text(said.Message), text(said.Code)}, body)
	}
}
