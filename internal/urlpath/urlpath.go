// Package urlpath answers: how is an id made safe in a path?
package urlpath

import (
	"net/url"
	"strings"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// Expand fills the placeholders of template ("/conversations/{id}/messages") with ids, in order, and returns the path
// decoded, as url.URL.Path wants it, and escaped, as url.URL.RawPath does ("" where both are the same). An id always
// stays one segment: "a/b", "a?x=1" and "%2e%2e" arrive as they are. An empty id, "." and ".." cannot be sent, because
// servers and proxies resolve them; the error names the placeholder.
func Expand(template string, ids ...string) (path, rawPath string, err error) {
	if len(ids) == 0 {
		return template, "", nil
	}
	var plain, escaped strings.Builder
	plain.Grow(len(template) + 36*len(ids))
	needsRaw := false
	rest := template
	for _, id := range ids {
		before, name, after := next(rest)
		if err := check(name, id); err != nil {
			return "", "", err
		}
		plain.WriteString(before)
		plain.WriteString(id)
		needsRaw = needsRaw || url.PathEscape(id) != id
		rest = after
	}
	plain.WriteString(rest)
	if !needsRaw {
		return plain.String(), "", nil
	}
	rest = template
	for _, id := range ids {
		before, _, after := next(rest)
		escaped.WriteString(before)
		escaped.WriteString(url.PathEscape(id))
		rest = after
	}
	escaped.WriteString(rest)
	return plain.String(), escaped.String(), nil
}

// next splits template around its first placeholder.
func next(template string) (before, name, after string) {
	before, rest, _ := strings.Cut(template, "{")
	name, after, _ = strings.Cut(rest, "}")
	return before, name, after
}

func check(name, id string) error {
	switch id {
	case "":
		return apierr.Required(name)
	case ".", "..":
		return apierr.Invalid(name, "must not be %q, which is not one path segment", id)
	}
	return nil
}
