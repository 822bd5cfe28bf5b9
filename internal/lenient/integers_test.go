package lenient

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestUnmarshal_NumbersThatAreNoIntegersFillIntegerFields(t *testing.T) {
	var got measured
	require.NoError(t, Unmarshal([]byte(`{"tokens":1e3,"name":"12.0","size": 12.0 ,"small":300,"price":12.5,
		"custom":{"x":12.5,"tokens":1.50},"raw":{"n":1.0},"at":12.5,"byName":{"a":1.0,"b":2},"list":[1.0 , 2.9,-2.9, `+
		`3],"pair":[1e0,2],
		"parts":[{"tokens":7.0,"parts":[{"size":8.0}]},null,{}],"unknown":[1.5,{"tokens":2.5}]}`), &got))
	assert.Equal(t, measured{
		counts: counts{1000}, Name: "12.0", Size: new(int64(12)), Small: 127, Price: 12.5,
		Custom: map[string]any{"x": 12.5, "tokens": 1.5}, Raw: json.RawMessage(`{"n":1.0}`),
		At: parley.Time{Text: "12.5"}, ByName: map[string]int{"a": 1, "b": 2}, List: []int{1, 2, -2, 3},
		Pair:  [2]int{1, 2},
		Parts: []*measured{{counts: counts{7}, Parts: []*measured{{Size: new(int64(8))}}}, nil, {}},
	}, got)
}

// The fields of a struct need no tag. Where two have the same name, the one of the outer struct takes the member.
func TestUnmarshal_FieldsWithoutATag(t *testing.T) {
	type Inner struct {
		Count int     `json:"count"`
		Price int     `json:"price"`
		Ratio float64 `json:"-"`
	}
	var got struct {
		Inner
		Sizes  []int
		Named  Inner
		Price  float64 `json:"price"`
		Cost   float64 `json:"count,omitempty"`
		hidden int
	}
	require.NoError(t, Unmarshal([]byte(`{"Sizes":[1.0,2],"sizes":[3.5],"Named":{"count":5.0,"Ratio":1.5},`+
		`"price":6.5,"count":7.5,"hidden":1.5,"Inner":{"count":1.5}}`), &got))
	want := []int{1, 2}
	if !exactNames {
		want = []int{3}
	}
	assert.Equal(t, want, got.Sizes)
	assert.Equal(t, []int{5, 0, 0}, []int{got.Named.Count, got.Count, got.Inner.Price})
	assert.Equal(t, []float64{6.5, 7.5, 0}, []float64{got.Price, got.Cost, got.Named.Ratio})
	assert.Zero(t, got.hidden)
}

func TestIntegers_DataThatIsNotValidIsNoPanic(t *testing.T) {
	text := `{"tokens":1.0,"list":[1.0,2],"byName":{"a":1e3},"parts":[{"tokens":1},null],"unknown":[{"a":1}]}`
	for i := range len(text) {
		for _, next := range []string{"", "\x00", ":", ",", "]", "}", `"`, "{", "[", "1"} {
			for _, data := range []string{text[:i] + next, text[:i] + next + text[i+1:]} {
				assert.NotPanics(t, func() { integers([]byte(data), new(measured)) }, "%s", data)
			}
		}
	}
}

// A type that holds itself has as many levels as the response. Each level must not be scanned once more for each level
// around it.
func TestUnmarshal_NumbersInDeepValues(t *testing.T) {
	words := `{"parts":[],"name":"` + strings.Repeat("x", 1<<20) + `","tokens":1.0}`
	cost := func(depth int) time.Duration {
		raw := []byte(strings.Repeat(`{"tokens":1,"parts":[`, depth) + words + strings.Repeat(`]}`, depth))
		least := time.Hour
		for range 3 {
			var got measured
			began := time.Now()
			out := integers(raw, &got)
			least = min(least, time.Since(began))
			require.Less(t, len(out), len(raw), "the last number lost its fraction")
		}
		return least
	}
	shallow, deep := cost(10), cost(4_000)
	assert.Less(t, deep, 20*shallow)
}

// Of two fields whose names differ in case, the one whose name is exactly that of the member takes it.
func TestUnmarshal_FieldsThatDifferInCase(t *testing.T) {
	var got struct {
		Large int     `json:"Size"`
		Small float64 `json:"size"`
		Other int     `json:"SIZE"`
	}
	require.NoError(t, Unmarshal([]byte(`{"Size":1.0,"size":2.5,"SIZE":3.0}`), &got))
	assert.Equal(t, []any{1, 2.5, 3}, []any{got.Large, got.Small, got.Other})
	if !exactNames {
		require.NoError(t, Unmarshal([]byte(`{"sIzE":4.0}`), &got))
		assert.Equal(t, 4, got.Large)
	}
}

// The least numbers of a type are not rounded to its limit.
func TestUnmarshal_NumbersWithAnExponentNearTheLimit(t *testing.T) {
	var small []int8
	require.NoError(t, Unmarshal([]byte(`[-126e0,-127e0,-1.28e2,-129e0,126e0,1.27e2,128e0]`), &small))
	assert.Equal(t, []int8{-126, -127, -128, -128, 126, 127, 127}, small)
	var large []int32
	require.NoError(t, Unmarshal([]byte(`[-2.147483647e9,-2.147483648e9,2.147483647e9]`), &large))
	assert.Equal(t, []int32{-2147483647, -2147483648, 2147483647}, large)
}

func TestUnmarshal_EachFormOfANumber(t *testing.T) {
	for text, want := range map[string]int64{
		"12": 12, "12.0": 12, "1e3": 1000, "1E+3": 1000, "12.5e1": 125, "12.9": 12, "-12.9": -12, "-0.0": 0, "0.9": 0,
		"5e-1":               0,
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
	for _, text := range []string{
		`{"tokens":"12"}`, `{"tokens":[1.0]}`, `{"tokens":1.0,"name":7}`, `{"tokens":1.0,"name":7.5}`, `{"name":7}`,
		`{"tokens":1.0`, `{"tokens":1.}`, `[]`, ``,
	} {
		var got measured
		require.Error(t, Unmarshal([]byte(text), &got), text)
	}
	for _, text := range []string{
		`{"tokens":1.0,"list":null,"parts":null,"byName":null,"size":null}`,
		`{"tokens":1.0,"list":[],"byName":{},"parts":[ ]}`, `null`, ` {} `,
	} {
		var got measured
		require.NoError(t, Unmarshal([]byte(text), &got), text)
	}
}
