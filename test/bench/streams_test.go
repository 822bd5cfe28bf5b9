package bench

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// TestStreams_HoldLittle verifies what an open stream holds beside the program's own reader: net/http's two goroutines,
// and little more memory than a stream by hand.
func TestStreams_HoldLittle(t *testing.T) {
	const n = 400
	hand, err := holdStreams(t.Context(), openStreamByHand, n)
	require.NoError(t, err)
	got, err := holdStreams(t.Context(), openStream, n)
	require.NoError(t, err)
	assert.InDelta(t, 2, got[table.Goroutines], 0.1)
	assert.Less(t, got[table.Live], hand[table.Live]+4*1024)
	assert.LessOrEqual(t, got[table.Allocs], hand[table.Allocs], "of an event")
}
