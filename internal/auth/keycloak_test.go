package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley"
)

const clientSecret = "kc-client-secret"

// tokenServer is a token endpoint. script answers the requests, and its last entry all further ones.
type tokenServer struct {
	t      testing.TB
	script []reply
	forms  []url.Values
	repeat []bool
}

type reply struct {
	status int
	body   string
	err    error
	hangs  bool
}

// grants is a successful response. Its token lives for life seconds, and its refresh token for refreshLife seconds. An
// empty refresh means no refresh token.
func grants(access string, life int, refresh string, refreshLife int) reply {
	body := map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": life, "refresh_expires_in": refreshLife,
	}
	if refresh != "" {
		body["refresh_token"] = refresh
	}
	text, _ := json.Marshal(body)
	return reply{status: 200, body: string(text)}
}

// bom is a byte order mark.
const bom = "\ufeff"

func refuses(status int, code, description string) reply {
	return reply{status: status, body: fmt.Sprintf(`{"error":%q,"error_description":%q}`, code, description)}
}

type answerError struct {
	status int
	causes []error
}

func (e *answerError) Error() string {
	return fmt.Sprint("token endpoint: ", e.status, errors.Join(e.causes...))
}
func (e *answerError) Unwrap() []error { return e.causes }

func (s *tokenServer) post(ctx context.Context, r TokenRequest) (*TokenResponse, error) {
	s.forms = append(s.forms, r.Form)
	s.repeat = append(s.repeat, r.Idempotent)
	assert.Contains(s.t, r.Secrets, clientSecret)
	if refresh := r.Form.Get("refresh_token"); refresh != "" {
		assert.Contains(s.t, r.Secrets, refresh)
	}
	return s.answer(ctx, s.script[min(len(s.forms), len(s.script))-1])
}

func (s *tokenServer) answer(ctx context.Context, r reply) (*TokenResponse, error) {
	if r.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if r.err != nil {
		return nil, r.err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return &TokenResponse{
		StatusCode: r.status, Body: []byte(r.body),
		Fail: func(causes ...error) error { return &answerError{r.status, causes} },
	}, nil
}

// grantTypes lists the grants of the requests so far, with the refresh token of each.
func (s *tokenServer) grantTypes() []string {
	var all []string
	for i, form := range s.forms {
		text := form.Get("grant_type")
		assert.Equal(s.t, text == "client_credentials", s.repeat[i], "only client_credentials may be repeated")
		assert.Equal(s.t, []string{"client"}, form["client_id"])
		assert.Equal(s.t, []string{clientSecret}, form["client_secret"])
		if text == "refresh_token" {
			text += " " + form.Get("refresh_token")
		}
		all = append(all, text)
	}
	return all
}

func newKeycloak(t testing.TB, script ...reply) (*Keycloak, *tokenServer) {
	s := &tokenServer{t: t, script: script}
	return NewKeycloak(KeycloakConfig{ClientID: "client", ClientSecret: clientSecret, Endpoint: s.post}), s
}

func TestKeycloak_RefreshesWithTheNewestToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, s := newKeycloak(t,
			grants("at1", 1, "r1", 1800), grants("at2", 1, "r2", 1800), grants("at3", 1, "r3", 1800),
			refuses(400, "invalid_grant", "Token is not active"), grants("at4", 300, "r4", 1800),
		)
		for n := 1; n <= 4; n++ {
			assert.Equal(t, fmt.Sprint("Bearer at", n), mustToken(t, k))
			time.Sleep(time.Second)
		}
		assert.Equal(t, []string{
			"client_credentials", "refresh_token r1", "refresh_token r2", "refresh_token r3", "client_credentials",
		}, s.grantTypes())
		assert.Equal(t, "[redacted] [redacted] [redacted] [redacted] [redacted] at5",
			k.Redact("at1 at2 at3 at4 "+clientSecret+" at5"))
	})
}

func TestKeycloak_NoFetchPerCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, s := newKeycloak(t, grants("a1", 5, "", 0))
		for range 240 {
			mustToken(t, k)
			time.Sleep(10 * time.Millisecond)
		}
		assert.Len(t, s.forms, 1)
	})
}

func TestKeycloak_WithoutRefreshTokenAndLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, s := newKeycloak(t, reply{status: 200, body: `{"access_token":"a"}`})
		mustToken(t, k)
		time.Sleep(49 * time.Second)
		nextToken(t, k)
		require.Len(t, s.forms, 1)
		time.Sleep(time.Second)
		nextToken(t, k)
		assert.Equal(t, []string{"client_credentials", "client_credentials"}, s.grantTypes())
	})
}

func TestKeycloak_RefreshLife(t *testing.T) {
	for name, c := range map[string]struct {
		refreshLife int
		second      string
	}{
		"unknown is not never": {0, "refresh_token r1"},
		"passed":               {30, "client_credentials"},
		"lasts":                {31, "refresh_token r1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, s := newKeycloak(t, grants("a1", 30, "r1", c.refreshLife), grants("a2", 30, "", 0))
				mustToken(t, k)
				time.Sleep(30 * time.Second)
				mustToken(t, k)
				assert.Equal(t, []string{"client_credentials", c.second}, s.grantTypes())
			})
		})
	}
}

