package holdback_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/holdback"
)

func TestTransport_HoldsMatchingResponsesBack(t *testing.T) {
	heard := make(chan string, 4)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard <- r.URL.Path }))
	defer server.Close()
	hold := holdback.New(func(r *http.Request) bool { return r.URL.Path == "/held" })
	defer hold.CloseIdleConnections()
	get := func(ctx context.Context, path string) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
		require.NoError(t, err)
		response, err := hold.RoundTrip(request)
		if err == nil {
			err = response.Body.Close()
		}
		return err
	}
	hold.Release() // no response is held back
	hold.Hold()
	require.NoError(t, get(t.Context(), "/free"))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // the server gets the request at once
		assert.Equal(t, "/free", <-heard)
		assert.Equal(t, "/held", <-heard)
		cancel()
	}()
	require.ErrorIs(t, get(ctx, "/held"), context.Canceled)
	done := make(chan error, 1)
	go func() { done <- get(t.Context(), "/held") }()
	assert.Equal(t, "/held", <-heard)
	hold.Release()
	require.NoError(t, <-done)
}
