package syntphonytest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestSession_EndsAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := fakeserver.NewMemory()
		server := syntphonytest.NewServerOn(memory)
		defer server.Close()
		transport := &http.Transport{DialContext: memory.DialContext}
		defer transport.CloseIdleConnections()
		cfg := server.Config()
		cfg.HTTPClient = &http.Client{Transport: transport}
		client, err := syntphony.NewClient(cfg)
		require.NoError(t, err)
		session := client.NewSession(caller)
		say := func() string {
			_, err := session.Send(t.Context(), syntphony.Input{Text: "hi", Context: map[string]any{"a": 1}})
			require.NoError(t, err)
			return session.Code()
		}
		first := say()
		time.Sleep(29 * time.Minute)
		assert.Equal(t, first, say(), "each turn begins the time anew")
		time.Sleep(29 * time.Minute)
		assert.Equal(t, first, say())
		time.Sleep(31 * time.Minute)
		assert.NotEqual(t, first, say())

		server.RefuseExpiredSessions(http.StatusNotFound)
		time.Sleep(31 * time.Minute)
		_, err = session.Say(t.Context(), "hi")
		require.ErrorIs(t, err, syntphony.ErrNotFound)
	})
}
