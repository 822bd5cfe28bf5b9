package lenient

import (
	"encoding/json"
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
		"no comma":       {`{"a":{}{"b":1}`, []string{`"a"={}`}, false, false},
		"no end":         {`{"a":1`, nil, false, false},
		"no colon":       {`{"a" 1}`, nil, false, false},
		"no object":      {`["a"]`, nil, false, false},
		"nothing":        {``, nil, false, false},
	}
	for name, test := range tests {
		var members []string
		o := NewObject([]byte(test.raw))
		for o.Next() {
			members = append(members, string(o.Key)+"="+string(o.Value))
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

func TestBool(t *testing.T) {
	for value, want := range map[string][2]bool{
		`true`: {true, true}, `false`: {false, true}, `null`: {}, `"true"`: {}, `1`: {}, `True`: {}, ``: {},
	} {
		truth, ok := Bool([]byte(value))
		assert.Equal(t, want, [2]bool{truth, ok}, value)
	}
}

// TestWalks_ValuesEndWithTheirLastByte shows that a caller can append to a value without a change to the rest.
func TestWalks_ValuesEndWithTheirLastByte(t *testing.T) {
	o := NewObject([]byte(`{"a":"x","b":1 ,"c":[2 ,"y" ]}`))
	for o.Next() {
		assert.Len(t, o.Value, cap(o.Value))
	}
	for a := NewArray(o.Value); a.Next(); {
		assert.Len(t, a.Value, cap(a.Value))
	}
}

func TestObject_IsOther(t *testing.T) {
	for name, want := range map[string]bool{
		`followUpId`: false, `FOLLOWUPID`: false, `followup_id`: false, `follow-up-id-`: false, `followUpI`: true,
		`followUpIds`: true, ``: true, `follow up id`: true, `\u0066ollowUpId`: false, `f\u0041`: false,
		`ſollowUpId`: false, `text`: true, "x\x01": false, "x\xff": false, `xö`: true, `Mode`: false, `-mode`: false,
	} {
		o := Object{Key: []byte(`"` + name + `"`), Value: []byte(`1`)}
		assert.Equal(t, want, o.IsOther("followupid", "mode"), name)
		o.Value = []byte(`01`)
		assert.False(t, o.IsOther("followupid", "mode"), name)
	}
}

// FuzzObject verifies that a walk whose keys and values are valid is a walk of a valid object, and the other way round.
func FuzzObject(f *testing.F) {
	for _, seed := range validSeeds {
		f.Add([]byte(seed))
		f.Add([]byte(`{"a" : ` + seed + ` , "b":{"c":1}}`))
	}
	f.Add([]byte(`{"a":"x"{"b":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, valid, last := NewObject(raw), true, map[string]string{}
		for o.Next() {
			name, ok := Text(o.Key)
			valid = valid && ok && Valid(o.Value)
			last[name] = string(o.Value)
		}
		var want map[string]json.RawMessage
		err := json.Unmarshal(raw, &want)
		require.Equal(t, err == nil && want != nil, valid && o.Alone())
		if valid && o.Alone() {
			require.Len(t, last, len(want))
			for name, value := range want {
				require.Equal(t, string(value), last[name])
			}
		}
	})
}
