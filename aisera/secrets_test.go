package aisera_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

const headerSecret = "secret-of-the-handshake-header"

var secrets = []string{aiseratest.Token, headerSecret, "secret-of-the-query", "what the user said"}

// assertHidden prints v with every verb and logs it.
func assertHidden(t testing.TB, v any) {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", v)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", v)
	texts := []string{log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		texts = append(texts, fmt.Sprintf(verb, v))
	}
	for _, text := range texts {
		for _, secret := range secrets {
			assert.NotContains(t, text, secret)
			assert.NotContains(t, text, fmt.Sprintf("%x", secret))
		}
	}
}

// assertChainHidden does the same for err and all errors that it wraps.
func assertChainHidden(t testing.TB, err error) {
	t.Helper()
	require.Error(t, err)
	assertHidden(t, err)
	switch inner := err.(type) {
	case interface{ Unwrap() error }:
		if next := inner.Unwrap(); next != nil {
			assertChainHidden(t, next)
		}
	case interface{ Unwrap() []error }:
		for _, next := range inner.Unwrap() {
			assertChainHidden(t, next)
		}
	}
}

func TestSecrets_AreNotPrinted(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.WebSocketURL += "?key=secret-of-the-query"
	withSource := cfg
	withSource.Token, withSource.TokenSource = "",
		oauth2.StaticTokenSource(&oauth2.Token{AccessToken: aiseratest.Token})
	client := newClient(t, cfg)
	opts := aisera.DialOptions{Header: http.Header{"Authorization": {"Bearer " + headerSecret}}}
	conn, err := client.Dial(t.Context(), user, opts)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Ask(soon(t), aisera.Text("what the user said"))
	require.NoError(t, err)
	for _, v := range []any{
		cfg, &cfg, withSource, []aisera.Config{cfg}, struct{ C aisera.Config }{cfg}, client, *client, conn, *conn, opts,
		&opts,
		aisera.Error{Body: []byte("what the user said")}, &aisera.Error{Body: []byte("what the user said")},
		map[string]any{"conn": conn, "client": client, "opts": opts},
	} {
		assertHidden(t, v)
	}
	assert.Equal(t, "aisera.Config{Tenant: , ChannelID: "+aiseratest.ChannelID+", Token: [redacted]}", fmt.Sprint(cfg))
	assert.Equal(t, "aisera.Config{Tenant: a, ChannelID: , Token: not set}", fmt.Sprint(aisera.Config{Tenant: "a"}))
	assert.Contains(t, fmt.Sprintf("%d", withSource), "TokenSource: [redacted]")
	assert.Equal(t, "aisera.Client aisera.Conn", fmt.Sprint(client, " ", conn))
	unexported := struct{ inside aisera.Client }{*client} // fmt calls no method of it
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", unexported, unexported, unexported), aiseratest.Token)
}

func TestSecrets_EchoedByTheServerAreMasked(t *testing.T) {
	s := newServer(t)
	var log bytes.Buffer
	cfg := s.Config()
	cfg.WebSocketURL += "?key=secret-of-the-query"
	cfg.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client := newClient(t, cfg)
	echo := aiseratest.Token + " " + headerSecret + " secret-of-the-query"
	opts := quick
	opts.Header = http.Header{"Authorization": {"Bearer " + headerSecret}}

	s.Fail(1, aiseratest.Failure{
		Status: 400, Body: `{"error":"` + aiseratest.Token + `","errors":[{"path":"` + aiseratest.Token + `"}]}`,
	})
	_, err := client.Send(t.Context(), user, aisera.Text("what the user said"))
	assertChainHidden(t, err)
	s.Fail(1, aiseratest.Failure{
		Status: 401, Body: `{"error":"` + echo + `"}`, Header: http.Header{"X-Request-Id": {echo}},
	})
	_, err = client.Dial(t.Context(), user, opts)
	assertChainHidden(t, err)
	s.Fail(1, aiseratest.Failure{Reset: true})
	_, err = client.Dial(t.Context(), user, opts)
	assertChainHidden(t, err)

	causes := make(chan error, 1)
	opts.OnReconnect = func(cause error) { causes <- cause }
	conn, err := client.Dial(t.Context(), user, opts)
	require.NoError(t, err)
	defer conn.Close()
	s.Answer(func(aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{aiseratest.Fault(aisera.ModeError, echo)}
	})
	_, err = conn.Ask(soon(t), aisera.Text("what the user said"))
	assertChainHidden(t, err)
	s.Answer(func(aiseratest.Message) []aiseratest.Reply { return []aiseratest.Reply{{Raw: []byte(echo)}} })
	opts.OnReconnect = nil
	conn2, err := client.Dial(t.Context(), user, opts)
	require.NoError(t, err)
	defer conn2.Close()
	_, err = conn2.Ask(soon(t), aisera.Text("what the user said"))
	assertChainHidden(t, err)
	s.CloseConnections(3000, echo)
	assertChainHidden(t, <-causes)
	s.Behave(aiseratest.Behavior{CloseCode: 1008, CloseReason: echo})
	s.CloseConnections(0, "")
	for {
		if _, err = conn.Receive(soon(t)); !errors.Is(err, aisera.ErrDecode) {
			break
		}
	}
	assert.ErrorIs(t, err, aisera.ErrUnauthorized)
	assertChainHidden(t, err)
	_ = conn.Close() // from here on, neither of them logs
	_ = conn2.Close()
	assert.Contains(t, log.String(), "aisera: reconnect")
	for _, secret := range secrets {
		assert.NotContains(t, log.String(), secret)
	}
}
