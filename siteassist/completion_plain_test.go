package siteassist

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/lenient"
)

var plainCompletions = []string{
	completionJSON, `{}`, `{"steps":[]}`, `{"steps":[{}],"id":"x","response":{"messages":[1]}}`,
	`{"steps" : [ {"content" : [ {"type" : "text" , "text" : "a\n\u00e9" , "providerMetadata":{}} ] , "later":1 } ] }`,
	`{"steps":[{"content":[]},{"content":[{"type":"tool-call","toolName":"t"},{"type":"x","text":"y"}],` +
		`"finishReason":"tool-calls","usage":{"inputTokens":-1,"outputTokens":0,"totalTokens" : 123456789012345 ,` +
		`"reasoningTokens":3,"cachedInputTokens":4,"cost":0.5}}]}`,
	"{\"steps\":[{\"content\":[{\"type\":\"text\",\"text\":\"\xff\"}],\"finishReason\":\"stop\"}]}",
}

func TestDecodePlainCompletion_UsualForms(t *testing.T) {
	for _, body := range plainCompletions {
		requireSameCompletion(t, []byte(body), true)
	}
}

// TestDecodePlainCompletion_OtherForms shows which forms are left to encoding/json.
func TestDecodePlainCompletion_OtherForms(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `{`, `{}x`, `{"x":1,}`, `{"x":tru}`, `{"steps":null}`, `{"Steps":[]}`,
		`{"steps":[],"steps":[]}`, `{"steps":{}}`, `{"steps":[{}{}]}`, `{"steps":[null]}`, `{"steps":[5]}`,
		`{"steps":[{"content":null}]}`, `{"steps":[{"content":"a"}]}`, `{"steps":[{"content":[],"content":[]}]}`,
		`{"steps":[{"Content":[]}]}`, `{"steps":[{"content":[5]}]}`, `{"steps":[{"content":[{}]}]}`,
		`{"steps":[{"content":[{"text":"a"}]}]}`, `{"steps":[{"content":[{"type":"text"}]}]}`,
		`{"steps":[{"content":[{"type":"text","text":null}]}]}`, `{"steps":[{"content":[{"type":1}]}]}`,
		`{"steps":[{"content":[{"type":"a","type":"b"}]}]}`,
		`{"steps":[{"content":[{"type":"text","text":"a","text":"b"}]}]}`,
		`{"steps":[{"content":[{"type":"a","x":tru}]}]}`, `{"steps":[{"content":[{"type":"a"}{"type":"b"}]}]}`,
		`{"steps":[{"finishReason":null}]}`, `{"steps":[{"finishReason":"a","finishReason":"b"}]}`,
		`{"steps":[{"usage":null}]}`, `{"steps":[{"usage":"x"}]}`, `{"steps":[{"usage":{},"usage":{}}]}`,
		`{"steps":[{"usage":{"inputTokens":1.0}}]}`, `{"steps":[{"usage":{"inputTokens":"1"}}]}`,
		`{"steps":[{"usage":{"inputTokens":01}}]}`, `{"steps":[{"usage":{"inputTokens":1234567890123456}}]}`,
		`{"steps":[{"usage":{"inputTokens":1,"inputTokens":2}}]}`, `{"steps":[{"usage":{"InputTokens":1}}]}`,
		`{"steps":[{"usage":{"x":tru}}]}`, `{"steps":[{"usage":{"inputTokens":1e3}}]}`,
	} {
		assert.Nil(t, decodePlainCompletion([]byte(body)), body)
	}
}

// requireSameCompletion requires that encoding/json decodes body to the same answer, if decodePlainCompletion does.
func requireSameCompletion(t *testing.T, body []byte, plain bool) {
	got := decodePlainCompletion(body)
	if plain {
		require.NotNil(t, got, "%s", body)
	}
	if got != nil {
		want := new(Completion)
		require.NoError(t, lenient.Unmarshal(body, want), "%s", body)
		require.Equal(t, want, got, "%s", body)
	}
}

func FuzzDecodePlainCompletion(f *testing.F) {
	for _, body := range plainCompletions {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) { requireSameCompletion(t, body, false) })
}
