package syntphony

import (
	"bytes"
	"encoding/json"
	"math/big"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
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

// A context goes from a reply through the caller's hands and back to the server. No number in it may change on this
// way.
func FuzzContext(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":-0.5,"c":9007199254740993,"d":[1e3,0.1],"e":{"f":0.30000000000000004}}`,
		`{"a":"25e4-text","b":123456789012345678901234567890}`,
		`{"a":1.10,"b":1E-7,"c":-0,"d":100000000000000000000000}`,
		`{"a":1e-400,"b":1e400,"c":12345678901234e-5}`, `{}`, `[]`, `null`, ` {"a":1}`, `{"a":1`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		object := objectOf(raw)
		if object == nil {
			return
		}
		again, err := json.Marshal(object)
		require.NoError(t, err)
		if !json.Valid(raw) { // a decoder stops after the first value
			return
		}
		want, got := exactly(t, raw), exactly(t, again)
		require.True(t, reflect.DeepEqual(want, got), "%s became %s", raw, again)
	})
}
