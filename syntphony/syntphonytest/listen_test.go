package syntphonytest_test

import (
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestNewServerAt_TakesTheAddress(t *testing.T) {
	first, err := syntphonytest.NewServerAt("127.0.0.1:0")
	require.NoError(t, err)
	defer first.Close()
	address, err := url.Parse(first.Config().BaseURL)
	require.NoError(t, err)
	_, err = syntphonytest.NewServerAt(address.Host)
	require.Error(t, err, "the address is taken")
}

func TestNewServerOn_SimulatedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := fakeserver.NewMemory()
		server := syntphonytest.NewServerOn(memory)
		defer server.Close()
		transport := &http.Transport{DialContext: memory.DialContext}
		defer transport.CloseIdleConnections()
		cfg := server.Config()
		cfg.HTTPClient, cfg.Timeout = &http.Client{Transport: transport}, time.Minute
		client, err := syntphony.NewClient(cfg)
		require.NoError(t, err)
		session := client.NewSession(syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"})
		_, err = session.Welcome(t.Context())
		require.NoError(t, err)
		began := time.Now()
		server.FailNext(nil, syntphonytest.Failure{After: true, Delay: time.Hour})
		_, err = session.Say(t.Context(), "late")
		require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown)
		assert.Equal(t, time.Minute, time.Since(began))
		ledger := server.Ledger()
		assert.Equal(t, "late", ledger[len(ledger)-1].Text, "the client left, and the server acted")
	})
}
