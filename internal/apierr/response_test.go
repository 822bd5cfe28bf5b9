package apierr

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
)

func TestErrorText(t *testing.T) {
	tests := []struct {
		s    ErrorText
		want string
	}{
		{
			ErrorText{StatusCode: 404, Code: "NAME", Message: "text", Attempts: 1},
			"v: op: 404 NAME: text (GET /x/{id}, 1 attempt)",
		},
		{ErrorText{StatusCode: 404, Message: "text", Attempts: 2}, "v: op: 404: text (GET /x/{id}, 2 attempts)"},
		{ErrorText{StatusCode: 502, Attempts: 3}, "v: op: 502 Bad Gateway (GET /x/{id}, 3 attempts)"},
		{
			ErrorText{StatusCode: 401, Code: "C", Message: "C: no key.", Attempts: 1},
			"v: op: 401 C: no key (GET /x/{id}, 1 attempt)",
		},
		{
			ErrorText{StatusCode: 429, Message: "wait ...", RetryAfter: time.Minute, Attempts: 1},
			"v: op: 429: wait ...: retry after 1m0s (GET /x/{id}, 1 attempt)",
		},
		{ErrorText{StatusCode: 520, Attempts: 3}, "v: op: 520 (GET /x/{id}, 3 attempts)"},
		{
			ErrorText{
				StatusCode: 500, Message: "a\nb", Attempts: 1, Causes: []error{errors.New("x\ty"), parley.ErrDecode},
			}, "v: op: 500: a b: x y: undecodable response (GET /x/{id}, 1 attempt)",
		},
	}
	for _, tt := range tests {
		tt.s.Operation, tt.s.Method, tt.s.Path = "v: op", "GET", "/x/{id}"
		assert.Equal(t, tt.want, tt.s.String())
	}
}

func TestRequestID(t *testing.T) {
	f := ErrorResponse{
		Header: http.Header{"X-Correlation-Id": {"key-1\n"}},
		Redact: func(s string) string { return strings.ReplaceAll(s, "key", "*") },
	}
	assert.Equal(t, "*-1", f.RequestID())
	assert.Empty(t, (&ErrorResponse{}).RequestID())
	f.Header.Set("X-Request-Id", strings.Repeat("x", 296)+"key")
	assert.Equal(t, strings.Repeat("x", 296)+"*", f.RequestID(), "cut to 300 bytes after it was redacted, not before")
}

func TestErrorResponse_AnUndecodableSuccessExplainsNothing(t *testing.T) {
	f := ErrorResponse{StatusCode: 500, Body: []byte(`{"message":"no"}`)}
	assert.Equal(t, f.Body, f.Explanation())
	f.StatusCode, f.Undecodable = 200, true
	assert.Nil(t, f.Explanation())
}
