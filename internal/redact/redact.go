// Package redact removes secrets from texts that are shown or logged.
package redact

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Mark replaces each redacted part of a text.
const Mark = "[redacted]"

// Shorter words are not redacted. Redacting them would make a text unreadable, and showing them gives little away.
const (
	minSecret = 3 // bytes of a credential
	minWord   = 8 // bytes of a word of the user
)

// Redactor hides the words of one call. The zero value hides no text.
type Redactor struct {
	forms []string
	also  func(string) string // hides more; may be nil
}

// New returns a Redactor. secrets are credentials, and words are the texts of the user. also is called last and hides
// more in the text. It may be nil.
func New(secrets, words []string, also func(string) string) Redactor {
	var list []string
	for _, secret := range secrets {
		if len(secret) >= minSecret {
			list = append(list, secret)
		}
	}
	for _, word := range words {
		if len(word) >= minWord {
			list = append(list, word)
		}
	}
	// Longer words come first, because replacing a part of a word would leave the rest of it.
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	r := Redactor{also: also}
	for _, word := range slices.Compact(list) {
		r.forms = append(r.forms, Forms(word)...)
	}
	return r
}

// Text returns s with every word replaced by Mark.
func (r Redactor) Text(s string) string {
	for _, form := range r.forms {
		s = strings.ReplaceAll(s, form, Mark)
	}
	if r.also != nil {
		s = r.also(s)
	}
	return s
}

// Secret returns s with one secret replaced by Mark.
func Secret(s, secret string) string { return New([]string{secret}, nil, nil).Text(s) }

// Forms returns the spellings that word may have in a text: plain, and as JSON, Go, a query and a path write it. It
// returns nil for a word shorter than three bytes.
func Forms(word string) []string {
	if len(word) < minSecret {
		return nil
	}
	encoded, _ := json.Marshal(word) // never fails for a string
	query, path := url.QueryEscape(word), url.PathEscape(word)
	forms := []string{word}
	for _, form := range [...]string{
		unquoted(string(encoded)), unquoted(strconv.Quote(word)), query, lowerHex(query), path, lowerHex(path),
	} {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms
}

func unquoted(quoted string) string { return quoted[1 : len(quoted)-1] }

// lowerHex spells the escapes of a URL as some servers do: %2f in place of %2F.
func lowerHex(escaped string) string {
	parts := strings.Split(escaped, "%")
	for i, part := range parts[1:] {
		parts[i+1] = strings.ToLower(part[:2]) + part[2:]
	}
	return strings.Join(parts, "%")
}

// Words returns the string values of a JSON text that are long enough to be redacted. They are texts of the user.
func Words(raw []byte) []string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return appendWords(nil, v)
}

func appendWords(words []string, v any) []string {
	switch v := v.(type) {
	case string:
		if len(v) >= minWord {
			return append(words, v)
		}
	case []any:
		for _, item := range v {
			words = appendWords(words, item)
		}
	case map[string]any:
		for _, value := range v {
			words = appendWords(words, value)
		}
	}
	return words
}

// Format prints text for every verb, so that no verb shows the fields of the value that it stands for.
func Format(state fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(state, text)
}
