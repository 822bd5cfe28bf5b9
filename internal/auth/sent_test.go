package auth

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/redact"
)

func TestSentTokens_FindsEachFormOfEachToken(t *testing.T) {
	tokens := []string{"abc", "token-1", "token-1-and-more", "a+b/c=", `quo"te`, "ünïcode", strings.Repeat("x", 800)}
	var s sentTokens
	for _, token := range tokens {
		s.add(token)
	}
	for _, token := range tokens {
		for _, form := range redact.Forms(token) {
			for _, text := range []string{"%s", "%s.", "say %s", "token=%s&x", "%[1]s%[1]s"} {
				got := s.redact(fmt.Sprintf(text, form))
				assert.Equal(t, fmt.Sprintf(text, redact.Mark), got, form)
			}
		}
	}
	for _, text := range []string{"", "ab", "token", "the token is unknown", strings.Repeat("x", 799)} {
		assert.Equal(t, text, s.redact(text))
	}
}

func TestSentTokens_ZeroValueAndShortTokens(t *testing.T) {
	var s sentTokens
	assert.Equal(t, "text", s.redact("text"))
	s.add("")
	s.add("ab")
	assert.Equal(t, "ab is no secret", s.redact("ab is no secret"))
}

// However many tokens there were, memory is bounded and no token shows. Beyond the bound, other long words are redacted
// too.
func TestSentTokens_BoundedMemory(t *testing.T) {
	var s sentTokens
	name := func(n int) string { return fmt.Sprintf("token-number-%07d", n) }
	const many = 3 * maxHashes
	for n := range many {
		s.add(name(n))
	}
	assert.LessOrEqual(t, len(s.hashes), maxHashes)
	for n := 0; n < many; n += 97 {
		require.Equal(t, `token "[redacted]" is unknown`, s.redact(`token "`+name(n)+`" is unknown`))
	}
	assert.Equal(t, "this short text stays", s.redact("this short text stays"))
	assert.Equal(t, "a [redacted] goes", s.redact("a word-of-twenty-bytes goes"))
	s.add("a token with blanks")
	assert.Equal(t, "[redacted]", s.redact("you sent a token with blanks"))
}

func TestSentTokens_BoundedLengths(t *testing.T) {
	var s sentTokens
	for n := 3; n < 200; n++ {
		s.add(strings.Repeat("x", n))
	}
	assert.LessOrEqual(t, len(s.lengths), maxLengths)
	for n := 3; n < 200; n++ {
		assert.NotContains(t, s.redact("was "+strings.Repeat("x", n)), "xxx")
	}
}

func FuzzSentTokens(f *testing.F) {
	f.Add("token", "before ", " after")
	f.Add("aaa", "aa", "aa")
	f.Add("\xff\x00\xff", "", "\xff")
	f.Fuzz(func(t *testing.T, token, before, after string) {
		var s sentTokens
		s.add(token)
		// A token may begin or end as the mark does, and so seem to show where the mark meets the text.
		for between := range strings.SplitSeq(s.redact(before+token+after), redact.Mark) {
			if len(token) >= 3 && strings.Contains(between, token) && !strings.Contains(redact.Mark, token) {
				t.Fatalf("%q shows in %q", token, s.redact(before+token+after))
			}
		}
	})
}
