package auth

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func plainRequest(t *testing.T) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example/x?q=1", nil)
	require.NoError(t, err)
	return r
}

func TestFixedCredentials(t *testing.T) {
	for _, tt := range []struct {
		source Authorizer
		header string
		query  string
	}{
		{NewHeader("agent-secret-key", "", "fake/key"), "fake/key", "q=1"},
		{NewQuery("apiKey", "fake/key"), "", "q=1&apiKey=fake%2Fkey"},
		{None{}, "", "q=1"},
	} {
		r := plainRequest(t)
		used, err := tt.source.Authorize(t.Context(), r)
		require.NoError(t, err)
		assert.Equal(t, tt.header, r.Header.Get("Agent-Secret-Key"))
		assert.Equal(t, tt.query, r.URL.RawQuery)
		again, err := tt.source.Refresh(t.Context(), used)
		assert.False(t, again)
		assert.NoError(t, err)
	}
	assert.Equal(t, "the [redacted]", NewHeader("A", "Bearer ", "key").Redact("the key"))
	assert.Equal(t, "the [redacted]", NewQuery("A", "key").Redact("the key"))
	assert.Equal(t, "the key", None{}.Redact("the key"))
	r := plainRequest(t)
	r.URL.RawQuery = ""
	_, err := NewQuery("apiKey", "k").Authorize(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, "apiKey=k", r.URL.RawQuery)
}

func TestNewBearer(t *testing.T) {
	var b TokenAuthorizer = NewBearer("key")
	r := plainRequest(t)
	_, err := b.Authorize(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, "Bearer key", r.Header.Get("Authorization"))
	b.Invalidate("key")
	token, err := b.Token(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "key", token, "there is no other")
}

func TestUnset(t *testing.T) {
	_, err := Unset{Field: "SuperAdminKey"}.Authorize(t.Context(), plainRequest(t))
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.ErrorContains(t, err, "SuperAdminKey")
}
