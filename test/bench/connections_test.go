package bench

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// TestConnections_IdleHoldLittle verifies what an idle WebSocket connection holds beside a connection by hand with a
// goroutine that reads it.
func TestConnections_IdleHoldLittle(t *testing.T) {
	const n = 200
	all := dialers("")
	hand, err := holdIdle(all[0], n)
	require.NoError(t, err)
	got, err := holdIdle(all[1], n)
	require.NoError(t, err)
	assert.InDelta(t, 2, hand[table.Goroutines], 0.1)
	assert.InDelta(t, 2, got[table.Goroutines], 0.1)
	assert.Less(t, got[table.Live], hand[table.Live]+4*1024)
}
