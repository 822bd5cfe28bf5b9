package auth

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/seed-127a5941/parley/internal/redact"
)

// The memory of a sentTokens is bounded by these figures. They stand for about 300 KiB.
const (
	maxHashes  = 1 << 14
	maxLengths = 32
)

// sentTokens remembers every token that a client has sent, so that none of them shows in a text, however old it is: a
// server may quote the token of the first frame of a connection that has lasted for days. It keeps hashes and lengths
// instead of the tokens. Beyond its bounds it takes every long word of a text for a token.
// It is safe for concurrent use, and its zero value is empty.
type sentTokens struct {
	mu       sync.Mutex
	hashes   map[uint64]struct{} // of each form of each token
	lengths  map[int]struct{}    // of these forms, in bytes
	shortest int                 // of the lengths
	spaced   bool                // a form holds a character that ends a word
	full     bool
}

// add remembers token.
func (s *sentTokens) add(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hashes == nil {
		s.hashes, s.lengths = map[uint64]struct{}{}, map[int]struct{}{}
	}
	for _, form := range redact.Forms(token) {
		if s.shortest == 0 || len(form) < s.shortest {
			s.shortest = len(form)
		}
		s.spaced = s.spaced || strings.ContainsFunc(form, endsWord)
		if s.full {
			continue
		}
		s.hashes[hashOf(form)] = struct{}{}
		s.lengths[len(form)] = struct{}{}
		s.full = len(s.hashes) >= maxHashes || len(s.lengths) >= maxLengths
	}
}

// redact replaces each token in text.
func (s *sentTokens) redact(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, length := range slices.Backward(slices.Sorted(maps.Keys(s.lengths))) { // the longest first
		text = s.redactLength(text, length)
	}
	switch {
	case !s.full:
		return text
	case s.spaced && len(text) >= s.shortest:
		return redact.Mark
	}
	return s.redactWords(text)
}

// multiplier is the base of the rolling hash. A collision redacts too much, which does no harm.
const multiplier = 0x9E3779B97F4A7C15

func hashOf(s string) (h uint64) {
	for i := range len(s) {
		h = h*multiplier + uint64(s[i]) + 1
	}
	return h
}

// redactLength replaces the tokens of so many bytes. It looks at every part of text that is as long as they are.
func (s *sentTokens) redactLength(text string, length int) string {
	if len(text) < length {
		return text
	}
	var out strings.Builder
	weight := uint64(1) // of the byte that leaves the window
	for range length {
		weight *= multiplier
	}
	copied, start, hash := 0, 0, hashOf(text[:length])
	for {
		_, found := s.hashes[hash]
		if found {
			out.WriteString(text[copied:start] + redact.Mark)
			copied, start = start+length, start+length
			if start+length > len(text) {
				break
			}
			hash = hashOf(text[start : start+length])
			continue
		}
		if start+length >= len(text) {
			break
		}
		hash = hash*multiplier + uint64(text[start+length]) + 1 - weight*(uint64(text[start])+1)
		start++
	}
	return out.String() + text[copied:]
}

// redactWords replaces each word that is long enough to hold a token.
func (s *sentTokens) redactWords(text string) string {
	var out strings.Builder
	for text != "" {
		word, rest := text, ""
		if end := strings.IndexFunc(text, endsWord); end >= 0 {
			word, rest = text[:end], text[end:]
		}
		if len(word) >= s.shortest {
			word = redact.Mark
		}
		text = strings.TrimLeftFunc(rest, endsWord)
		out.WriteString(word + rest[:len(rest)-len(text)])
	}
	return out.String()
}

// endsWord reports whether r is no part of a word. Tokens hold no such characters as a rule.
func endsWord(r rune) bool { return r <= ' ' || strings.ContainsRune(`"'<>()[]{},;`, r) }
