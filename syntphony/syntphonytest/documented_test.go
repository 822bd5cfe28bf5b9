package syntphonytest_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestDocumented_AgentHeardTheTurnBefore460To463(t *testing.T) {
	for status, heard := range map[int]int{400: 0, 409: 0, 422: 0, 429: 0, 460: 1, 461: 1, 462: 1, 463: 1} {
		r := newRig(t)
		r.server.Fail(1, syntphonytest.Documented(status))
		client := r.client(func(c *syntphony.Config) { c.MaxRetries = -1 })
		_, err := client.NewSession(caller).Say(t.Context(), "hi")
		failure, ok := errors.AsType[*syntphony.Error](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, status, failure.StatusCode)
		assert.NotEmpty(t, failure.Message)
		assert.Len(t, r.server.Ledger(), heard, "%d", status)
	}
}
