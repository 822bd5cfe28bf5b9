package aisera

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var plainReplies = []string{
	`{}`, ` { } `,
	`{"modeType":"Normal","answers":[{"text":"a"},{"text":"b\n\u00e9","score":0.5}],"followUpId":"f","reqId":"r"}`,
	`{"modeType":null,"answers":null,"followUpId":null,"reqId" : null }`, `{"answers":[]}`, `{"answers":[{}]}`,
	`{"answers":[{"text":null},{"text":"a","text":"b"},{"text":"a","text":null}]}`, `{"score":1e400,"x":[{"y":"z"}]}`,
	`{"data":{"modeType":"Normal","answers":[{"text":"a"}],"x":{}},"header":{"reqId":"r","followUpId":"f"},"type":"x"}`,
	`{"reqId":"top","data":{"reqId":"data"},"header":{"reqId":"header","answers":[]}}`, "{\"reqId\":\"\xff\"}",
}

func TestDecodePlain_UsualForms(t *testing.T) {
	for _, text := range plainReplies {
		requireSame(t, []byte(text), true)
	}
}

// TestDecodePlain_OtherForms shows which forms are left to the tolerant types.
func TestDecodePlain_OtherForms(t *testing.T) {
	for _, text := range []string{
		``, `null`, `[]`, `{`, `{}x`, `{"x":1,}`, `{"x":tru}`, `{"modeType":1}`, `{"reqId":7}`, `{"followUpId":[1]}`,
		`{"MODETYPE":"x"}`, `{"followupId":"x"}`, `{"followup_id":"x"}`, `{"req\u0049d":"x"}`, `{"answers":"a"}`,
		`{"answers":{"text":"a"}}`, `{"answers":["a"]}`, `{"answers":[null]}`, `{"answers":[{"text":1}]}`,
		`{"answers":[{"Text":"a"}]}`, `{"answers":[{"text":"a","x":tru}]}`, `{"answers":[{"text":"a"},]}`,
		`{"answers":[{"text":"a"}{"text":"b"}]}`, `{"error":"no"}`, `{"errors":[]}`, `{"Error":null}`, `{"data":null}`,
		`{"data":"x"}`, `{"data":{"data":{}}}`, `{"data":{"error":"x"}}`, `{"data":{},"data":{}}`, `{"header":[]}`,
		`{"reqId":"a","reqId":"b"}`, `{"answers":[],"answers":null}`, `{"modeType":"a","modeType":"a"}`,
		`{"followUpId":"a","followUpId":"b"}`,
	} {
		_, ok := decodePlain([]byte(text))
		assert.False(t, ok, text)
	}
}

// requireSame requires that the tolerant types decode raw to the same reply, if decodePlain decodes it.
func requireSame(t *testing.T, raw []byte, plain bool) {
	got, ok := decodePlain(raw)
	if plain {
		require.True(t, ok, "%s", raw)
	}
	if !ok {
		return
	}
	want, err := decodeTolerantly(raw)
	require.NoError(t, err, "%s", raw)
	require.Equal(t, want, got, "%s", raw)
}

func FuzzDecodePlain(f *testing.F) {
	for _, text := range plainReplies {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { requireSame(t, raw, false) })
}
