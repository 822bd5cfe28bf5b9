package syntphony_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
)

// tokenStub is a server whose token endpoint responds with status, body and content type.
func tokenStub(t *testing.T, status int, kind, body string) *syntphony.Client {
	t.Helper()
	server := fakeserver.New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" {
			fakeserver.JSON(w, 200, map[string]any{"sessionCode": "s"})
			return
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	cfg := config(server.URL())
	cfg.TokenSource = nil
	cfg.Keycloak = syntphony.Keycloak{TokenURL: server.URL() + "/token", ClientID: "id", ClientSecret: testSecret}
	return newClient(t, cfg)
}

// Proxies and old servers give the response of a token endpoint other content types. The body decides.
func TestTokenEndpoint_ContentTypeDoesNotMatter(t *testing.T) {
	for _, kind := range []string{
		"application/json", "text/plain; charset=utf-8", "text/html", "application/x-www-form-urlencoded", "",
	} {
		require.NoError(t, say(t, tokenStub(t, 200, kind, `{"access_token":"t","expires_in":299.5,"scope":{}}`)), kind)
		require.NoError(t, say(t, tokenStub(t, 200, kind, `access_token=t&expires_in=300`)), kind)
		require.NoError(t, say(t, tokenStub(t, 200, kind, "\ufeff"+`{"access_token":"t"}`)), kind)
		err := say(t, tokenStub(t, 400, kind, `{"error":"invalid_client","error_description":{"text":"x"}}`))
		require.ErrorIs(t, err, syntphony.CodeInvalidClient, kind)
		require.ErrorContains(t, err, "check client id and secret", kind)
		err = say(t, tokenStub(t, 200, kind, `{"error":"invalid_scope"}`))
		require.ErrorIs(t, err, syntphony.ErrDecode, kind)
		require.ErrorContains(t, err, "invalid_scope", kind)
	}
}
