package syntphony

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/lenient"
)

var plainReplies = []string{
	`{}`, ` { } `,
	`{"sessionCode":"s","text":"a\nb","userInteractionUUID":"u","intent":"i","confidence":0.5,"more":[1]}`,
	`{"sessionCode":null,"text":null,"userInput":null,"answers":null,"context":null,"contextReadOnly" : null ,` +
		`"nlpResponse":null,"intent":null,"confidence":null}`,
	`{"userInput":{"type":"Custom"},"nlpResponse":{"score":1,"entities":[{"position":{"start":4.0}}]}}`,
	`{"answers":[]}`,
	`{"answers":[{}, {"type":"TEXT","content": "a\u00e9" ,"technicalText":null,` +
		`"buttons":[{"name":"b"}],"quickReply":[],"description":"d","interactionId":"i","evaluable":true,` +
		`"masked" : false ,"more":{}}]}`,
	`{"answers":[{"type":null,"content":null,"technicalText":{"a":[1e5]},"buttons":null,` +
		`"quickReply":null,"masked":null}]}`,
	`{"context":{"a":9007199254740993,"b":{"c":[null]}},"contextReadOnly":[1]}`,
	"{\"text\":\"\xff\",\"context\":{\"\xff\":1}}",
}

func TestDecodePlain_UsualForms(t *testing.T) {
	for _, text := range plainReplies {
		requireSame(t, []byte(text), true)
	}
}

// TestDecodePlain_OtherForms shows which forms are left to encoding/json.
func TestDecodePlain_OtherForms(t *testing.T) {
	for _, text := range []string{
		``, `null`, `[]`, `{`, `{}x`, `{"x":1,}`, `{"x":tru}`, `{"text":1}`, `{"Text":"a"}`, `{"session_code":"a"}`,
		`{"NLPResponse":{}}`, `{"t\u0065xt":"a"}`, `{"text":"a","text":"b"}`, `{"context":{},"context":{}}`,
		`{"context":{"a":}}`, `{"userInput":"x"}`, `{"confidence":"x"}`, `{"nlpResponse":[]}`, `{"answers":{}}`,
		`{"answers":[null]}`, `{"answers":["a"]}`, `{"answers":[{"type":1}]}`, `{"answers":[{"Type":"a"}]}`,
		`{"answers":[{"content":tru}]}`, `{"answers":[{"content":1,"content":2}]}`, `{"answers":[{"evaluable":1}]}`,
		`{"answers":[{"buttons":{}}]}`, `{"answers":[{}{}]}`, `{"answers":[{},]}`, `{"answers":[{"x":tru}]}`,
	} {
		w := new(wireReply)
		assert.False(t, w.DecodePlain([]byte(text)), text)
		assert.Equal(t, new(wireReply), w, text)
	}
}

// requireSame requires that encoding/json decodes raw to the same reply, if DecodePlain decodes it.
func requireSame(t *testing.T, raw []byte, plain bool) {
	type fields wireReply // without the method
	var got wireReply
	ok := got.DecodePlain(raw)
	if plain {
		require.True(t, ok, "%s", raw)
	}
	if ok {
		var want fields
		require.NoError(t, lenient.Unmarshal(raw, &want), "%s", raw)
		require.Equal(t, want, fields(got), "%s", raw)
	}
}

func FuzzDecodePlain(f *testing.F) {
	for _, text := range plainReplies {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { requireSame(t, raw, false) })
}
