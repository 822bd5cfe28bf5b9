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

func TestUnmarshal_NumbersThatAreNoIntegersFillIntegerFields(t *testing.T) {
	var got measured
	require.NoError(t, Unmarshal([]byte(`{"tokens":1e3,"name":"12.0","size": 12.0 ,"small":300,"price":12.5,
		"custom":{"x":12.5,"tokens":1.50},"raw":{"n":1.0},"at":12.5,"byName":{"a":1.0,"b":2},"list":[1.0 , 2.9,-2.9, 3],"pair":[1e0,2],
		"parts":[{"tokens":7.0,"parts":[{"size":8.0}]},null,{}],"unknown":[1.5,{"tokens":2.5}]}`), &got))
	assert.Equal(t, measured{
		counts: counts{1000}, Name: "12.0", Size: new(int64(12)), Small: 127, Price: 12.5,
		Custom: map[string]any{"x": 12.5, "tokens": 1.5}, Raw: json.RawMessage(`{"n":1.0}`), At: parley.Time{Text: "12.5"},
		ByName: map[string]int{"a": 1, "b": 2}, List: []int{1, 2, -2, 3}, Pair: [2]int{1, 2},
		Parts: []*measured{{counts: counts{7}, Parts: []*measured{{Size: new(int64(8))}}}, nil, {}},
	}, got)
}

func TestUnmarshal_EachFormOfANumber(t *testing.T) {
	for text, want := range map[string]int64{
		"12": 12, "12.0": 12, "1e3": 1000, "1E+3": 1000, "12.5e1": 125, "12.9": 12, "-12.9": -12, "-0.0": 0, "0.9": 0, "5e-1": 0,
		"9007199254740993.0": 9007199254740993, "9223372036854775807.5": 9223372036854775807,
		"9223372036854775808": 9223372036854775807, "-9223372036854775809": -9223372036854775808,
		"1e30": 9223372036854775807, "-1e30": -9223372036854775808, "1e999999999": 9223372036854775807,
	} {
		var got counts
		require.NoError(t, Unmarshal([]byte(`{"tokens":`+text+`}`), &got), text)
		assert.Equal(t, want, got.Tokens, text)
		var list []int64
		require.NoError(t, Unmarshal([]byte(`[`+text+`]`), &list), text)
		assert.Equal(t, []int64{want}, list, text)
		var one int64
		require.NoError(t, Unmarshal([]byte(text), &one), text)
		assert.Equal(t, want, one, text)
	}
}

func TestUnmarshal_OtherTypesAreStillErrors(t *testing.T) {
	for _, text := range []string{`{"tokens":"12"}`, `{"tokens":[1.0]}`, `{"tokens":1.0,"name":7}`, `{"tokens":1.0,"name":7.5}`, `{"name":7}`, `{"tokens":1.0`, `{"tokens":1.}`, `[]`, ``} {
		var got measured
		require.Error(t, Unmarshal([]byte(text), &got), text)
	}
	for _, text := range []string{`{"tokens":1.0,"list":null,"parts":null,"byName":null,"size":null}`, `{"tokens":1.0,"list":[],"byName":{},"parts":[ ]}`, `null`, ` {} `} {
		var got measured
		require.NoError(t, Unmarshal([]byte(text), &got), text)
	}
}

// exactNames is true in a build that matches the names of members exactly.
var exactNames = Unmarshal([]byte(`{"Tokens":"x"}`), &counts{}) == nil

func TestUnmarshal_NamesThatDifferInCase(t *testing.T) {
	if !exactNames {
		t.Skip("encoding/json takes a member whose name differs in case only for the known one")
	}
	for _, text := range []string{`{"tokens":7,"Tokens":8}`, `{"TOKENS":"x","tokens":7.0}`, `{"tokens":7,"toKens":{"a":[]}}`} {
		var got counts
		require.NoError(t, Unmarshal([]byte(text), &got), text)
		assert.EqualValues(t, 7, got.Tokens, text)
	}
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

// FuzzUnmarshal checks that whatever json.Unmarshal decodes is decoded to the same value, and that the rewritten text of
// everything else is valid JSON.
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
