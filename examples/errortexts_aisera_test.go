package examples_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

var aiseraUser = aisera.User{ID: "u"}

// aiseraText returns the error of call. prepare may be nil.
func aiseraText(
	t *testing.T, prepare func(*aiseratest.Server, *aisera.Config), call func(context.Context, *aisera.Client) error,
) error {
	t.Helper()
	return aiseraTextOf(t, aiseratest.NewServer(), prepare, call)
}

// aiseraWait is aiseraText for a call that waits for timeout.
func aiseraWait(
	t *testing.T, prepare func(*aiseratest.Server, *aisera.Config), call func(context.Context, *aisera.Client) error,
) (err error) {
	t.Helper()
	simulate(t, func(t *testing.T, l net.Listener, c *http.Client) {
		err = aiseraTextOf(t, aiseratest.NewServerOn(l), func(s *aiseratest.Server, cfg *aisera.Config) {
			cfg.HTTPClient, cfg.Timeout, cfg.MaxRetries = c, timeout, -1
			prepare(s, cfg)
		}, call)
	})
	return err
}

func aiseraTextOf(
	t *testing.T, server *aiseratest.Server, prepare func(*aiseratest.Server, *aisera.Config),
	call func(context.Context, *aisera.Client) error,
) error {
	t.Helper()
	defer server.Close()
	cfg := server.Config()
	cfg.MaxRetryWait = time.Millisecond
	if prepare != nil {
		prepare(server, &cfg)
	}
	client, err := aisera.NewClient(cfg)
	require.NoError(t, err)
	return call(t.Context(), client)
}

func aiseraSend(ctx context.Context, c *aisera.Client) error {
	return result(c.Send(ctx, aiseraUser, aisera.Text("Hello")))
}

func aiseraDial(ctx context.Context, c *aisera.Client) error {
	return result(c.Dial(ctx, aiseraUser, aisera.DialOptions{}))
}

func aiseraTexts(t *testing.T, l *textList) {
	l.begin(t, "aisera")
	aiseraConfigs(l)
	aiseraArguments(t, l)
	for _, f := range faults() {
		text := aiseraText
		if f.failure.Delay > 0 {
			text = aiseraWait
		}
		prepare := func(s *aiseratest.Server, _ *aisera.Config) { s.Fail(9, f.failure) }
		l.add(f.kind, text(t, prepare, aiseraSend))
		if f.failure.Cut == 0 {
			l.add(f.kind+", for a handshake", text(t, prepare, aiseraDial))
		}
	}
	failing := func(f fakeserver.Failure) func(*aiseratest.Server, *aisera.Config) {
		return func(s *aiseratest.Server, _ *aisera.Config) { s.Fail(1, f) }
	}
	refused := fakeserver.Failure{Status: 401, Body: `{"error":"ERR-003: Illegal argument"}`}
	l.add("error response of the vendor", aiseraText(t, failing(refused), aiseraSend))
	l.add("handshake refused", aiseraText(t, failing(refused), aiseraDial))
	nowhere := func(_ *aiseratest.Server, cfg *aisera.Config) {
		cfg.BaseURL, cfg.WebSocketURL = "http://127.0.0.1:1", "ws://127.0.0.1:1/ws"
	}
	l.add("connection refused", aiseraText(t, nowhere, aiseraSend))
	l.add("connection refused, for a handshake", aiseraText(t, nowhere, aiseraDial))
	aiseraConnections(t, l)
}

func aiseraConfigs(l *textList) {
	for _, c := range []struct {
		kind string
		cfg  aisera.Config
	}{
		{"Config without Tenant", aisera.Config{Token: "t"}},
		{"Tenant that is a host", aisera.Config{Tenant: "a.example", Token: "t"}},
		{"Config without Token", aisera.Config{Tenant: "a"}},
		{"Config with two credentials", aisera.Config{Tenant: "a", Token: "t", TokenSource: failingSource{}}},
		{"WebSocketURL with another scheme", aisera.Config{Tenant: "a", Token: "t", WebSocketURL: "ftp://h"}},
		{"WebSocketURL without TLS", aisera.Config{Tenant: "a", Token: "t", WebSocketURL: "ws://h.example"}},
	} {
		l.add(c.kind, result(aisera.NewClient(c.cfg)))
	}
}

func aiseraArguments(t *testing.T, l *textList) {
	l.add("user without ID and Email", aiseraText(t, nil, func(ctx context.Context, c *aisera.Client) error {
		return result(c.Send(ctx, aisera.User{}, aisera.Text("Hello")))
	}))
	for _, c := range []struct {
		kind string
		opts aisera.DialOptions
	}{
		{"negative PongTimeout", aisera.DialOptions{PongTimeout: -1}},
		{"header that the handshake sets", aisera.DialOptions{Header: http.Header{"Upgrade": {"x"}}}},
		{"subprotocol in the header", aisera.DialOptions{Header: http.Header{"Sec-Websocket-Protocol": {"x"}}}},
		{"subprotocol twice", aisera.DialOptions{Subprotocols: []string{"a", "a"}}},
	} {
		l.add(c.kind, aiseraText(t, nil, func(ctx context.Context, client *aisera.Client) error {
			return result(client.Dial(ctx, aiseraUser, c.opts))
		}))
	}
	l.add("Dial without WebSocketURL", aiseraText(t, func(_ *aiseratest.Server, cfg *aisera.Config) {
		cfg.WebSocketURL = ""
	}, aiseraDial))
}

// aiseraConnections adds the errors of connections that were open.
func aiseraConnections(t *testing.T, l *textList) {
	ask := func(ctx context.Context, c *aisera.Conn) error { return result(c.Ask(ctx, aisera.Text("Hello"))) }
	receive := func(ctx context.Context, c *aisera.Conn) error { return result(c.Receive(ctx)) }
	for _, c := range []struct {
		kind     string
		behavior aiseratest.Behavior
		opts     aisera.DialOptions
		call     func(context.Context, *aisera.Conn) error
	}{
		{"credentials refused after the handshake", aiseratest.Behavior{CloseCode: 4401, CloseReason: "bad token"},
			aisera.DialOptions{}, receive},
		{"connection closed by the server", aiseratest.Behavior{CloseCode: 1001, CloseReason: "restart"},
			aisera.DialOptions{NoReconnect: true}, receive},
		{"frame beyond ReadLimit", aiseratest.Behavior{}, aisera.DialOptions{ReadLimit: 20, NoReconnect: true}, ask},
		{"Conn used after Close", aiseratest.Behavior{}, aisera.DialOptions{},
			func(ctx context.Context, c *aisera.Conn) error {
				require.NoError(t, c.Close())
				return ask(ctx, c)
			}},
		{"ctx had ended before a Receive", aiseratest.Behavior{}, aisera.DialOptions{},
			func(ctx context.Context, c *aisera.Conn) error {
				ended, cancel := context.WithCancel(ctx)
				cancel()
				return receive(ended, c)
			}},
	} {
		l.add(c.kind, aiseraText(t, func(s *aiseratest.Server, _ *aisera.Config) { s.Behave(c.behavior) },
			func(ctx context.Context, client *aisera.Client) error {
				conn, err := client.Dial(ctx, aiseraUser, c.opts)
				require.NoError(t, err)
				defer func() { _ = conn.Close() }()
				return c.call(ctx, conn)
			}))
	}
}
