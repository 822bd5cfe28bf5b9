package bench

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestConnections_AreCounted verifies that the server tells how many connections were opened.
func TestConnections_AreCounted(t *testing.T) {
	all, late, err := countDials(t.Context(), Plan{Quick: true}, raiaSend().Floor, 8)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, all, int64(1))
	assert.LessOrEqual(t, late, all)
}
