package origin

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestParseURL_Schemes(t *testing.T) {
	for _, scheme := range []string{"https", "http", "HTTPS"} {
		_, err := ParseURL("BaseURL", scheme+"://127.0.0.1:65535/x", false)
		assert.NoError(t, err)
	}
	for _, scheme := range []string{"ws", "wss", "ftp"} {
		_, err := ParseURL("BaseURL", scheme+"://127.0.0.1/x", true)
		assert.ErrorIs(t, err, parley.ErrInvalidArgument)
		assert.ErrorContains(t, err, "BaseURL")
	}
	for _, raw := range []string{"wss://socket.example/x", "ws://127.0.0.1"} {
		_, err := ParseWebSocketURL("WebSocketURL", raw, false)
		assert.NoError(t, err)
	}
	_, err := ParseWebSocketURL("WebSocketURL", "ws://socket.example", false)
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
}

func TestSameOrigin(t *testing.T) {
	parse := func(s string) *url.URL { u, err := url.Parse(s); require.NoError(t, err); return u }
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://a.example", "https://a.example:443/x", true},
		{"https://a.example", "HTTPS://A.EXAMPLE/", true},
		{"http://a.example:80", "http://a.example", true},
		{"wss://a.example", "wss://a.example:443", true},
		{"https://a.example", "http://a.example", false},
		{"https://a.example", "http://a.example:443", false},
		{"https://a.example", "https://a.example:444", false},
		{"https://a.example", "https://b.a.example", false},
		{"https://a.example", "https://a.example.evil.example", false},
		{"https://[::1]:9", "https://[::1]:9", true},
	} {
		assert.Equal(t, tt.want, SameOrigin(parse(tt.a), parse(tt.b)), "%s %s", tt.a, tt.b)
	}
}

func TestHostPort(t *testing.T) {
	for raw, want := range map[string]string{
		"https://api.example.com/v1": "api.example.com:443", "wss://api.example.com": "api.example.com:443",
		"http://localhost": "localhost:80", "ws://[::1]/x": "[::1]:80",
		"https://api.example.com:8443": "api.example.com:8443",
	} {
		u, err := ParseURL("BaseURL", raw, false)
		if err != nil {
			u, err = ParseWebSocketURL("WebSocketURL", raw, false)
		}
		require.NoError(t, err)
		assert.Equal(t, want, HostPort(u))
	}
}

func TestParseURL_NamesTheFieldAndTheReason(t *testing.T) {
	for raw, reason := range map[string]string{
		"https://user:secret@host:x": " is not a URL",
		"/relative":                  " must be an absolute URL with a host",
		"https:opaque":               " must be an absolute URL with a host",
		"https://host:70000":         ": invalid port",
		"https://user:secret@host":   " must not carry user info",
		"https://host/?q=secret":     " must not carry a query",
		"https://host/?":             " must not carry a query",
		"https://host/#secret":       " must not carry a fragment",
		"https://host/#":             " must not carry a fragment",
		"http://host": " must be https or wss: http would send credentials in clear " +
			"(AllowInsecureHTTP permits it)",
	} {
		_, err := ParseURL("BaseURL", raw, false)
		assert.EqualError(t, err, "invalid argument: BaseURL"+reason, raw)
	}
	for _, raw := range []string{
		"http://192.0.2.1", "http://[2001:db8::1]", "http://0.0.0.0",
		"http://localhost.example", "http://127.0.0.1.example",
	} {
		_, err := ParseURL("BaseURL", raw, false)
		assert.ErrorIs(t, err, parley.ErrInvalidArgument, raw)
	}
	for _, raw := range []string{"http://host", "http://localhost", "http://127.1.2.3", "http://[::1]:8080/path"} {
		_, err := ParseURL("BaseURL", raw, raw == "http://host")
		assert.NoError(t, err)
	}
}

func TestRefuseRedirect(t *testing.T) {
	parse := func(s string) *url.URL { u, err := url.Parse(s); require.NoError(t, err); return u }
	from := parse("https://a.example/x?key=secret")
	for _, tt := range []struct {
		to       string
		followed int
		want     string
	}{
		{"https://a.example:443/y?key=secret", 9, ""},
		{"https://a.example/y", 10, "10 were followed already"},
		{"https://b.example:444/y?key=secret", 0, "it leads to another origin, https://b.example:444"},
		{"http://a.example/y", 0, "it leads to another origin, http://a.example"},
		{"https://user:secret@a.example/y", 0, "it leads to another origin, https://a.example"},
		{"mailto:someone@example.com", 0, "its target is not a URL"},
	} {
		assert.Equal(t, tt.want, RefuseRedirect(from, parse(tt.to), tt.followed), tt.to)
	}
}

func TestCheckHeaderValue(t *testing.T) {
	for _, value := range []string{"", "plain", "tab\there", "ü", "\xff"} {
		assert.NoError(t, CheckHeaderValue("AgentKey", value))
	}
	for _, value := range []string{"a\r\nb", "a\n", "\x00", "\x1b", "\x7f"} {
		err := CheckHeaderValue("AgentKey", value)
		assert.ErrorIs(t, err, parley.ErrInvalidArgument)
		assert.ErrorContains(t, err, "AgentKey")
	}
}