// A refresh may bring no new refresh token. oauth2 then repeats the old one, whose second use may end the session.
func TestKeycloak_RefreshTokenIsUsedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, s := newKeycloak(t, grants("a1", 1, "r1", 1800), grants("a2", 1, "", 0))
		for range 3 {
			mustToken(t, k)
			time.Sleep(time.Second)
		}
		assert.Equal(t, []string{"client_credentials", "refresh_token r1", "client_credentials"}, s.grantTypes())
	})
}

func TestKeycloak_RefreshWithUnknownOutcomeIsNotRepeated(t *testing.T) {
	for name, second := range map[string]reply{
		"lost":        {err: errors.New("connection reset")},
		"timed out":   {hangs: true},
		"5xx":         {status: 502, body: "<html>"},
		"undecodable": {status: 200, body: "<html>"},
		"limited":     {status: 429},
		"empty":       {status: 200, body: "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, s := newKeycloak(t, grants("a1", 1, "r1", 1800), second, grants("a3", 300, "", 0))
				mustToken(t, k)
				time.Sleep(time.Second)
				assert.Equal(t, "Bearer a3", mustToken(t, k))
				assert.Equal(t, []string{"client_credentials", "refresh_token r1", "client_credentials"},
					s.grantTypes())
			})
		})
	}
}

// The requests after the refresh failed too. That is not a reason to use the refresh token again.
func TestKeycloak_RefreshTokenIsNotKeptForALaterFetch(t *testing.T) {
	for _, lost := range []reply{
		{err: errors.New("connection reset")}, {status: 503}, refuses(400, "invalid_grant", ""),
	} {
		synctest.Test(t, func(t *testing.T) {
			k, s := newKeycloak(t, grants("a1", 1, "r1", 1800), lost, reply{status: 503}, grants("a4", 300, "", 0))
			mustToken(t, k)
			time.Sleep(time.Second)
			_, err := token(t.Context(), k)
			require.Error(t, err)
			time.Sleep(time.Second)
			assert.Equal(t, "Bearer a4", mustToken(t, k))
			assert.Equal(t, []string{
				"client_credentials", "refresh_token r1", "client_credentials", "client_credentials",
			}, s.grantTypes())
		})
	}
}

func TestKeycloak_NumbersInAnySpelling(t *testing.T) {
	for _, r := range []reply{
		{status: 200, body: `{"access_token":"a1","expires_in":"30","refresh_expires_in":"30","refresh_token":"r1"}`},
		{status: 200, body: `access_token=a1&expires_in=30&refresh_expires_in=30&refresh_token=r1`},
		{status: 200, body: bom + `{"access_token":"a1","expires_in":30,"refresh_expires_in":30,"refresh_token":"r1"}`},
		{status: 200, body: `{"access_token":"a1","expires_in":30,"refresh_expires_in":30.0,"refresh_token":"r1"}`},
		{status: 200, body: `{"access_token":"a1","expires_in":30.9,"refresh_expires_in":3e1,"refresh_token":"r1"}`},
	} {
		synctest.Test(t, func(t *testing.T) {
			k, s := newKeycloak(t, r, grants("a2", 30, "", 0))
			mustToken(t, k)
			time.Sleep(19 * time.Second)
			assert.Equal(t, "Bearer a1", mustToken(t, k))
			time.Sleep(11 * time.Second)
			assert.Equal(t, "Bearer a2", mustToken(t, k))
			assert.Equal(t, []string{"client_credentials", "client_credentials"}, s.grantTypes())
		})
	}
}

func TestKeycloak_WhatCountsIsReadWhateverElseIsOdd(t *testing.T) {
	for _, life := range []string{
		`"soon"`, `""`, `{}`, `[]`, `-4294967290`, `1e300`, `99999999999999999999`, `null`, `false`,
	} {
		synctest.Test(t, func(t *testing.T) {
			body := `{"access_token":"a1","token_type":{},"refresh_token":7,"refresh_expires_in":{},"expires_in":` +
				life + `}`
			k, s := newKeycloak(t, reply{status: 200, body: body}, grants("a2", 60, "", 0))
			mustToken(t, k)
			time.Sleep(50*time.Second - time.Millisecond)
			assert.Equal(t, "Bearer a1", nextToken(t, k), "%s: 60 s assumed", life)
			time.Sleep(time.Millisecond)
			assert.Equal(t, "Bearer a2", nextToken(t, k))
			assert.Equal(t, []string{"client_credentials", "client_credentials"}, s.grantTypes())
		})
	}
}

