package redact

import (
	"strings"
	"unicode/utf8"
)

// maxLine is the maximum length of a text inside an error, in bytes.
const maxLine = 300

// OneLine makes one line of at most 300 bytes of s. Control characters become blanks, and a text that is cut ends in
// "...".
func OneLine(s string) string {
	const ellipsis = "..."
	cut := len(s) > maxLine
	if cut {
		s = s[:maxLine-len(ellipsis)]
		for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
	}
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), isBreak), " ")
	if cut {
		s += ellipsis
	}
	return s
}

// isBreak reports whether r must not reach a log line as it is: a blank, a control character, or a Unicode line end.
func isBreak(r rune) bool {
	return r <= ' ' || (r >= 0x7f && r <= 0xa0) || r == '\u2028' || r == '\u2029'
}
