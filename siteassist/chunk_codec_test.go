package siteassist

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

// protocol has every row of the protocol table, with all its members.
var protocol = []struct {
	raw  string
	want Chunk
}{
	{
		`{"type":"start","messageId":"m1","messageMetadata":{"a":1}}`,
		&StartChunk{MessageID: "m1", MessageMetadata: json.RawMessage(`{"a":1}`)},
	},
	{`{"type":"start-step"}`, &StartStepChunk{}},
	{`{"type":"finish-step"}`, &FinishStepChunk{}},
	{`{"type":"abort"}`, &AbortChunk{}},
	{`{"type":"text-start","id":"t"}`, &TextStartChunk{ID: "t"}},
	{`{"type":"text-delta","id":"t","delta":"Hi"}`, &TextDeltaChunk{ID: "t", Delta: "Hi"}},
	{`{"type":"text-delta","id":"t","delta":"","providerMetadata":{"x":{}}}`,
		&TextDeltaChunk{ID: "t", ProviderMetadata: json.RawMessage(`{"x":{}}`)}},
	{`{"type":"text-end","id":"t"}`, &TextEndChunk{ID: "t"}},
	{`{"type":"reasoning-start","id":"r"}`, &ReasoningStartChunk{ID: "r"}},
	{`{"type":"reasoning-delta","id":"r","delta":"hm"}`, &ReasoningDeltaChunk{ID: "r", Delta: "hm"}},
	{`{"type":"reasoning-end","id":"r"}`, &ReasoningEndChunk{ID: "r"}},
	{`{"type":"tool-input-start","toolCallId":"c","toolName":"n","providerExecuted":true,"dynamic":true}`,
		&ToolInputStartChunk{ToolCallID: "c", ToolName: "n", ProviderExecuted: true, Dynamic: true}},
	{
		`{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"{\"a"}`,
		&ToolInputDeltaChunk{ToolCallID: "c", InputTextDelta: `{"a`},
	},
	{`{"type":"tool-input-available","toolCallId":"c","toolName":"n","input":{"a":1}}`,
		&ToolInputAvailableChunk{ToolCallID: "c", ToolName: "n", Input: json.RawMessage(`{"a":1}`)}},
	{`{"type":"tool-input-error","toolCallId":"c","toolName":"n","input":null,"errorText":"no"}`,
		&ToolInputErrorChunk{ToolCallID: "c", ToolName: "n", Input: json.RawMessage(`null`), ErrorText: "no"}},
	{`{"type":"tool-output-available","toolCallId":"c","output":[1],"preliminary":true}`,
		&ToolOutputAvailableChunk{ToolCallID: "c", Output: json.RawMessage(`[1]`), Preliminary: true}},
	{
		`{"type":"tool-output-error","toolCallId":"c","errorText":"no"}`,
		&ToolOutputErrorChunk{ToolCallID: "c", ErrorText: "no"},
	},
	{`{"type":"source-url","sourceId":"s","url":"https://example.com","title":"T"}`,
		&SourceURLChunk{SourceID: "s", URL: "https://example.com", Title: "T"}},
	{`{"type":"source-document","sourceId":"s","mediaType":"text/plain","title":"T","filename":"f"}`,
		&SourceDocumentChunk{SourceID: "s", MediaType: "text/plain", Title: "T", Filename: "f"}},
	{`{"type":"file","url":"data:,x","mediaType":"text/plain"}`, &FileChunk{URL: "data:,x", MediaType: "text/plain"}},
	{`{"type":"data-weather","id":"d","data":{"t":20},"transient":true}`,
		&DataChunk{Name: "weather", ID: "d", Data: json.RawMessage(`{"t":20}`), Transient: true}},
	{`{"type":"message-metadata","messageMetadata":1}`, &MessageMetadataChunk{MessageMetadata: json.RawMessage(`1`)}},
	{`{"type":"finish","finishReason":"stop","messageMetadata":"x"}`,
		&FinishChunk{FinishReason: FinishReasonStop, MessageMetadata: json.RawMessage(`"x"`)}},
	{`{"type":"error","errorText":"no"}`, &ErrorChunk{ErrorText: "no"}},
	{`{"type":"later"}`, &UnknownChunk{Type: "later"}},
}

