// Package urlpath puts ids into paths.
package urlpath

import (
	"net/url"
	"strings"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// Expand fills the placeholders of template, such as "/conversations/{id}/messages", with ids, in order. It returns the
// path decoded, for url.URL.Path, and escaped, for url.URL.RawPath. rawPath is "" if both are the same.
//
// An id always stays one segment: "a/b", "a?x=1" and "%2e%2e" arrive as they are. The ids "", "." and ".." are refused,
// because servers and proxies resolve them. The error names the placeholder.
func Expand(template string, ids ...string) (path, rawPath string, err error) {
	return ExpandBelow("", template, ids...)
}

// ExpandBelow is Expand with a path that begins with base. rawPath does not begin with base.
func ExpandBelow(base, template string, ids ...string) (path, rawPath string, err error) {
	if len(ids) == 0 {
		return base + template, "", nil
	}
	var plain strings.Builder
	plain.Grow(len(base) + len(template) + 36*len(ids))
	plain.WriteString(base)
	needsRaw, rest := false, template
	for _, id := range ids {
		before, placeholder, _ := strings.Cut(rest, "{")
		name, after, _ := strings.Cut(placeholder, "}")
		switch id {
		case "":
			return "", "", apierr.Required(name)
		case ".", "..":
			return "", "", apierr.Invalid(name, "must not be %q, which is not one path segment", id)
		}
		plain.WriteString(before)
		plain.WriteString(id)
		needsRaw = needsRaw || !isUnreserved(id) && url.PathEscape(id) != id
		rest = after
	}
	plain.WriteString(rest)
	if needsRaw {
		rawPath = escaped(template, ids)
	}
	return plain.String(), rawPath, nil
}

// isUnreserved reports whether id has no characters but those that no part of a URL escapes. Most ids have no others,
// and this test is faster than url.PathEscape.
func isUnreserved(id string) bool {
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', 'A' <= c && c <= 'Z', c == '-', c == '_', c == '.', c == '~':
		default:
			return false
		}
	}
	return true
}

// escaped fills the placeholders of template with ids that are escaped.
func escaped(template string, ids []string) string {
	var b strings.Builder
	rest := template
	for _, id := range ids {
		before, placeholder, _ := strings.Cut(rest, "{")
		b.WriteString(before)
		b.WriteString(url.PathEscape(id))
		_, rest, _ = strings.Cut(placeholder, "}")
	}
	b.WriteString(rest)
	return b.String()
}
