package syntphony_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
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

// A token request is a call below the call that caused it. It has the same trace, but not the options of that call.
func TestTokenEndpoint_RequestsOfACall(t *testing.T) {
	type key struct{}
	server := syntphonytest.NewServer()
	t.Cleanup(server.Close)
	cfg := server.Config()
	var mu sync.Mutex
	var calls []string
	cfg.Hooks.OnCall = func(ctx context.Context, c parley.Call) (context.Context, func(parley.CallResult)) {
		mu.Lock()
		defer mu.Unlock()
		parent, _ := ctx.Value(key{}).(string)
		calls = append(calls, parent+"/"+c.Operation)
		return context.WithValue(ctx, key{}, c.Operation), nil
	}
	client := newClient(t, cfg)
	responses := 0
	ctx := parley.WithHeader(t.Context(), "X-B3-TraceId", "463ac35c9f6413ad")
	ctx = parley.WithResponse(ctx, func(parley.Response) { responses++ })
	_, err := client.Conversations.Send(ctx, "", caller, syntphony.Input{Text: "hi"})
	require.NoError(t, err)
	assert.Equal(t, []string{"/syntphony: start conversation", "syntphony: start conversation/syntphony: fetch token"},
		calls)
	assert.Equal(t, 1, responses)
	assert.Equal(t, "463ac35c9f6413ad", server.BrokerRequests()[0].Header.Get("X-B3-Traceid"))
	assert.Empty(t, server.TokenRequests()[0].Header.Get("X-B3-Traceid"))
	_, err = client.Conversations.Send(parley.WithHeader(ctx, "API-KEY", "own"), "", caller,
		syntphony.Input{Text: "hi"})
	require.ErrorIs(t, err, syntphony.ErrInvalidArgument)
}
