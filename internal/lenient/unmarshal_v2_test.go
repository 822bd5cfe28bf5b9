//go:build goexperiment.jsonv2 || go1.27

package lenient

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exactNames says that this build matches the names of members exactly.
const exactNames = true

func TestUnmarshal_NamesThatDifferInCaseAreUnknown(t *testing.T) {
	for _, text := range []string{
		`{"tokens":7,"Tokens":8}`, `{"TOKENS":"x","tokens":7.0}`, `{"tokens":7,"toKens":{"a":[]}}`,
	} {
		var got counts
		require.NoError(t, Unmarshal([]byte(text), &got), text)
		assert.EqualValues(t, 7, got.Tokens, text)
	}
}
