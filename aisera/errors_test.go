package aisera_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func TestError_GoldenTexts(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.MaxRetries = -1
	client := newClient(t, cfg)
	for _, c := range []struct {
		status     int
		body, want string
	}{
		{
			400,
			`{"code":400,"error":"bad request","errors":[{"message":"must not be null","path":"userId"},` +
				`{"message":"x"}]}`,
			"400: bad request: userId: must not be null",
		},
		{400, `{"code":400,"error":"ERR-003: Internal System Error"}`, "400 ERR-003: Internal System Error"},
		{401, `{"code":401,"error":"token ` + aiseratest.Token + ` expired"}`, "401: token [redacted] expired"},
		{404, `{"errors":["gone","since"]}`, "404: gone"},
		{422, `{"error":7,"errors":{"a":1}}`, "422 Unprocessable Entity"},
		{403, `{"errors":[]}`, "403 Forbidden"},
		{429, ``, "429 Too Many Requests"},
		{
			502, "<html>\n<h1>ERR-010: Unavailable resource</h1>",
			"502 ERR-010: delivery unknown: the server may have acted on it",
		},
		{500, `{"error":"cut`, "500 Internal Server Error: delivery unknown: the server may have acted on it"},
	} {
		s.Fail(1, aiseratest.Failure{Status: c.status, Body: c.body})
		_, err := client.Send(t.Context(), user, aisera.Text("x"))
		assert.EqualError(t, err, "aisera: send message: "+c.want+" (POST /api/receive, 1 attempt)")
		assert.Equal(t, err.Error(), fmt.Sprintf("%+v", err))
		var failure *aisera.Error
		require.ErrorAs(t, err, &failure)
		assert.Equal(t, c.status, failure.StatusCode)
		assert.Equal(t, c.body, string(failure.Body))
	}
}

func TestError_Classes(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.MaxRetries = -1
	client := newClient(t, cfg)
	for status, class := range map[int]error{
		400: aisera.ErrBadRequest, 401: aisera.ErrUnauthorized, 402: aisera.ErrPaymentRequired,
		403: aisera.ErrForbidden,
		404: aisera.ErrNotFound, 409: aisera.ErrConflict, 422: aisera.ErrUnprocessable, 429: aisera.ErrRateLimited,
		503: aisera.ErrServer,
	} {
		s.Fail(1, aiseratest.Failure{Status: status})
		_, err := client.Send(t.Context(), user, aisera.Text("x"))
		assert.ErrorIs(t, err, class)
		assert.NotErrorIs(t, err, aisera.ErrorCode(""))
	}
}

// This is the vendor's table, as printed. The separators between code and text differ.
func TestError_CodesOfTheVendorsTable(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.MaxRetries = -1
	client := newClient(t, cfg)
	table := map[aisera.ErrorCode]string{
		aisera.CodeStatusRuntime:    "ERR-001: Failed Internal Service Request",
		aisera.CodeNullPointer:      "ERR-002: Internal System Error",
		aisera.CodeIllegalArgument:  "ERR-003: Internal System Error",
		aisera.CodeNoSuchMethod:     "ERR-004: Internal System Error",
		aisera.CodeClassNotFound:    "ERR-005: Internal System Error",
		aisera.CodeIndexOutOfBounds: "ERR-006: Internal System Error",
		aisera.CodeFulfillment:      "ERR-007: Failed Fulfillment Service",
		aisera.CodeRuntime:          "ERR-008: Internal System Error",
		aisera.CodeUnknownHost:      "ERR-009 - Host Unavailable",
		aisera.CodeIO:               "ERR-010: Unavailable resource",
		aisera.CodeInterrupted:      "ERR-011: Process Interrupted",
		aisera.CodeUnexpected:       "ERR-012: Aisera Unexpected Server Error",
		aisera.CodeICM:              "ERR-013:ICM Error: generic_icm_error",
		aisera.CodeLiveAgentSystem:  "ERR-014 : Live Agent System Error",
		aisera.CodeLanguageService:  "ERR-015: Language Service Error",
	}
	require.Len(t, table, 15)
	for code, text := range table {
		assert.Equal(t, string(code), code.Error())
		for _, body := range []string{
			fmt.Sprintf(`{"error":%q}`, text),
			fmt.Sprintf(`{"error":%q}`, "Something failed ("+text+")"),
			fmt.Sprintf(`{"error":"failed","errors":[{"message":%q}]}`, "cause\n"+text),
			text,
		} {
			s.Fail(1, aiseratest.Failure{Status: 400, Body: body})
			_, err := client.Send(t.Context(), user, aisera.Text("x"))
			assert.ErrorIs(t, err, code, body)
			assert.ErrorIs(t, err, aisera.ErrBadRequest)
		}
		r := aisera.Response{Mode: aisera.ModeError, Answers: []aisera.Answer{{Text: "Sorry! " + text}}}
		assert.ErrorIs(t, r.Err(), code)
		r = aisera.Response{Mode: aisera.ModeError, Raw: []byte(`{"modeType":"Error","why":"` + text + `"}`)}
		assert.ErrorIs(t, r.Err(), code)
	}
	for _, text := range []string{"ERR-1", "ERR-0011", "XERR-001", "ERR-00x", "ERR-", "err 001", ""} {
		r := aisera.Response{Mode: aisera.ModeError, Answers: []aisera.Answer{{Text: text}}}
		assert.Empty(t, errorOf(t, r.Err()).Code, text)
	}
	r := aisera.Response{Mode: aisera.ModeError, Answers: []aisera.Answer{{Text: "XERR-001 ERR-ERR-042."}}}
	assert.Equal(t, aisera.ErrorCode("ERR-042"), errorOf(t, r.Err()).Code, "codes that come later are recognised too")
}

func errorOf(t *testing.T, err error) *aisera.Error {
	t.Helper()
	var failure *aisera.Error
	require.ErrorAs(t, err, &failure)
	return failure
}

func FuzzErrorBody(f *testing.F) {
	f.Add(400, `{"code":400,"error":"x","errors":[{"message":"m","path":"p"}]}`)
	f.Add(500, `{"error":[],"errors":["a",1,null,{"message":{}}]}`)
	f.Add(502, "ERR-ERR-001")
	s := aiseratest.NewServer()
	f.Cleanup(s.Close)
	cfg := s.Config()
	cfg.MaxRetries = -1
	client, err := aisera.NewClient(cfg)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, status int, body string) {
		status = 400 + (status%200+200)%200
		s.Fail(1, aiseratest.Failure{Status: status, Body: body})
		_, err := client.Send(t.Context(), user, aisera.Text("x"))
		failure := errorOf(t, err)
		assert.Equal(t, status, failure.StatusCode)
		assert.NotContains(t, err.Error(), "\n")
		assert.Less(t, len(err.Error()), 700)
		assert.NotContains(t, strings.ToLower(err.Error()), aiseratest.Token)
	})
}
