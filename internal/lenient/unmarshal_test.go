package lenient

import (
	"encoding/json"
	"fmt"
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

// FuzzUnmarshal_Reference verifies that data is decoded to the value and the error of encoding/json, also into a value
// that is not zero. With encoding/json/v2 data is decoded in one pass, and again if it has an error.
func FuzzUnmarshal_Reference(f *testing.F) {
	for _, seed := range validSeeds {
		f.Add([]byte(seed))
		f.Add([]byte(`{"name":"n","custom":{"a":` + seed + `},"list":[1]}`))
	}
	f.Add([]byte(`{"list":[1,2],"list":[3],"byName":{"a":1},"byName":{"b":2},"parts":[{"size":1},null]}`))
	f.Add([]byte("{\"name\":\"\xff\\ud800\",\"custom\":{\"\xff\":1e400}}"))
	f.Add([]byte(`{"name":"before","list":"wrong","custom":{"a":1},"tokens":"1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, start := range []string{`{}`, `{"name":"old","custom":{"old":1},"byName":{"old":1},"list":[7,8,9]}`} {
			var want, got measured
			require.NoError(t, json.Unmarshal([]byte(start), &want))
			require.NoError(t, json.Unmarshal([]byte(start), &got))
			wantErr := reference(data, &want)
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
