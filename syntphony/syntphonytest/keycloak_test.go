package syntphonytest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestKeycloak_Refusals(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		fields []string
		status int
		code   string
	}{
		{[]string{"client_id", ""}, 400, "invalid_client"},
		{[]string{"client_id", "other"}, 401, "unauthorized_client"},
		{[]string{"client_secret", "wrong"}, 401, "unauthorized_client"},
		{[]string{"grant_type", "password"}, 400, "unsupported_grant_type"},
		{[]string{"grant_type", "refresh_token"}, 400, "invalid_request"},
		{[]string{"grant_type", "refresh_token", "refresh_token", "unknown"}, 400, "invalid_grant"},
	} {
		status, body := r.grant(c.fields...)
		assert.Equal(t, c.status, status)
		assert.Equal(t, c.code, body["error"])
	}
}

func TestKeycloak_Grants(t *testing.T) {
	r := newRig(t)
	status, body := r.grant()
	assert.Equal(t, 200, status)
	assert.EqualValues(t, 300, body["expires_in"])
	assert.EqualValues(t, 0, body["refresh_expires_in"])
	assert.NotContains(t, body, "refresh_token", "none by default, as since Keycloak 12")

	r.server.SetTokens(syntphonytest.Tokens{Refresh: true, NoExpiresIn: true, Rotate: true})
	_, first := r.grant()
	assert.NotContains(t, first, "expires_in")
	assert.EqualValues(t, 1800, first["refresh_expires_in"])
	refresh := func(of map[string]any) (int, map[string]any) {
		return r.grant("grant_type", "refresh_token", "refresh_token", of["refresh_token"].(string))
	}
	status, second := refresh(first)
	assert.Equal(t, 200, status)
	status, reused := refresh(first)
	assert.Equal(t, 400, status)
	assert.Equal(t, "Maximum allowed refresh token reuse exceeded", reused["error_description"])
	status, gone := refresh(second)
	assert.Equal(t, 400, status)
	assert.Equal(t, "Session not active", gone["error_description"], "a second use kills the session")

	r.server.SetTokens(syntphonytest.Tokens{Refresh: true, RefreshLife: time.Nanosecond})
	_, first = r.grant()
	status, expired := refresh(first)
	assert.Equal(t, 400, status)
	assert.Equal(t, "Token is not active", expired["error_description"])
}

// A life below a second must not look like an unknown one.
func TestKeycloak_ShortLives(t *testing.T) {
	r := newRig(t)
	for life, want := range map[time.Duration]int{time.Millisecond: 1, time.Second: 1, 1500 * time.Millisecond: 2} {
		r.server.SetTokens(syntphonytest.Tokens{Life: life, Refresh: true, RefreshLife: life})
		_, body := r.grant()
		assert.EqualValues(t, want, body["expires_in"])
		assert.EqualValues(t, want, body["refresh_expires_in"])
	}
}
