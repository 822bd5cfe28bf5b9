package redact

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestOneLine(t *testing.T) {
	assert.Equal(t, "a b c", OneLine("  a\r\n b\x00\u2028c\x7f "))
	assert.Equal(t, "ü", OneLine("ü\xff"))
	for _, s := range []string{
		strings.Repeat("x", 1000), strings.Repeat("ü", 1000), strings.Repeat("世", 1000),
		strings.Repeat("\xff", 1000), strings.Repeat("😀", 300),
	} {
		line := OneLine(s)
		assert.LessOrEqual(t, len(line), 300)
		assert.True(t, utf8.ValidString(line))
		assert.True(t, strings.HasSuffix(line, "..."))
	}
	assert.Equal(t, strings.Repeat("x", 300), OneLine(strings.Repeat("x", 300)))
	assert.Equal(t, strings.Repeat("x", 297)+"...", OneLine(strings.Repeat("x", 301)))
}

func FuzzOneLine(f *testing.F) {
	f.Add("a\nb")
	f.Add(strings.Repeat("世", 200))
	f.Fuzz(func(t *testing.T, s string) {
		line := OneLine(s)
		if len(line) > 300 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00\x1b\u2028") {
			t.Fatalf("%q became %q", s, line)
		}
	})
}
