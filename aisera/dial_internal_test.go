package aisera

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/callopts"
)

// Words of fewer than 8 characters are too common to be redacted wherever they appear.
func TestDialOptions_ShortWordsOfAHeaderAreNoSecrets(t *testing.T) {
	header := http.Header{"Authorization": {"Bearer 12345678"}, "X-Version": {"1234567"}}
	secrets := DialOptions{Header: header}.secrets()
	assert.ElementsMatch(t, []string{"12345678", "Bearer 12345678"}, secrets)
}

func TestSessionConfig_LeavesTheCallersHeaderAlone(t *testing.T) {
	client, err := NewClient(Config{
		BaseURL: "https://aisera.example", WebSocketURL: "wss://aisera.example", Token: "token",
	})
	require.NoError(t, err)
	header := http.Header{"X-Mine": {"1"}}
	ctx := parley.WithHeader(t.Context(), "X-Call", "2")
	cfg := client.sessionConfig(DialOptions{Header: header}, callopts.From(ctx))
	assert.Equal(t, "2", cfg.Header.Get("X-Call"))
	assert.Equal(t, http.Header{"X-Mine": {"1"}}, header)
}
