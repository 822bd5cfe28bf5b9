package callopts

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// reserved are the headers that callers must not set. The SDK and net/http set most of them themselves. The two
// idempotency keys would make net/http send a POST again by itself.
var reserved = [...]string{
	"Accept", "Accept-Encoding", "Authorization", "Connection", "Cookie", "Host", "Idempotency-Key", "Keep-Alive",
	"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"User-Agent", "X-Idempotency-Key",
}

// Validate returns "" as problem if the options are valid. Otherwise argument is the name of the invalid option, and
// problem is a text that follows this name. The credentials are the names of the headers that carry the vendor's
// credentials, in canonical form.
func (o *Options) Validate(credentials ...string) (argument, problem string) {
	if o == nil {
		return "", ""
	}
	if o.AttemptTimeout != nil && *o.AttemptTimeout == 0 {
		return "WithAttemptTimeout", "must not be 0: a negative value disables the timeout"
	}
	for _, header := range o.Headers {
		if problem := header.problem(credentials); problem != "" {
			return "WithHeader", problem
		}
	}
	return "", ""
}

func (h Header) problem(credentials []string) string {
	switch {
	case !isToken(h.Name):
		return fmt.Sprintf("has an invalid header name: %q", h.Name)
	case IsReserved(h.Name) || slices.Contains(credentials, h.Name):
		return "cannot set " + h.Name + ", which the SDK sets itself"
	case strings.ContainsFunc(h.Value, isControl):
		return "has a value for " + h.Name + " with a control character, which a header cannot carry"
	}
	return ""
}

// IsReserved reports whether a caller must not set the header of that name, which is in canonical form.
func IsReserved(name string) bool {
	return strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "Sec-Websocket-") ||
		slices.Contains(reserved[:], name)
}

// Canonical returns the canonical form of a header name.
func Canonical(name string) string { return http.CanonicalHeaderKey(name) }

// isToken reports whether s is a token as RFC 9110 section 5.6.2 defines it.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
