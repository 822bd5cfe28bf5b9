package aisera_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for an event.
const patience = 20 * time.Second

var user = aisera.User{ID: "u-1", Email: "u-1@example.test", FullName: "Pat Example"}

// quick reconnects at once.
var quick = aisera.DialOptions{MinBackoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond}

func newServer(t testing.TB) *aiseratest.Server {
	s := aiseratest.NewServer()
	t.Cleanup(s.Close)
	return s
}

func newClient(t testing.TB, cfg aisera.Config) *aisera.Client {
	t.Helper()
	c, err := aisera.NewClient(cfg)
	require.NoError(t, err)
	return c
}

func dial(t testing.TB, s *aiseratest.Server, opts aisera.DialOptions) *aisera.Conn {
	t.Helper()
	conn, err := newClient(t, s.Config()).Dial(t.Context(), user, opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// soon returns a context for events that must happen.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func receive(t testing.TB, conn *aisera.Conn) *aisera.Response {
	t.Helper()
	r, err := conn.Receive(soon(t))
	require.NoError(t, err)
	return r
}

func object(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(raw, &m))
	return m
}

func unknownOrNil(t testing.TB, err error) bool {
	t.Helper()
	if err != nil {
		require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
	}
	return err == nil
}

// awaitEnd waits until conn is closed for good.
func awaitEnd(t testing.TB, conn *aisera.Conn) {
	t.Helper()
	select {
	case <-conn.Done():
	case <-soon(t).Done():
		require.Fail(t, "the connection goes on")
	}
}

var errTest = errors.New("test")

// bubble runs f in simulated time, with a server in memory. Pings take no time, and writes are not buffered.
func bubble(t *testing.T, f func(t *testing.T, s *aiseratest.Server, client *aisera.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		memory := fakeserver.NewMemory()
		s := aiseratest.NewServerOn(memory)
		pool := &http.Transport{DialContext: memory.DialContext, DisableKeepAlives: true}
		cfg := s.Config()
		cfg.HTTPClient = &http.Client{Transport: pool}
		defer time.Sleep(time.Minute) // for goroutines of the server that wait
		defer s.Close()
		defer pool.CloseIdleConnections()
		f(t, s, newClient(t, cfg))
	})
}

// open dials a connection that the caller closes.
func open(t testing.TB, client *aisera.Client, opts aisera.DialOptions) *aisera.Conn {
	t.Helper()
	conn, err := client.Dial(t.Context(), user, opts)
	require.NoError(t, err)
	return conn
}
