package raia

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestResourceUsageLog(t *testing.T) {
	server := stub(t, 201, "")
	c := client(t, server)
	require.NoError(t, c.ResourceUsage.Log(t.Context(), LogUsageParams{Type: ResourceTypeVapiSeconds, Amount: 1.5}))
	assert.JSONEq(t, `{"type":"VAPI_SECONDS","amount":1.5}`, string(server.Requests()[0].Body))
	for _, params := range []LogUsageParams{{}, {Amount: 1}, {Type: ResourceTypeOpenAITokens}} {
		require.ErrorIs(t, c.ResourceUsage.Log(t.Context(), params), ErrInvalidArgument)
	}
	assert.Len(t, server.Requests(), 1)
}
