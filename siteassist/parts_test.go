package siteassist

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const partsJSON = `[{"type":"text","text":"See "},{"type":"step-start"},` +
	`{"type":"tool-action_display-link","state":"output-available","output":{"buttonLabel":"Open",` +
	`"href":"https://example.com"},"x":1},` +
	`{"type":"text","text":"[1].","state":"done"},{"type":"text","text":5}]`

func TestParts(t *testing.T) {
	var message Message
	require.NoError(t, json.Unmarshal([]byte(`{"parts":`+partsJSON+`}`), &message))
	assert.Equal(t, "See [1].", message.Text())

	parts, err := message.Parts.Decode()
	require.NoError(t, err)
	require.Len(t, parts, 5)
	assert.Equal(t, "See ", parts[0].(*TextPart).Text)
	assert.Equal(t, "step-start", parts[1].(*UnknownPart).Type)
	tool := parts[2].(*ToolPart)
	assert.Equal(t, "action_display-link", tool.Name)
	assert.Equal(t, "output-available", tool.State)
	assert.JSONEq(t, `{"buttonLabel":"Open","href":"https://example.com"}`, string(tool.Output))
	assert.Equal(t, "text", parts[4].(*UnknownPart).Type, "a text that is none")

	again, err := json.Marshal(parts)
	require.NoError(t, err)
	assert.Equal(t, partsJSON, string(again), "unknown members included")
}

func TestParts_NoneOrNull(t *testing.T) {
	for _, raw := range []string{`{}`, `{"parts":null}`, `{"parts":[]}`, `{"parts":[null,1,"x",{}]}`} {
		var message Message
		require.NoError(t, json.Unmarshal([]byte(raw), &message))
		assert.Empty(t, message.Text())
	}
}

func TestParts_DecodeNamesWhatIsNoPart(t *testing.T) {
	_, err := Parts{json.RawMessage(`{"type":"text","text":"a"}`), json.RawMessage(`null`)}.Decode()
	assert.ErrorIs(t, err, ErrDecode)
	assert.ErrorContains(t, err, "part 1: ")
	_, err = DecodePart([]byte(`{"type":"text"`))
	assert.ErrorIs(t, err, ErrDecode)
}

func TestPart_EncodesItsFields(t *testing.T) {
	for want, part := range map[string]Part{
		`{"type":"text","text":"a"}`:                  &TextPart{Text: "a"},
		`{"type":"tool-x","state":"input-available"}`: &ToolPart{Name: "x", State: "input-available"},
		`{"type":"tool-x","output":[1]}`:              &ToolPart{Name: "x", Output: json.RawMessage(`[1]`)},
		`{"type":"later"}`:                            &UnknownPart{Type: "later"},
	} {
		got, err := json.Marshal(part)
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
}

func FuzzDecodePart(f *testing.F) {
	var seeds []json.RawMessage
	_ = json.Unmarshal([]byte(partsJSON), &seeds)
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = Parts{data}.Text()
		part, err := DecodePart(data)
		if err != nil {
			require.ErrorIs(t, err, ErrDecode)
			return
		}
		encoded, err := part.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(data), string(encoded))
		again, err := DecodePart(encoded)
		require.NoError(t, err)
		require.Equal(t, part, again)
	})
}
