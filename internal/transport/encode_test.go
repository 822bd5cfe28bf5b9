package transport

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestEncodeJSON_RefusesTextThatIsNotUTF8(t *testing.T) {
	const bad = "caf\xe9"
	type message struct {
		Text  string         `json:"text"`
		Other map[string]any `json:"other,omitempty"`
		List  []any          `json:"list,omitempty"`
		Next  *message       `json:"next,omitempty"`
	}
	for want, v := range map[string]any{
		"Text":    message{Text: bad},
		"Other":   message{Other: map[string]any{"a": []string{"ok", bad}}},
		"List":    &message{List: []any{map[string]string{bad: "key"}}},
		"request": map[string]json.RawMessage{"raw": json.RawMessage(`"` + bad + `"`)},
	} {
		_, err := EncodeJSON("request", v)
		assert.ErrorIs(t, err, parley.ErrInvalidArgument)
		assert.EqualError(t, err, "invalid argument: "+want+" is not valid UTF-8")
	}
	_, err := EncodeJSON("request", bad)
	assert.EqualError(t, err, "invalid argument: request is not valid UTF-8")
}

func TestEncodeJSON_TakesTheReplacementCharacterItself(t *testing.T) {
	for _, v := range []any{
		"\ufffd", `\ufffd`, map[string]any{"\ufffd": []byte("\xff\xfe")}, json.RawMessage(`"\ufffd"`),
	} {
		got, err := EncodeJSON("request", v)
		require.NoError(t, err)
		want, _ := json.Marshal(v)
		assert.Equal(t, want, got)
	}
	_, err := EncodeJSON("Input", func() {})
	assert.EqualError(t, err, "invalid argument: Input cannot be encoded as JSON: json: unsupported type: func()")
}

func TestDo_TextThatIsNotUTF8SendsNothing(t *testing.T) {
	base, n := counted(t, status(200))
	c := newTestClient(t, base, nil)
	for _, in := range []Call{
		{IDs: []string{"1"}, Body: "\xff"}, {IDs: []string{"1"}, Query: url.Values{"q": {"\xff"}}},
		{IDs: []string{"1"}, Form: url.Values{"q": {"\xff"}}},
	} {
		in.Operation = post
		assert.ErrorIs(t, c.Send(t.Context(), in), parley.ErrInvalidArgument)
	}
	assert.Zero(t, n.Load())
}
