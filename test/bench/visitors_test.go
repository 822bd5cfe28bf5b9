package bench

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// TestVisitors_ShareWhatTheyCan verifies that the clients of visitors share connections, have no goroutine and
// are small.
func TestVisitors_ShareWhatTheyCan(t *testing.T) {
	values, err := holdVisitors(t.Context(), openVisitors, 2000)
	require.NoError(t, err)
	assert.LessOrEqual(t, values[table.Connections], 128.0, "64 visitors at a time ask")
	assert.Less(t, values[table.Goroutines], 0.1)
	assert.Less(t, values[table.Live], 4096.0)
}
