package parley

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRaw_PrintsAsText(t *testing.T) {
	raw := Raw(`{"id":"1"}`)
	for _, format := range []string{"%v", "%s", "%+v"} {
		assert.Equal(t, `{"id":"1"}`, fmt.Sprintf(format, raw))
	}
}

func TestRaw_EncodesAsItself(t *testing.T) {
	encoded, err := json.Marshal(map[string]Raw{"a": Raw(`[1, 2]`), "b": nil})
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":[1,2],"b":null}`, string(encoded))

	var decoded struct{ A Raw }
	data := []byte(`{"a": {"x": 1.0}}`)
	require.NoError(t, json.Unmarshal(data, &decoded))
	data[7] = '!'
	assert.Equal(t, Raw(`{"x": 1.0}`), decoded.A, "a copy is kept")
	assert.Equal(t, json.RawMessage(`{"x": 1.0}`), json.RawMessage(decoded.A))
}
