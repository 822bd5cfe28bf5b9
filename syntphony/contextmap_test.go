package syntphony

import (
	"bytes"
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/lenient"
)

// exactly decodes JSON without changing its numbers.
func exactly(t *testing.T, raw []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	return rational(value)
}

// rational gives equal numbers, such as 1.0, 1 and 1e0, the same form. A number with an absurdly large exponent stays
// as it is written.
func rational(value any) any {
	switch v := value.(type) {
	case json.Number:
		if f, _, err := big.ParseFloat(v.String(), 10, 64, big.ToZero); err == nil && f.MantExp(nil) < 5000 &&
			f.MantExp(nil) > -5000 {
			if r, ok := new(big.Rat).SetString(v.String()); ok {
				return r.RatString()
			}
		}
		return v.String()
	case map[string]any:
		for name, inner := range v {
			v[name] = rational(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = rational(inner)
		}
	}
	return value
}

// Callers expect float64, and get json.Number only where a float64 would change the number.
func TestContext_NumbersAreFloatsUnlessThatChangesThem(t *testing.T) {
	got := objectOf([]byte(`{"short":1.50,"long":12345678901234567890,"zeros":9007199254740993,"exponent":1e30}`))
	require.Equal(t, map[string]any{
		"short": 1.5, "long": json.Number("12345678901234567890"), "zeros": json.Number("9007199254740993"),
		"exponent": json.Number("1e30"),
	}, got)
}

// requireCarried requires that the context that is sent back has the members of raw.
func requireCarried(t *testing.T, raw []byte, object map[string]any) {
	back := carried(raw, object)
	require.Equal(t, object, objectOf(back), "%s became %s", raw, back)
	names := 0
	for o := lenient.NewObject(back); o.Next(); names++ {
	}
	require.Len(t, object, names, "%s became %s", raw, back)
}

func TestCarried(t *testing.T) {
	for raw, want := range map[string]string{
		`{"b":1.50,"a":[ 1 ]}`:             `{"b":1.50,"a":[ 1 ]}`,
		`{}`:                               `{}`,
		`{"a":1,"a":12345678901234567890}`: `{"a":12345678901234567890}`,
		`{"\u0061":1}`:                     `{"a":1}`,
		"{\"\xff\":1}":                     "{\"\ufffd\":1}",
		"{\"a\":\"\xff\",\"b\":12345678901234567890}": "{\"a\":\"\ufffd\",\"b\":12345678901234567890}",
	} {
		assert.Equal(t, want, string(carried([]byte(raw), objectOf([]byte(raw)))))
	}
}

func TestObjectOf_LeavesTheRestToEncodingJSON(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 1_000) + `1` + strings.Repeat(`}`, 1_000)
	for _, raw := range []string{
		deep, `{"a":1e5}`, `{"a":[1.2345678901234567]}`, `{"a":tru}`, `{"a":}`, `{"a":1,}`, `{"a":[1,]}`,
		"{\"\x01\":1}", `{"a":01}`, `{"a":.5}`, `{"a":-}`, `{"a":NaN}`, `{"a":0x1p-2}`, `{"a":1_0}`,
	} {
		_, ok := lenient.Any([]byte(raw), shortNumber)
		assert.False(t, ok, raw)
	}
	assert.NotNil(t, objectOf([]byte(deep)))
}

// A context goes from a reply through the caller's hands and back to the server. No number in it may change on this
// way.
func FuzzContext(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":-0.5,"c":9007199254740993,"d":[1e3,0.1],"e":{"f":0.30000000000000004}}`,
		`{"a":"25e4-text","b":123456789012345678901234567890}`,
		`{"a":1.10,"b":1E-7,"c":-0,"d":100000000000000000000000}`,
		`{"a":"x","b":[null,true,{"c":{}}],"d":"\u00e9"}`, `{"a":1,"a":{"b":2},"\u0061":-0}`,
		`{"a":1e-400,"b":1e400,"c":12345678901234e-5}`, `{}`, `[]`, `null`, ` {"a":1}`, `{"a":1`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if plain, ok := lenient.Any(raw, shortNumber); ok && raw[0] == '{' {
			var want any
			require.NoError(t, json.Unmarshal(raw, &want))
			require.Equal(t, want, plain)
		}
		object := objectOf(raw)
		if object == nil {
			return
		}
		again, err := json.Marshal(object)
		require.NoError(t, err)
		if !json.Valid(raw) { // a decoder stops after the first value
			return
		}
		requireCarried(t, raw, object)
		want, got := exactly(t, raw), exactly(t, again)
		require.True(t, reflect.DeepEqual(want, got), "%s became %s", raw, again)
	})
}
