package siteassist

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/lenient"
)

func TestPlainDecoder_UsualForms(t *testing.T) {
	for _, text := range []string{
		`{"type":"start","messageId":"m","messageMetadata":null}`, ` { "type" : "start-step" } `,
		`{"type":"finish-step"}`, `{"type":"text-start","id":"t","providerMetadata":{"x":{"id":"\u0041"}}}`,
		`{"type":"text-delta","id":"t","delta":"a\n\"b\" ö","providerMetadata": [ 1.50 ] }`,
		`{"type":"text-delta","delta":""}`, `{"type":"text-end","id":"\ud83d\ude00"}`,
		`{"type":"reasoning-start","id":"r"}`, `{"type":"reasoning-delta","id":"r","delta":"\ud83d"}`,
		`{"type":"reasoning-end","id":"r"}`,
		`{"type":"tool-input-start","toolCallId":"c","toolName":"n","providerExecuted":true ,"dynamic":false}`,
		`{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"{\"a"}`,
		`{"type":"tool-input-available","toolCallId":"c","toolName":"n","input":{"a":1e400},"providerMetadata":1,` +
			`"providerExecuted":false,"dynamic":true}`,
		`{"type":"tool-output-available","toolCallId":"c","output":"x" ,"preliminary":true,"dynamic":true}`,
		`{"type":"source-url","sourceId":"s","url":"u","title":"T","providerMetadata":{}}`,
		`{"type":"data-x","id":"d","data":[],"transient":true}`, `{"type":"data-","data":null}`,
		`{"type":"finish","finishReason":"stop","messageMetadata":{"usage":{}}}`, `{"type":"finish"}`,
		`{"type":"text-delta","delta":"a","delta":"b"}`, `{"type":"tool-input-available","input":1,"input":2}`,
	} {
		typ, chunk := new(plainDecoder).decode([]byte(text))
		require.NotNil(t, chunk, text)
		requireSame(t, typ, []byte(text), chunk)
	}
}

// requireSame requires that the decoder for any form decodes data to the same chunk.
func requireSame(t *testing.T, typ, data []byte, chunk Chunk) {
	found, ok := lenient.Type(data)
	require.True(t, ok, "%s", data)
	require.Equal(t, string(found), string(typ))
	want, err := decodeChunk(found, data)
	require.NoError(t, err, "%s", data)
	require.Equal(t, want, chunk, "%s", data)
}

// TestPlainDecoder_OtherForms shows which forms are left to encoding/json.
func TestPlainDecoder_OtherForms(t *testing.T) {
	for _, text := range []string{
		``, `null`, `{}`, `[]`, `{"type":}`, `{"type":1}`, `{"type":12}`, `{"type":null,"type":"finish"}`,
		`{"id":"t","type":"text-end"}`,
		`{"type":"finish"`, `{"type":"finish"}x`, `{"type":"finish",}`, `{"type":"finish","type":"start"}`,
		`{"type":"error","errorText":"no"}`, `{"type":"abort"}`, `{"type":"later"}`, `{"type":"data-\u0041","data":1}`,
		"{\"type\":\"data-\xff\",\"data\":1}", `{"type":"text-delta"}`, `{"type":"text-delta","id":"t"}`,
		`{"type":"text-delta","delta":null}`, `{"type":"text-delta","delta":1}`, `{"type":"text-delta","Delta":"x"}`,
		`{"type":"text-delta","delta":"x","more":1}`, `{"type":"text-delta","delta":"\x"}`,
		`{"type":"text-delta","id":1,"delta":"x"}`, `{"type":"text-start","delta":"x"}`,
		`{"type":"text-start","providerMetadata":{1}}`, `{"type":"text-start","providerMetadata":1 2}`,
		`{"type":"tool-input-start","dynamic":1}`, `{"type":"tool-input-start","dynamic":"true"}`,
		`{"type":"tool-input-delta","toolName":"n"}`, `{"type":"tool-input-delta","dynamic":true}`,
		`{"type":"tool-output-available","toolName":"n"}`, `{"type":"start-step","x":"y"}`,
		`{"type":"finish-step","x":"y"}`, `{"type":"start","x":"y"}`, `{"type":"finish","x":"y"}`,
		`{"type":"source-url","x":"y"}`, `{"type":"data-x","x":"y"}`,
	} {
		_, chunk := new(plainDecoder).decode([]byte(text))
		assert.Nil(t, chunk, text)
	}
}

func TestPlainDecoder_SharesTheID(t *testing.T) {
	var d plainDecoder
	for _, id := range []string{`a`, `a`, `b`, ``, `b`, `\n`, `b`, `\\`, `\n`} {
		_, chunk := d.decode([]byte(`{"type":"text-end","id":"` + id + `"}`))
		var want string
		require.NoError(t, json.Unmarshal([]byte(`"`+id+`"`), &want))
		require.Equal(t, want, chunk.(*TextEndChunk).ID)
	}
	_, chunk := d.decode([]byte("{\"type\":\"text-end\",\"id\":\"\\n\\n\xff\"}")) // its text has the same length
	require.Equal(t, "\n\n\ufffd", chunk.(*TextEndChunk).ID)
	_, chunk = d.decode([]byte("{\"type\":\"text-end\",\"id\":\"\n\n\ufffd\"}"))
	require.Nil(t, chunk, "a text with a line end is not valid JSON")
	data := []byte(`{"type":"text-delta","id":"msg_1","delta":"Hello"}`)
	d.decode(data)
	got := testing.AllocsPerRun(100, func() { d.decode(data) })
	assert.LessOrEqual(t, got, 3.0, "the chunk, its Raw and its text")
}

func TestPlainDecoder_KeepsItsOwnBytes(t *testing.T) {
	data := []byte(`{"type":"data-x","id":"d","data":[1,2]}`)
	_, chunk := new(plainDecoder).decode(data)
	copy(data, bytes.Repeat([]byte("-"), len(data)))
	got := chunk.(*DataChunk)
	got.Data = append(got.Data, "3"...)
	assert.Equal(t, &DataChunk{
		Name: "x", ID: "d", Data: json.RawMessage(`[1,2]3`),
		Received: Received{[]byte(`{"type":"data-x","id":"d","data":[1,2]}`)},
	}, got)
}

// FuzzPlainDecoder verifies that a chunk that the fast decoder accepts is the one that encoding/json decodes.
func FuzzPlainDecoder(f *testing.F) {
	for _, row := range protocol {
		f.Add([]byte(row.raw))
	}
	f.Add([]byte("{\"type\":\"text-delta\",\"id\":\"\xff\",\"delta\":\"\\ud800\\n\"}"))
	f.Add([]byte(`{"type":"tool-output-available","output": {"a":[1e5,"\u00e9",null]} ,"preliminary":true }`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if typ, chunk := new(plainDecoder).decode(data); chunk != nil {
			requireSame(t, typ, data, chunk)
		}
	})
}
