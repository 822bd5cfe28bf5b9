package bench

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// TestAll_MemoryIsConstant verifies that a walk through a million items holds no more at its end than at its beginning.
// The items are small, so that the test is short with the race detector too.
func TestAll_MemoryIsConstant(t *testing.T) {
	const items = 1_000_000
	values, err := walkLong(t.Context(), parleyList(), items/pageSize,
		func(i int) string { return `{"id":"` + strconv.Itoa(i) + `"}` })
	require.NoError(t, err)
	assert.Less(t, values[table.Late], values[table.Live]+256*1024)
	assert.Less(t, values[table.Late], 1024.0*1024)
}
