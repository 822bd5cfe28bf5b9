package aiseratest_test

import (
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

func TestNewServerAt_TakesTheAddress(t *testing.T) {
	first, err := aiseratest.NewServerAt("127.0.0.1:0")
	require.NoError(t, err)
	defer first.Close()
	address, err := url.Parse(first.Config().BaseURL)
	require.NoError(t, err)
	_, err = aiseratest.NewServerAt(address.Host)
	require.Error(t, err, "the address is taken")
}

func TestNewServerOn_SimulatedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := fakeserver.NewMemory()
		server := aiseratest.NewServerOn(memory)
		defer server.Close()
		transport := &http.Transport{DialContext: memory.DialContext}
		defer transport.CloseIdleConnections()
		cfg := server.Config()
		cfg.HTTPClient, cfg.Timeout = &http.Client{Transport: transport}, time.Minute
		client, err := aisera.NewClient(cfg)
		require.NoError(t, err)
		began := time.Now()
		server.FailNext(nil, aiseratest.Failure{After: true, Delay: time.Hour})
		_, err = client.Send(t.Context(), user, aisera.Text("late"))
		require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
		assert.Equal(t, time.Minute, time.Since(began))
		ledger := server.Ledger()
		assert.Equal(t, "late", ledger[len(ledger)-1].Text, "the client left, and the server acted")
	})
}

func TestServer_KnowsAConnectionWhenDialReturns(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	for n := range 100 {
		_, conn := open(t, s.Config())
		require.Equal(t, n+1, s.Connections())
		s.Push(aiseratest.Say("hello"))
		r, err := conn.Receive(t.Context())
		require.NoError(t, err)
		require.Equal(t, "hello", r.Text())
		require.NoError(t, conn.Close())
	}
}