func TestKeycloak_FallsBackOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, s := newKeycloak(t, grants("a1", 1, "r1", 1800), refuses(400, "invalid_grant", ""), refuses(503, "", ""))
		mustToken(t, k)
		time.Sleep(time.Second)
		_, err := token(t.Context(), k)
		require.EqualError(t, err, "token endpoint: 503 <nil>")
		assert.Len(t, s.forms, 3)
	})
}

func TestKeycloak_RefusedClientIsAConfigurationError(t *testing.T) {
	for _, refusal := range []reply{
		refuses(400, "invalid_client", "Missing client_id parameter"),
		refuses(401, "unauthorized_client", "Invalid client or Invalid client credentials"),
		refuses(400, "unauthorized_client", ""),
		refuses(401, "invalid_request", "User 'x' disabled"),
		{status: 401},
		{status: 400, body: `{"error":"invalid_client","error_description":{"text":"x"}}`},
		{status: 400, body: `{"error":"invalid_client"}`},
	} {
		synctest.Test(t, func(t *testing.T) {
			k, s := newKeycloak(t, refusal)
			_, err := token(t.Context(), k)
			require.ErrorIs(t, err, ErrConfiguration)
			assert.Len(t, s.forms, 1)
		})
		synctest.Test(t, func(t *testing.T) { // the same while refreshing, because no other grant would help
			k, s := newKeycloak(t, grants("a1", 1, "r1", 1800), refusal)
			mustToken(t, k)
			time.Sleep(time.Second)
			_, err := token(t.Context(), k)
			require.ErrorIs(t, err, ErrConfiguration)
			assert.Len(t, s.forms, 2)
		})
	}
}

func TestKeycloak_UselessSuccessIsErrDecode(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                            "it holds no access_token",
		``:                              "it holds no access_token",
		`<html>` + clientSecret:         "it holds no access_token",
		`{"access_token":7}`:            "it holds no access_token",
		`{"error":"invalid_grant"}`:     "it holds an error in place of a token: invalid_grant",
		`{"error":"kc-client-secret"}`:  "it holds an error in place of a token: without an error code",
		`{"error":"temporarily_down!"}`: "it holds an error in place of a token: without an error code",
	} {
		k, _ := newKeycloak(t, reply{status: 200, body: body})
		_, err := token(t.Context(), k)
		require.ErrorIs(t, err, parley.ErrDecode)
		require.ErrorContains(t, err, want)
	}
}

func TestKeycloak_ErrorsShowNoSecret(t *testing.T) {
	echo := "you sent client_secret=" + clientSecret + " and r1"
	for _, r := range []reply{
		refuses(401, "unauthorized_client", echo), refuses(400, clientSecret, echo), refuses(500, "", echo),
		{status: 200, body: echo}, {status: 403, body: echo},
		{status: 200, body: "%zz" + echo},
	} {
		k, _ := newKeycloak(t, r)
		_, err := token(t.Context(), k)
		require.Error(t, err)
		assertHidden(t, err, clientSecret)
		var leak *oauth2.RetrieveError
		assert.NotErrorAs(t, err, &leak)
	}
}

func TestKeycloak_NoAnswerIsTheEndpointsError(t *testing.T) {
	lost := errors.New("connection refused")
	k, _ := newKeycloak(t, reply{err: lost})
	_, err := token(t.Context(), k)
	require.ErrorIs(t, err, lost)
	require.EqualError(t, err, "connection refused")
}

func TestKeycloak_RedirectIsNotFollowed(t *testing.T) {
	k, s := newKeycloak(t, reply{status: 307})
	_, err := token(t.Context(), k)
	require.EqualError(t, err, "token endpoint: 307 <nil>")
	assert.Len(t, s.forms, 1)
}

func FuzzKeycloak(f *testing.F) {
	f.Add(200, "application/json",
		[]byte(`{"access_token":"a","expires_in":300,"refresh_expires_in":1800,"refresh_token":"r"}`))
	f.Add(200, "application/json", []byte(`{"access_token":"a","expires_in":"300","refresh_expires_in":0}`))
	f.Add(200, "application/json",
		[]byte(`{"access_token":"a","expires_in":-1,"refresh_expires_in":1e300,"refresh_token":"r"}`))
	f.Add(400, "application/json", []byte(`{"error":"invalid_grant","error_description":"Stale token"}`))
	f.Add(200, "text/plain", []byte(`access_token=a&expires_in=5&refresh_expires_in=7&refresh_token=r`))
	f.Add(502, "text/html", []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, _ string, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		k, s := newKeycloak(t, reply{status: status, body: string(body)})
		start := time.Now()
		header, err := token(t.Context(), k)
		require.Len(t, s.forms, 1)
		if err != nil {
			require.Empty(t, header)
			return
		}
		require.Equal(t, 2, status/100)
		value, ok := strings.CutPrefix(header, "Bearer ")
		require.True(t, ok)
		require.NotEmpty(t, value)
		require.True(t, bytes.IndexByte([]byte(value), '\n') < 0)
		require.True(t, k.current.Load().RefreshAt.After(start),
			"a token that was due at once would be fetched for every call")
	})
}
