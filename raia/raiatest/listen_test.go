package raiatest_test

import (
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestNewServerAt_TakesTheAddress(t *testing.T) {
	first, err := raiatest.NewServerAt("127.0.0.1:0")
	require.NoError(t, err)
	defer first.Close()
	address, err := url.Parse(first.Config().BaseURL)
	require.NoError(t, err)
	_, err = raiatest.NewServerAt(address.Host)
	require.Error(t, err, "the address is taken")
}

func TestNewServerOn_SimulatedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := fakeserver.NewMemory()
		server := raiatest.NewServerOn(memory)
		defer server.Close()
		transport := &http.Transport{DialContext: memory.DialContext}
		defer transport.CloseIdleConnections()
		cfg := server.Config()
		cfg.HTTPClient, cfg.Timeout = &http.Client{Transport: transport}, time.Minute
		client, err := raia.NewClient(cfg)
		require.NoError(t, err)
		started, err := client.Conversations.Start(t.Context(), raia.SMSStart{
			FirstName: "Ada", LastName: "Example", PhoneNumber: "+12025550100", Introduction: "Hello",
		})
		require.NoError(t, err)
		began := time.Now()
		server.FailNext(nil, raiatest.Failure{After: true, Delay: time.Hour})
		_, err = client.Conversations.Send(t.Context(), started.ConversationID, raia.SendMessageParams{Message: "late"})
		require.ErrorIs(t, err, raia.ErrDeliveryUnknown)
		assert.Equal(t, time.Minute, time.Since(began))
		ledger := server.Ledger()
		assert.Equal(t, "late", ledger[len(ledger)-1].Text, "the client left, and the server acted")
	})
}
