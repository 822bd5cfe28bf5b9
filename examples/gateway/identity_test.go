package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keyFile writes a key of 32 bytes.
func keyFile(t *testing.T) string {
	name := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(name, []byte(strings.Repeat("k", 32)), 0o600))
	return name
}

func newID(t *testing.T, file string) *identity {
	i, err := newIdentity(file)
	require.NoError(t, err)
	return i
}

// issued returns the cookie that i gives to a new browser.
func issued(t *testing.T, i *identity, header http.Header) *http.Cookie {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header = header
	w := httptest.NewRecorder()
	i.welcome(w, r)
	cookies := w.Result().Cookies()
	require.Len(t, cookies, 1)
	return cookies[0]
}

func request(t *testing.T, cookie string) *http.Request {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.Header.Set("Cookie", cookieName+"="+cookie)
	return r
}

func TestIdentity_ReplicasWithOneKeyAcceptEachOthersCookies(t *testing.T) {
	key := keyFile(t)
	one, two := newID(t, key), newID(t, key)
	cookie := issued(t, one, http.Header{})
	user, err := two.user(request(t, cookie.Value))
	require.NoError(t, err)
	assert.NotEmpty(t, user.ID)
	assert.Equal(t, one.deviceKey, two.deviceKey)
	_, err = newID(t, "").user(request(t, cookie.Value))
	assert.Error(t, err)
}

func TestIdentity_ForgedCookiesAreNobodys(t *testing.T) {
	i := newID(t, "")
	good := issued(t, i, http.Header{}).Value
	id, signature, _ := strings.Cut(good, ".")
	for _, forged := range []string{
		"", ".", id, id + ".", "." + i.sign(""), "A" + good, id + "." + signature[1:], good + "x",
	} {
		_, err := i.user(request(t, forged))
		assert.Error(t, err, forged)
	}
	_, err := i.user(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	assert.Error(t, err)
}

func TestIdentity_Cookie(t *testing.T) {
	i := newID(t, "")
	cookie := issued(t, i, http.Header{})
	assert.True(t, cookie.HttpOnly)
	assert.False(t, cookie.Secure)
	assert.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
	assert.True(t, issued(t, i, http.Header{"X-Forwarded-Proto": {"https"}}).Secure)
	w := httptest.NewRecorder()
	i.welcome(w, request(t, cookie.Value))
	assert.Empty(t, w.Result().Cookies(), "a browser keeps its cookie")
}
