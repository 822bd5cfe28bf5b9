package parleyotel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestOnAttempt_WithoutOnCall(t *testing.T) {
	r := newRecorder(t)
	client, _ := raiaClient(t, parley.Hooks{OnAttempt: r.Hooks().OnAttempt})
	_, err := client.Agents.GetCurrent(t.Context())
	require.NoError(t, err)
	span := one(t, r.take(), "GET /agents/by-api-key")
	assert.NotContains(t, attributesOf(span), "server.address")
}