func TestDecodeChunk_EveryTypeOfTheProtocol(t *testing.T) {
	for _, row := range protocol {
		got, err := DecodeChunk([]byte(row.raw))
		require.NoError(t, err, row.raw)
		assert.Equal(t, row.raw, string(*got.kept()), "the bytes are kept")

		made, err := json.Marshal(row.want)
		require.NoError(t, err)
		assert.JSONEq(t, strings.Replace(row.raw, `,"input":null`, `,"input":null`, 1), string(made),
			"encoded from its fields")

		*row.want.kept() = parley.Raw(row.raw)
		assert.Equal(t, row.want, got)
		*row.want.kept() = nil
	}
}

func TestDecodeChunk_LosslessWithUnknownMembers(t *testing.T) {
	for _, row := range protocol {
		raw := strings.TrimSuffix(row.raw, "}") + `,"later":{"deep":[1.0,"<é>"]},"type2":null}`
		chunk, err := DecodeChunk([]byte(raw))
		require.NoError(t, err, raw)
		encoded, err := chunk.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, raw, string(encoded))

		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		require.NoError(t, encoder.Encode([]Chunk{chunk}))
		assert.Equal(t, "["+raw+"]\n", out.String())
	}
}

func TestDecodeChunk_CopiesItsInput(t *testing.T) {
	for _, row := range protocol {
		data := []byte(row.raw)
		chunk, err := DecodeChunk(data)
		require.NoError(t, err)
		before := fmt.Sprintf("%#v", chunk)
		clear(data)
		assert.Equal(t, before, fmt.Sprintf("%#v", chunk), row.raw)
	}
}

func TestDecodeChunk_RawGoesBeforeFields(t *testing.T) {
	chunk := TextDeltaChunk{
		ID: "1", Delta: "new", Received: Received{parley.Raw(`{"type":"text-delta","id":"1","delta":"old"}`)},
	}
	kept, err := json.Marshal(chunk)
	require.NoError(t, err)
	assert.Contains(t, string(kept), "old")
	chunk.Raw = nil
	made, err := json.Marshal(chunk)
	require.NoError(t, err)
	assert.Equal(t, `{"type":"text-delta","id":"1","delta":"new"}`, string(made))
}

func TestChunk_ThatCannotBeEncoded(t *testing.T) {
	_, err := json.Marshal(&DataChunk{Name: "x", Data: json.RawMessage(`{`)})
	assert.Error(t, err)
}

func TestDecodeChunk_Errors(t *testing.T) {
	for _, data := range []string{``, `null`, `[]`, `{}`, `{"type":1}`, `{"type":"x"`, `{"type":"later","a":}`,
		`{"type":"text-delta"}`, `{"type":"text-delta","delta":1}`, `{"type":"text-delta","delta":"x"}}`,
		`{"type":"text-delta","delta":"x",}`, `{"type":"\x","type":"text-delta","delta":"x"}`} {
		chunk, err := DecodeChunk([]byte(data))
		assert.ErrorIs(t, err, ErrDecode, data)
		assert.Nil(t, chunk, data)
	}
}

func FuzzDecodeChunk(f *testing.F) {
	for _, row := range protocol {
		f.Add([]byte(row.raw))
	}
	f.Add([]byte(`{"type":"text-delta","ID":"a","delta":"\u00e9","delta":null}`))
	f.Add([]byte("{\"type\":\"text-delta\",\"id\":\"\xff\",\"delta\":\"\\ud800\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		chunk, err := DecodeChunk(data)
		if err != nil {
			require.ErrorIs(t, err, ErrDecode)
			return
		}
		require.True(t, json.Valid(data), "%q is no JSON", data)
		encoded, err := chunk.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(data), string(encoded))
		again, err := DecodeChunk(encoded)
		require.NoError(t, err)
		require.Equal(t, chunk, again)
	})
}
