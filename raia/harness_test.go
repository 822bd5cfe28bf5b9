package raia

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// roundTrip is a server in memory, for tests in virtual time.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answerWith(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}

// get returns the result of call when the server responds with body.
func get[T any](t *testing.T, body string, call func(ctx context.Context, c *Client) (T, error)) T {
	out, err := call(t.Context(), client(t, stub(t, 200, body)))
	require.NoError(t, err)
	return out
}

// result returns only the error of a call.
func result[T any](_ T, err error) error { return err }

// stub is a server that responds to every request alike.
func stub(t *testing.T, status int, reply string) *fakeserver.Server {
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if reply != "" {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(reply))
	})
}

func serve(t *testing.T, h http.HandlerFunc) *fakeserver.Server {
	server := fakeserver.New(h)
	t.Cleanup(server.Close)
	return server
}

// config is for a client of server with all three keys.
func config(t *testing.T, server *fakeserver.Server) Config {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return Config{
		BaseURL: server.URL() + prefix, HTTPClient: &http.Client{Transport: transport}, MaxRetryWait: 1,
		AgentKey: agentSecret, OrganizationKey: organizationSecret, SuperAdminKey: superAdminSecret,
	}
}

func client(t *testing.T, server *fakeserver.Server) *Client {
	c, err := NewClient(config(t, server))
	require.NoError(t, err)
	return c
}
