//go:build goexperiment.jsonv2 || go1.27

package lenient

import (
	jsonv2 "encoding/json/v2"
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

// reference decodes by the options of encoding/json, with the names of members matched exactly.
func reference(data []byte, v any) error { return jsonv2.Unmarshal(data, v, exact) }
