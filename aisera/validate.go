package aisera

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/origin"
)

func (c Config) validate() error {
	switch {
	case c.Tenant == "" && c.BaseURL == "":
		return apierr.Invalid("Tenant or BaseURL", "is required")
	case c.Tenant != "" && !isLabel(c.Tenant):
		return apierr.Invalid("Tenant", "must be one DNS label, such as acme; BaseURL takes other hosts")
	case c.Token == "" && c.TokenSource == nil:
		return apierr.Invalid("Token or TokenSource", "is required")
	case c.Token != "" && c.TokenSource != nil:
		return apierr.Invalid("Token", "must be empty where TokenSource is set")
	}
	return origin.CheckHeaderValue("Token", c.Token)
}

// isLabel reports whether s is a label of a host name (RFC 1123): letters, digits and hyphens, with no hyphen at the
// ends.
func isLabel(s string) bool {
	if len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '-' && !isAlphanumeric(r) })
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func validateUser(user User) error {
	if user.ID == "" && user.Email == "" {
		return apierr.Invalid("User:", "ID or Email is required")
	}
	return nil
}

func (o DialOptions) validate() error {
	for name, values := range o.Header {
		if err := validateHeader("Header", name, values...); err != nil {
			return err
		}
	}
	for i, protocol := range o.Subprotocols {
		if !isToken(protocol) || slices.Contains(o.Subprotocols[:i], protocol) {
			return apierr.Invalid("Subprotocols", "must hold tokens of RFC 9110, each once")
		}
	}
	for _, d := range [...]struct {
		field string
		value time.Duration
	}{{"PongTimeout", o.PongTimeout}, {"MinBackoff", o.MinBackoff}, {"MaxBackoff", o.MaxBackoff}} {
		if d.value < 0 {
			return apierr.Invalid(d.field, "must not be negative")
		}
	}
	return nil
}

// handshakeHeaders are the headers that the handshake, or net/http, sets itself. A caller's value would be lost, or
// would break the request.
var handshakeHeaders = [...]string{
	"Host", "Connection", "Upgrade", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Expect",
	"Content-Length", "Content-Type", "Content-Encoding",
}

// validateHeader validates a header of the handshake. argument is the name of the argument that holds it.
func validateHeader(argument, name string, values ...string) error {
	canonical := http.CanonicalHeaderKey(name)
	switch {
	case !isToken(name):
		return apierr.Invalid(argument, "has a name that is not a token of RFC 9110")
	case canonical == "Sec-Websocket-Protocol":
		return apierr.Invalid(argument, "must not hold %s: use Subprotocols", name)
	case slices.Contains(handshakeHeaders[:], canonical), strings.HasPrefix(canonical, "Sec-Websocket-"):
		return apierr.Invalid(argument, "must not hold %s, which the handshake sets itself", name)
	}
	for _, value := range values {
		if err := origin.CheckHeaderValue(argument, value); err != nil {
			return err
		}
	}
	return nil
}

// isToken reports whether s is a token of RFC 9110 section 5.6.2. Names of headers and subprotocols must be tokens.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !isAlphanumeric(r) && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
