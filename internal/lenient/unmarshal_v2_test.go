//go:build goexperiment.jsonv2 || go1.27

package lenient

import (
	"encoding/json"
	jsonv2 "encoding/json/v2"
	"fmt"
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

// FuzzUnmarshal_OnePass verifies that data is decoded to the same value and error as by the options of encoding/json,
// and that data in a value that is not zero is.
func FuzzUnmarshal_OnePass(f *testing.F) {
	for _, seed := range validSeeds {
		f.Add([]byte(seed))
		f.Add([]byte(`{"name":"n","custom":{"a":` + seed + `},"list":[1]}`))
	}
	f.Add([]byte(`{"list":[1,2],"list":[3],"byName":{"a":1},"byName":{"b":2},"parts":[{"size":1},null],` +
		`"raw":{"a":"\u0041"}}`))
	f.Add([]byte("{\"name\":\"\xff\\ud800\",\"custom\":{\"\xff\":1e400}}"))
	f.Add([]byte(`{"name":"before","list":"wrong","custom":{"a":1},"tokens":"1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, start := range []string{`{}`, `{"name":"old","custom":{"old":1},"byName":{"old":1},"list":[7,8,9]}`} {
			var want, got measured
			require.NoError(t, json.Unmarshal([]byte(start), &want))
			require.NoError(t, json.Unmarshal([]byte(start), &got))
			wantErr := jsonv2.Unmarshal(data, &want, exact)
			require.Equal(t, fmt.Sprint(wantErr), fmt.Sprint(unmarshal(data, &got)))
			require.Equal(t, want, got)
		}
	})
}

func TestUnmarshal_TargetThatIsNoPointer(t *testing.T) {
	require.Error(t, Unmarshal([]byte(`{}`), counts{}))
	require.Error(t, Unmarshal([]byte(`{}`), (*counts)(nil)))
	require.Error(t, Unmarshal([]byte(`{}`), nil))
}
