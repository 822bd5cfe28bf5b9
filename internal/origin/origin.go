// Package origin decides which URLs are accepted, which redirects are followed and which header values are sent.
package origin

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// ParseURL reads the configured URL of an HTTP server: absolute, without user info, query and fragment, and https
// unless its host is loopback or insecure is set. The error names the Config field.
func ParseURL(field, raw string, insecure bool) (*url.URL, error) {
	u, err := ParseWebSocketURL(field, raw, insecure)
	if err == nil && (u.Scheme == "ws" || u.Scheme == "wss") {
		return nil, apierr.Invalid(field, "has a scheme that is not http or https")
	}
	return u, err
}

// ParseWebSocketURL is ParseURL for a URL whose scheme may be wss (or ws) too.
func ParseWebSocketURL(field, raw string, insecure bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil: // the parser's text repeats the URL, which may hold a password
		return nil, apierr.Invalid(field, "is not a URL")
	case u.Hostname() == "" || u.Opaque != "":
		return nil, apierr.Invalid(field, "must be an absolute URL with a host")
	case !isPort(u.Port()):
		return nil, apierr.Invalid(field+":", "invalid port")
	case u.User != nil:
		return nil, apierr.Invalid(field, "must not carry user info")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, apierr.Invalid(field, "must not carry a query")
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return nil, apierr.Invalid(field, "must not carry a fragment")
	}
	return u, checkScheme(field, u, insecure)
}

func checkScheme(field string, u *url.URL, insecure bool) error {
	switch u.Scheme {
	case "https", "wss":
		return nil
	case "http", "ws":
		if insecure || loopback(u.Hostname()) {
			return nil
		}
		return apierr.Invalid(field,
			"must be https or wss: %s would send credentials in clear (AllowInsecureHTTP permits it)", u.Scheme)
	}
	return apierr.Invalid(field, "has a scheme that is not http or https")
}

// isPort also accepts "", which stands for the default port of the scheme.
func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil
}

func loopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// SameOrigin reports whether a and b have the same scheme, host and port.
func SameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	switch strings.ToLower(u.Scheme) {
	case "https", "wss":
		return "443"
	}
	return "80"
}

// HostPort returns the host of u and its port, which is the default of the scheme if u has no port.
func HostPort(u *url.URL) string { return net.JoinHostPort(u.Hostname(), port(u)) }

// maxRedirects is the number of redirects that one request follows at most.
const maxRedirects = 10

// RefuseRedirect returns the reason for not following a redirect from one URL to another, or "" if it may be followed.
// followed is the number of redirects that the request followed before. The reason shows neither path nor query.
func RefuseRedirect(from, to *url.URL, followed int) string {
	switch {
	case to.Host == "":
		return "its target is not a URL"
	case !SameOrigin(from, to) || to.User != nil:
		return "it leads to another origin, " + to.Scheme + "://" + to.Host
	case followed >= maxRedirects:
		return strconv.Itoa(maxRedirects) + " were followed already"
	}
	return ""
}

// CheckHeaderValue refuses a value with a control character other than tab, because it could break out of its header
// line.
func CheckHeaderValue(field, value string) error {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return apierr.Invalid(field, "holds a control character, which a header cannot carry")
		}
	}
	return nil
}
