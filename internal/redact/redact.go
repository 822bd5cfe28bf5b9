// Package redact answers: what may a text show?
package redact

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Mark stands in a text for a secret.
const Mark = "[redacted]"

// shortest is the number of bytes from which a secret is redacted. Replacing a shorter one would only make the text
// unreadable.
const shortest = 3

// Secret replaces secret in text, in each of its Forms.
func Secret(text, secret string) string {
	if len(text) < len(secret) {
		return text
	}
	for _, form := range Forms(secret) {
		text = strings.ReplaceAll(text, form, Mark)
	}
	return text
}

// Forms returns the spellings of secret in a text: as it is and as JSON, Go, a query and a path hold it. There are none
// of a secret that is shorter than three bytes.
func Forms(secret string) []string {
	if len(secret) < shortest {
		return nil
	}
	encoded, _ := json.Marshal(secret) // never fails for a string
	query, path := url.QueryEscape(secret), url.PathEscape(secret)
	forms := []string{secret}
	for _, form := range [...]string{
		unquoted(string(encoded)), unquoted(strconv.Quote(secret)), query, lowerHex(query), path, lowerHex(path),
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
