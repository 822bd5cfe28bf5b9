package lenient

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestObject(t *testing.T) {
	tests := map[string]struct {
		raw          string
		members      []string
		whole, alone bool
	}{
		"empty": {` { } `, nil, true, true},
		"members": {
			`{"a" : 1, "b":[1,"]"] ,"c":{"d":2},"e":"x"}`, []string{`"a"=1`, `"b"=[1,"]"]`, `"c"={"d":2}`, `"e"="x"`},
			true, true,
		},
		"more follows":   {`{"a":null}x`, []string{`"a"=null`}, true, false},
		"comma at end":   {`{"a":1,}`, []string{`"a"=1`}, false, false},
		"comma at start": {`{,"a":1}`, nil, false, false},
		"no end":         {`{"a":1`, nil, false, false},
		"no colon":       {`{"a" 1}`, nil, false, false},
		"no object":      {`["a"]`, nil, false, false},
		"nothing":        {``, nil, false, false},
	}
	for name, test := range tests {
		var members []string
		o := NewObject([]byte(test.raw))
		for o.Next() {
			members = append(members, string(o.Key)+"="+strings.TrimSpace(string(o.Value)))
		}
		assert.Equal(t, test.members, members, name)
		assert.Equal(t, test.whole, o.Whole(), name)
		assert.Equal(t, test.alone, o.Alone(), name)
		assert.False(t, o.Next(), name)
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{
		`"a"`, `"\u00e9\n"`, "\"\xff\xff\"", "\"\x01\"", `""`, `"`, `1`, `null`, `"ö"`, `"\x"`,
		`"\"\\\/\b\f\n\r\t"`, `"ö\n"`,
		"\"\\n\xff\"", "\"\\n\x01\"", `"\n\u0041"`, `"\n\`, `"\ud83d\n"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		whole, end := scanString(value, 0)
		if end != len(value) {
			return // Object found no valid object
		}
		var want *string
		err := json.Unmarshal(value, &want)
		got, ok := Text(whole)
		require.Equal(t, err == nil, ok)
		if ok {
			require.Equal(t, *want, got)
		}
	})
}

func TestText_OtherValues(t *testing.T) {
	for _, value := range []string{``, `1`, `null`, `{}`, `"`} {
		_, ok := Text([]byte(value))
		assert.False(t, ok, value)
	}
}
