package lenient

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestArray(t *testing.T) {
	tests := map[string]struct {
		raw      string
		elements []string
		alone    bool
	}{
		"empty": {` [ ] `, nil, true},
		"elements": {
			`[1, "a]" ,[2,"]"],{"b":[3]} , null]`, []string{`1`, `"a]"`, `[2,"]"]`, `{"b":[3]}`, `null`}, true,
		},
		"no comma after a text": {`["a"b]`, []string{`"a"`}, false},
		"no comma":              {`[{}[]`, []string{`{}`}, false},
		"more follows":          {`[1]x`, []string{`1`}, false},
		"comma at end":          {`[1,]`, []string{`1`}, false},
		"comma at start":        {`[,1]`, nil, false},
		"no end":                {`[1`, nil, false},
		"other end":             {`[1}`, []string{`1`}, false},
		"no array":              {`{"a":1}`, nil, false},
		"nothing":               {``, nil, false},
	}
	for name, test := range tests {
		var elements []string
		a := NewArray([]byte(test.raw))
		for a.Next() {
			elements = append(elements, string(a.Value))
		}
		assert.Equal(t, test.elements, elements, name)
		assert.Equal(t, test.alone, a.Alone(), name)
		assert.False(t, a.Next(), name)
	}
}

func FuzzArray(f *testing.F) {
	for _, seed := range validSeeds {
		f.Add([]byte(seed))
		f.Add([]byte("[" + seed + "]"))
		f.Add([]byte("[1 , " + seed + ",[2]]"))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, valid := NewArray(raw), true
		var got []json.RawMessage
		for a.Next() {
			valid = valid && Valid(a.Value)
			got = append(got, a.Value)
		}
		var want []json.RawMessage
		err := json.Unmarshal(raw, &want)
		require.Equal(t, err == nil && want != nil, valid && a.Alone())
		if valid && a.Alone() {
			require.Equal(t, len(want), len(got))
			for i, element := range want {
				require.Equal(t, string(element), string(got[i]))
			}
		}
	})
}
