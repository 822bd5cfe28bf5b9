package lenient

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAny_DecodesAsEncodingJSONDoes(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `[ ]`, `{ } `, `"a\n\u00e9"`, `null`, `true`, `false`, `-0.5e1`, `7`, `[1,[2,[]],{"a":{"b":null}}]`,
		`{"a" : [ true , false ] , "b":"]}" }`, `{"a":1,"a":{"b":2},"\u0061":[3]}`, "{\"\xff\":\"\xff\"}",
		`[""]`, `{"":{}}`,
	} {
		var want any
		require.NoError(t, json.Unmarshal([]byte(text), &want), text)
		got, ok := Any([]byte(text), Number)
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
}

// Each text is cut at each byte, and each byte is replaced.
func TestAny_RefusesWhatIsNotValid(t *testing.T) {
	const text = `{"a":[1,true,null,{"b":"c\n"},[],{}],"d":-1.5e3,"e":false}`
	for i := range len(text) {
		for _, next := range []string{"", "\x00", ":", ",", "]", "}", `"`, "{", "[", "1", "n", " ", `\`} {
			for _, data := range []string{text[:i] + next, text[:i] + next + text[i:], text[:i] + next + text[i+1:]} {
				got, ok := Any([]byte(data), Number)
				require.Equal(t, json.Valid([]byte(data)), ok, data)
				var want any
				if ok {
					require.NoError(t, json.Unmarshal([]byte(data), &want))
				}
				require.Equal(t, want, got, data)
			}
		}
	}
	_, ok := Any([]byte(`[1]`), func([]byte) (any, bool) { return nil, false })
	assert.False(t, ok)
}

// Each level must not be scanned once more for each level around it.
func TestAny_DeepValuesCostNoMore(t *testing.T) {
	words := `"` + strings.Repeat(`\"`, 1<<19) + `"`
	cost := func(depth int) time.Duration {
		raw := []byte(strings.Repeat(`{"a":`, depth) + words + strings.Repeat(`}`, depth))
		least := time.Hour
		for range 5 {
			began := time.Now()
			_, ok := Any(raw, Number)
			least = min(least, time.Since(began))
			require.True(t, ok)
		}
		return least
	}
	shallow, deep := cost(1), cost(anyDepth)
	assert.Less(t, deep, 4*shallow)
}
