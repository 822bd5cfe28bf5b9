package syntphony

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/lenient"
)

// replies are replies in the form in which the vendor's pages show them, and others.
var replies = []string{
	`{"sessionCode":"s","text":"a\nb","userInteractionUUID":"u","intent":"i","confidence":0.5,"more":[1]}`,
	`{"sessionCode":null,"text":null,"userInput":null,"answers":null,"context":null,"contextReadOnly" : null ,` +
		`"nlpResponse":null,"intent":null,"confidence":null}`,
	`{"userInput":{"type":"Custom"},"nlpResponse":{"score":1,"entities":[{"position":{"start":4.0}}]}}`,
	`{"answers":[{}, {"type":"TEXT","content": "a\u00e9" ,"technicalText":null,` +
		`"buttons":[{"name":"b"}],"quickReply":[],"description":"d","interactionId":"i","evaluable":true,` +
		`"masked" : false ,"more":{}}]}`,
	`{"answers":[{"type":null,"content":null,"technicalText":{"a":[1e5]},"buttons":null,` +
		`"quickReply":null,"masked":null}]}`,
	`{"context":{"a":9007199254740993,"b":{"c":[null]}},"contextReadOnly":[1]}`,
	`{"text":1}`, `{"Text":"a"}`, `{"session_code":"a"}`, `{"text":"a","text":"b"}`, `{"context":{},"context":{}}`,
	`{"context":{"a":}}`, `{"userInput":"x"}`, `{"nlpResponse":[]}`, `{"answers":{}}`, `{"answers":[null]}`,
	`{"answers":[{"content":tru}]}`, `{"answers":[{"evaluable":1}]}`, `{"answers":[{"buttons":{}}]}`,
	"{\"text\":\"\xff\",\"context\":{\"\xff\":1}}",
}

// FuzzReply verifies that the decoder of the client decodes a reply as encoding/json does.
func FuzzReply(f *testing.F) {
	for _, text := range replies {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d lenient.Decoder
		var got, want wireReply
		require.Equal(t, lenient.Unmarshal(raw, &want), d.Unmarshal(raw, &got), "%s", raw)
		require.Equal(t, want, got, "%s", raw)
	})
}
