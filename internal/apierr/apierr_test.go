package apierr

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMatches(t *testing.T) {
	classes := map[int]error{
		400: parley.ErrBadRequest, 401: parley.ErrUnauthorized, 402: parley.ErrPaymentRequired, 403: parley.ErrForbidden, 404: parley.ErrNotFound,
		409: parley.ErrConflict, 422: parley.ErrUnprocessable, 429: parley.ErrRateLimited, 500: parley.ErrServer, 503: parley.ErrServer, 599: parley.ErrServer,
	}
	for status := range 700 {
		for _, target := range classes {
			assert.Equal(t, classes[status] == target || status >= 500 && status < 600 && target == parley.ErrServer, Matches(status, target), "%d %v", status, target)
		}
		assert.False(t, Matches(status, nil))
		assert.False(t, Matches(status, parley.ErrDecode))
	}
}

func TestInvalid(t *testing.T) {
	err := Invalid("title", "is longer than %d characters", 255)
	assert.EqualError(t, err, "invalid argument: title is longer than 255 characters")
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.EqualError(t, Missing("id"), "invalid argument: id must not be empty")
}

func TestSummary(t *testing.T) {
	tests := []struct {
		s    Summary
		want string
	}{
		{Summary{StatusCode: 404, Code: "NAME", Message: "text", Attempts: 1}, "v: op: 404 NAME: text (GET /x/{id}, 1 attempt)"},
		{Summary{StatusCode: 404, Message: "text", Attempts: 2}, "v: op: 404: text (GET /x/{id}, 2 attempts)"},
		{Summary{StatusCode: 502, Attempts: 3}, "v: op: 502 Bad Gateway (GET /x/{id}, 3 attempts)"},
		{Summary{StatusCode: 520, Attempts: 3}, "v: op: 520 (GET /x/{id}, 3 attempts)"},
		{Summary{StatusCode: 500, Message: "a\nb", Attempts: 1, Causes: []error{errors.New("x\ty"), parley.ErrDecode}}, "v: op: 500: a b: x y: undecodable reply (GET /x/{id}, 1 attempt)"},
	}
	for _, tt := range tests {
		tt.s.Operation, tt.s.Method, tt.s.Path = "v: op", "GET", "/x/{id}"
		assert.Equal(t, tt.want, tt.s.String())
	}
}

func TestLine(t *testing.T) {
	assert.Equal(t, "a b c", Line("  a\r\n b\x00\u2028c\x7f "))
	assert.Equal(t, "ü", Line("ü\xff"))
	for _, s := range []string{strings.Repeat("x", 1000), strings.Repeat("ü", 1000), strings.Repeat("世", 1000), strings.Repeat("\xff", 1000), strings.Repeat("😀", 300)} {
		line := Line(s)
		assert.LessOrEqual(t, len(line), 300)
		assert.True(t, utf8.ValidString(line))
		assert.True(t, strings.HasSuffix(line, "..."))
	}
	assert.Len(t, Line(strings.Repeat("x", 300)), 300)
}

func FuzzLine(f *testing.F) {
	f.Add("a\nb")
	f.Add(strings.Repeat("世", 200))
	f.Fuzz(func(t *testing.T, s string) {
		line := Line(s)
		if len(line) > 300 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00\x1b\u2028") {
			t.Fatalf("%q became %q", s, line)
		}
	})
}

func TestRequestID(t *testing.T) {
	f := Failure{Header: http.Header{"X-Correlation-Id": {"key-1\n"}}, Mask: func(s string) string { return strings.ReplaceAll(s, "key", "*") }}
	assert.Equal(t, "*-1", f.RequestID())
	assert.Empty(t, (&Failure{}).RequestID())
	f.Header.Set("X-Request-Id", strings.Repeat("x", 296)+"key")
	assert.Equal(t, strings.Repeat("x", 296)+"*", f.RequestID(), "cut to 300 bytes after it was masked, not before")
}

type opaque struct{ secret string }

func (o opaque) Format(s fmt.State, verb rune) { Format(s, verb, "opaque") }

func TestFormat(t *testing.T) {
	o := opaque{"hush"}
	assert.Equal(t, `opaque opaque opaque opaque "opaque" opaque`, fmt.Sprintf("%v %+v %#v %s %q %d", o, o, &o, o, o, o))
}
