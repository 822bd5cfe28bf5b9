package syntphony_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
)

func TestContent_Text(t *testing.T) {
	text, ok := content(`"ä\n"`).Text()
	assert.True(t, ok)
	assert.Equal(t, "ä\n", text)
	for _, raw := range []string{``, `null`, `7`, `{}`, `["a"]`, `"broken`, `"a" "b"`} {
		_, ok := content(raw).Text()
		assert.False(t, ok, raw)
	}
}

func TestContent_Cards(t *testing.T) {
	cards, ok := content(`[{"title":"a"},{"title":"b"}]`).Cards()
	assert.True(t, ok)
	assert.Len(t, cards, 2)
	for _, raw := range []string{``, `null`, `{}`, `"[]"`, `["a"]`, `[{"title":7}]`} {
		_, ok := content(raw).Cards()
		assert.False(t, ok, raw)
	}
}

func TestContent_File(t *testing.T) {
	for raw, want := range map[string]*syntphony.File{
		`{"url":"https://f.example/a","fileName":"a.pdf"}`:  {URL: "https://f.example/a", Name: "a.pdf"},
		`{"file_url":"https://f.example/a","NAME":"a.pdf"}`: {URL: "https://f.example/a", Name: "a.pdf"},
		`{"link":"https://f.example/a","size":7}`:           {URL: "https://f.example/a"},
		`"https://f.example/a"`:                             {URL: "https://f.example/a"},
	} {
		file, ok := content(raw).File()
		assert.True(t, ok, raw)
		assert.Equal(t, want, file)
	}
	for _, raw := range []string{``, `null`, `{}`, `[]`, `{"url":7}`, `{"name":"a"}`, `""`} {
		_, ok := content(raw).File()
		assert.False(t, ok, raw)
	}
}

func TestContent_Decode(t *testing.T) {
	var card struct{ Type string }
	require.NoError(t, content(`{"type":"AdaptiveCard"}`).Decode(&card))
	assert.Equal(t, "AdaptiveCard", card.Type)
	card.Type = ""
	require.NoError(t, content(`"{\"type\":\"AdaptiveCard\"}"`).Decode(&card), "a text that holds JSON")
	assert.Equal(t, "AdaptiveCard", card.Type)
	var text string
	require.NoError(t, content(`"{}"`).Decode(&text))
	assert.Equal(t, "{}", text)
	require.Error(t, content(`"no JSON"`).Decode(&card))
	require.Error(t, content(``).Decode(&card))
}

func TestContent_EncodesAsItCame(t *testing.T) {
	for _, raw := range []string{`{"a":[1,2]}`, `"x"`, `null`} {
		var c syntphony.Content
		require.NoError(t, json.Unmarshal([]byte(raw), &c))
		text, err := json.Marshal(c)
		require.NoError(t, err)
		assert.Equal(t, raw, string(text))
	}
	text, err := json.Marshal(syntphony.Content{})
	require.NoError(t, err)
	assert.Equal(t, "null", string(text))
}

func FuzzContent(f *testing.F) {
	for _, seed := range []string{
		`"text"`, `[{"title":"a"}]`, `{"url":"u","fileName":"n"}`, `null`, `"{\"a\":1}"`, `7`, `"a" `, ` "a"`,
		`"a" "b"`, "\"\xff\\u00e9\"", `"\ud83d"`,
	} {
		f.Add([]byte(seed))
	}
	f.Add([]byte("1" + strings.Repeat("0", 400))) // JSON, but no float64
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c syntphony.Content
		if json.Unmarshal(raw, &c) != nil {
			c.Raw = raw // Content is the caller's to fill, too
		}
		text, isText := c.Text()
		var plain string
		err := json.Unmarshal(c.Raw, &plain)
		require.Equal(t, err == nil && c.Raw[0] == '"', isText)
		if isText {
			require.Equal(t, plain, text)
		}
		_, isCards := c.Cards()
		require.False(t, isText && isCards)
		if file, ok := c.File(); ok {
			require.NotEmpty(t, file.URL)
		}
		var out, want any
		require.Equal(t, json.Unmarshal(c.Raw, &want) == nil, c.Decode(&out) == nil)
		require.Equal(t, want, out)
	})
}
