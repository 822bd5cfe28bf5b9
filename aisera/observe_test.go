package aisera_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func TestHooks_OnCallOfFrames(t *testing.T) {
	type ended struct {
		parley.Call
		parley.CallResult
	}
	s := newServer(t)
	cfg := s.Config()
	address, err := url.Parse(cfg.WebSocketURL)
	require.NoError(t, err)
	server := address.Host
	var calls []ended
	cfg.Hooks.OnCall = func(_ context.Context, call parley.Call) (context.Context, func(parley.CallResult)) {
		return nil, func(result parley.CallResult) { calls = append(calls, ended{call, result}) }
	}
	conn := open(t, newClient(t, cfg), aisera.DialOptions{})
	defer conn.Close()
	s.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		if m.Text == "fail" {
			return []aiseratest.Reply{aiseratest.Fault(aisera.ModeError, "ERR-012")}
		}
		return aiseratest.Stream("Hel", "lo")
	})
	next := func() ended {
		require.Len(t, calls, 1, "exactly once")
		call := calls[0]
		calls = nil
		assert.Equal(t, "aisera", call.Vendor)
		assert.Equal(t, "WS", call.Method)
		assert.Empty(t, call.Path)
		assert.Equal(t, server, call.Server)
		assert.False(t, call.Idempotent)
		assert.Positive(t, call.Duration)
		return call
	}
	_, err = conn.Ask(soon(t), aisera.Text("x"))
	require.NoError(t, err)
	call := next()
	assert.Equal(t, "aisera: ask", call.Operation)
	assert.False(t, call.Stream)
	assert.Equal(t, 1, call.Attempts)
	assert.Positive(t, call.Bytes)
	assert.Positive(t, call.FirstByte)
	require.NoError(t, call.Err)

	for range conn.Exchange(soon(t), aisera.Text("x")) {
		break
	}
	call = next()
	assert.Equal(t, "aisera: exchange", call.Operation)
	assert.True(t, call.Stream)
	require.NoError(t, call.Err)

	_, err = conn.Ask(soon(t), aisera.Text("fail"))
	assert.Equal(t, err, next().Err)

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = conn.Send(cancelled, aisera.Text("x"))
	call = next()
	assert.Equal(t, "aisera: send", call.Operation)
	assert.Equal(t, err, call.Err)
	assert.Zero(t, call.Attempts)
	_, err = conn.Send(t.Context(), aisera.Text("x"))
	require.NoError(t, err)
	assert.Equal(t, 1, next().Attempts)
}

func TestInfoOf_ErrorsOfAConn(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		s.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
		conn := open(t, client, aisera.DialOptions{})
		defer conn.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := conn.Ask(ctx, aisera.Text("x"))
		info, ok := parley.InfoOf(err)
		require.True(t, ok)
		assert.Equal(t, parley.ErrorInfo{
			Vendor: "aisera", Operation: "aisera: ask", Method: "WS", Attempts: 1, Delivery: parley.DeliveryUnknown,
		}, info)

		s.Fail(1, aiseratest.Failure{Status: 403, Body: `{"error":"channel is disabled"}`})
		s.CloseConnections(0, "")
		awaitEnd(t, conn)
		_, err = conn.Send(t.Context(), aisera.Text("x"))
		info, ok = parley.InfoOf(err)
		require.True(t, ok)
		assert.Equal(t, parley.ErrorInfo{
			Vendor: "aisera", Operation: "aisera: send", Method: "WS", StatusCode: 403, Message: "channel is disabled",
		}, info)
	})
}

func TestDial_OptionsOfTheCtx(t *testing.T) {
	s := newServer(t)
	client := newClient(t, s.Config())
	ctx := parley.WithHeader(t.Context(), "X-Trace", "abc")
	back := make(chan error, 1)
	opts := quick
	opts.OnReconnect = func(cause error) { back <- cause }
	conn, err := client.Dial(ctx, user, opts)
	require.NoError(t, err)
	defer conn.Close()
	s.CloseConnections(0, "")
	<-back
	for _, request := range s.Requests() {
		assert.Equal(t, "abc", request.Header.Get("X-Trace"), "in every handshake")
	}
	assert.Len(t, s.Requests(), 2)

	s.Fail(1, aiseratest.Failure{Delay: time.Hour, Reset: true})
	_, err = client.Dial(parley.WithAttemptTimeout(t.Context(), 20*time.Millisecond), user, aisera.DialOptions{})
	assert.ErrorIs(t, err, aisera.ErrAttemptTimeout)
	info, ok := parley.InfoOf(err)
	require.True(t, ok)
	assert.Equal(t, parley.ErrorInfo{
		Vendor: "aisera", Operation: "aisera: dial", Method: "GET", Path: "WebSocketURL", Attempts: 1,
	}, info)

	for _, name := range []string{"Host", "Authorization", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol", "Upgrade"} {
		_, err = client.Dial(parley.WithHeader(t.Context(), name, "x"), user, aisera.DialOptions{})
		assert.ErrorIs(t, err, aisera.ErrInvalidArgument, name)
		assert.ErrorContains(t, err, "WithHeader")
	}
	_, err = client.Dial(parley.WithAttemptTimeout(t.Context(), 0), user, aisera.DialOptions{})
	assert.ErrorIs(t, err, aisera.ErrInvalidArgument)
	_, err = client.Dial(ctx, aisera.User{}, aisera.DialOptions{})
	assert.ErrorIs(t, err, aisera.ErrInvalidArgument, "a good header does not hide a bad user")
	s.Fail(1, aiseratest.Failure{Delay: 20 * time.Millisecond})
	endless, err := client.Dial(parley.WithAttemptTimeout(t.Context(), -1), user, aisera.DialOptions{})
	require.NoError(t, err)
	require.NoError(t, endless.Close())
}
