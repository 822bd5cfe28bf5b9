package lenient

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

type counts struct {
	Tokens int64 `json:"tokens"`
}

type measured struct {
	counts
	Name   string          `json:"name"`
	Size   *int64          `json:"size"`
	Small  int8            `json:"small"`
	Price  float64         `json:"price"`
	Custom map[string]any  `json:"custom"`
	Raw    json.RawMessage `json:"raw"`
	At     parley.Time     `json:"at"`
	ByName map[string]int  `json:"byName"`
	List   []int           `json:"list"`
	Pair   [2]int          `json:"pair"`
	Parts  []*measured     `json:"parts"`
	Hidden int             `json:"-"`
	NoTag  int
}

func TestUnmarshal_ByteOrderMarkIsSkipped(t *testing.T) {
	var got counts
	require.NoError(t, Unmarshal([]byte("\ufeff"+`{"tokens":1.0}`), &got))
	assert.EqualValues(t, 1, got.Tokens)
}

func TestUnmarshal_IntegersCostNothingMore(t *testing.T) {
	data := []byte(`{"tokens":12,"name":"n","price":12.5}`)
	plain := testing.AllocsPerRun(100, func() { _ = json.Unmarshal(data, new(measured)) })
	ours := testing.AllocsPerRun(100, func() { _ = Unmarshal(data, new(measured)) })
	assert.LessOrEqual(t, ours, plain)
}

// FuzzUnmarshal verifies that a text that json.Unmarshal decodes is decoded to the same value, and that any other text
// is still valid JSON after it was rewritten.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"tokens":1e3,"list":[1.0,{}],"parts":[{"custom":{"a":[1.5]}}]}`))
	f.Add([]byte(` { "List" : [ 1.5 , 2 ] , "byName" : { "" : 1e1 } } `))
	f.Fuzz(func(t *testing.T, data []byte) {
		var plain, ours measured
		if json.Unmarshal(data, &plain) == nil && !exactNames {
			assert.NoError(t, Unmarshal(data, &ours))
			assert.Equal(t, plain, ours)
		}
		if json.Valid(data) {
			assert.True(t, json.Valid(integers(data, &ours)), "%s", integers(data, &ours))
		}
	})
}
