package uistream

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzDecodeRequest holds that only a message which may be sent comes out of a request, and no panic.
func FuzzDecodeRequest(f *testing.F) {
	for _, seed := range []string{
		`{"id":"c1","trigger":"submit-message","messages":[{"id":"m1","role":"user","parts":[{"type":"text",` +
			`"text":"hello"}]}]}`,
		`{"id":"c1","trigger":"regenerate-message","messageId":"a","messages":[{"id":"m1","role":"user",` +
			`"metadata":{"choice":"x"},"parts":[]}]}`,
		`{"id":"c1","message":{"id":"m1","role":"user","parts":[{"type":"file","url":"data:,"}]}}`,
		`{"id":"c1","messages":[{"id":"m1","role":"assistant"},null,{"role":"user"}]}`, `{"ID":"c1"}`, `null`, `[]`,
		`{`, "\xff",
		strings.Repeat(`{"messages":[`, 500),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := decodeRequest(raw, 100)
		if err != nil {
			known, ok := err.(*requestError)
			require.True(t, ok)
			assert.NotEmpty(t, known.text)
			return
		}
		assert.Regexp(t, validID, s.conversation)
		assert.True(t, utf8.ValidString(s.message.ID+s.message.Text+s.message.ChoiceID))
		assert.True(t, s.message.ID != "" && len(s.message.ID) <= maxMessageID)
		assert.True(t, strings.TrimSpace(s.message.Text) != "" || s.message.ChoiceID != "")
		assert.LessOrEqual(t, utf8.RuneCountInString(s.message.Text), 100)
		assert.Len(t, s.mark(), 32)
	})
}
