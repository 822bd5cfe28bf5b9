package auth

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/seed-127a5941/parley/internal/redact"
)

// These figures bound the memory of a sentTokens to about 300 KiB.
const (
	maxHashes  = 1 << 14
	maxLengths = 32
)

// sentTokens remembers every token that a client has sent and redacts them in texts, however old they are: a server may
// quote the token of the first frame of a connection that has lasted for days. It keeps hashes and lengths instead of
// the tokens. When it is full, it takes every long word of a text for a token. It is safe for concurrent use, and its
// zero value is empty.
type sentTokens struct {
	mu       sync.Mutex
	hashes   map[uint64]struct{} // of all forms of the tokens
	lengths  map[int]struct{}    // of these forms, in bytes
	shortest int                 // the smallest of the lengths
	spaced   bool                // some form holds a character that ends a word
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
	// Longest first, because a token may contain a shorter one.
	for _, length := range slices.Backward(slices.Sorted(maps.Keys(s.lengths))) {
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

// multiplier is the base of the rolling hash. A collision redacts more than it has to, which does no harm.
const multiplier = 0x9E3779B97F4A7C15

func hashOf(s string) (h uint64) {
	for i := range len(s) {
		h = h*multiplier + uint64(s[i]) + 1
	}
	return h
}

// redactLength replaces the tokens of the given length. It checks every part of text that has this length.
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

// endsWord reports whether r ends a word. Tokens rarely hold such a character.
func endsWord(r rune) bool { return r <= ' ' || strings.ContainsRune(`"'<>()[]{},;`, r) }
