package lenient

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestType(t *testing.T) {
	tests := map[string]struct {
		raw, want string
		ok        bool
	}{
		"first":            {`{"type":"a","id":1}`, "a", true},
		"last":             {`{"id":1,"x":[{"type":"b"}],"type":"a"}`, "a", true},
		"alone":            {`{"type":"a"}`, "a", true},
		"spaces":           {" {\n\t\"type\" : \"a\" ,\r\"id\" : 1 } ", "a", true},
		"empty":            {`{"type":""}`, "", true},
		"nested only":      {`{"data":{"type":"b"}}`, "", false},
		"nested and own":   {`{"data":{"type":"b","x":"}"},"type":"a","tail":[1,[2],{}]}`, "a", true},
		"in a string":      {`{"data":"\"type\":\"b\"","type":"a"}`, "a", true},
		"duplicate":        {`{"type":"b","type":"a"}`, "a", true},
		"then no string":   {`{"type":"b","type":1}`, "", false},
		"first no string":  {`{"type":null,"type":"a"}`, "a", true},
		"escaped value":    {`{"type":"\u0061\n\\"}`, "a\n\\", true},
		"escaped name":     {`{"t\u0079pe":"a"}`, "a", true},
		"other case":       {`{"Type":"b"}`, "", false},
		"backslashes":      {`{"x":"\\","y":"\\\"","type":"a"}`, "a", true},
		"literals":         {`{"a":true,"b":null,"c":-1.5e3,"type":"a"}`, "a", true},
		"invalid UTF-8":    {"{\"type\":\"\xff\"}", "\ufffd", true},
		"number":           {`{"type":1}`, "", false},
		"object":           {`{"type":{"type":"b"}}`, "", false},
		"no member":        {`{}`, "", false},
		"array":            {`[{"type":"b"}]`, "", false},
		"string":           {`"type"`, "", false},
		"null":             {`null`, "", false},
		"nothing":          {``, "", false},
		"no JSON":          {`[DONE]`, "", false},
		"cut in a string":  {`{"type":"b`, "", false},
		"cut behind":       {`{"type":"b"`, "", false},
		"cut before colon": {`{"type"`, "", false},
		"cut in an escape": {`{"type":"b\`, "", false},
		"cut in an object": {`{"x":{"y":`, "", false},
		"cut inner string": {`{"x":["y`, "", false},
		"no comma":         {`{"type":"b" "x":1}`, "", false},
		"bad escape":       {`{"type":"\x"}`, "", false},
		"wrong closing":    {`{"x":]`, "", false},
	}
	for name, test := range tests {
		got, ok := Type([]byte(test.raw))
		assert.Equal(t, test.ok, ok, name)
		if ok {
			assert.Equal(t, test.want, string(got), name)
		}
	}
}

func TestType_AllocatesNothing(t *testing.T) {
	raw := []byte(`{"id":"msg_1","providerMetadata":{"openai":{"itemId":"a\"b"}},"type":"text-delta","delta":"Hello"}`)
	known := 0
	allocs := testing.AllocsPerRun(100, func() {
		typ, _ := Type(raw)
		switch string(typ) {
		case "text-delta":
			known++
		}
	})
	assert.Zero(t, allocs)
	assert.Equal(t, 101, known)
}

func FuzzType(f *testing.F) {
	for _, seed := range []string{
		`{"type":"a"}`, `{"t\u0079pe":"\"","x":{"type":[1,"}"]}}`, `{"type":"a","type":null}`, ` [ ] `, `{"":"\\\\"}`,
		"{\"type\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, ok := Type(raw)
		if !json.Valid(raw) {
			return // the call only has to return
		}
		var members map[string]json.RawMessage
		var want *string
		if json.Unmarshal(raw, &members) == nil && members["type"] != nil &&
			json.Unmarshal(members["type"], &want) != nil {
			want = nil
		}
		require.Equal(t, want != nil, ok)
		if ok {
			require.Equal(t, *want, string(got))
		}
	})
}

func BenchmarkType(b *testing.B) {
	raw := []byte(`{"type":"text-delta","id":"msg_68c276dd2b3481a2bb6da153039cf9cd093857e78e8e8f18","delta":"Hello "}`)
	for b.Loop() {
		if _, ok := Type(raw); !ok {
			b.Fatal()
		}
	}
}
