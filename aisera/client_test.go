package aisera_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/aisera"
)

func TestNewClient_Refuses(t *testing.T) {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})
	for want, cfg := range map[string]aisera.Config{
		"Tenant or BaseURL is required":    {Token: "t"},
		"Token or TokenSource is required": {Tenant: "acme"},
		"Token must be empty where TokenSource is set": {
			Tenant: "acme", Token: "t", TokenSource: source,
		},
		"Token holds a control character, which a header cannot carry": {Tenant: "acme", Token: "a\r\nb"},
		"WebSocketURL must not carry user info": {
			Tenant: "a", Token: "t", WebSocketURL: "wss://u:p@h/x",
		},
		"WebSocketURL must not carry a fragment": {
			Tenant: "a", Token: "t", WebSocketURL: "wss://h/x?a=b#c",
		},
		"WebSocketURL is not a URL":                           {Tenant: "a", Token: "t", WebSocketURL: "wss://h\x00"},
		"BaseURL must not carry a query":                      {BaseURL: "https://h/?a=b", Token: "t"},
		"MaxRetryWait must not be negative":                   {Tenant: "a", Token: "t", MaxRetryWait: -1},
		"WebSocketURL has a scheme that is not http or https": {Tenant: "a", Token: "t", WebSocketURL: "ftp://h/x"},
		"WebSocketURL must be https or wss: ws would send credentials in clear (AllowInsecureHTTP permits it)": {
			Tenant: "a", Token: "t", WebSocketURL: "ws://h.example/x"},
	} {
		_, err := aisera.NewClient(cfg)
		assert.ErrorIs(t, err, aisera.ErrInvalidArgument)
		assert.EqualError(t, err, "aisera: new client: invalid argument: "+want)
	}
	for _, tenant := range []string{
		"a.b", "a/b", "a@b", "-a", "a-", "a b", "a:1", "ä", "a?b", "a#", string(make([]byte, 64)),
	} {
		_, err := aisera.NewClient(aisera.Config{Tenant: tenant, Token: "t"})
		assert.EqualError(t, err, "aisera: new client: invalid argument: Tenant must be one DNS label, such as acme; "+
			"BaseURL takes other hosts", tenant)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNewClient_TenantGivesTheDocumentedHost(t *testing.T) {
	for want, cfg := range map[string]aisera.Config{
		"https://acme-8080.chatbot.aisera.cloud/api/receive": {Tenant: "acme-8080"},
		"https://own.example/base/api/receive":               {Tenant: "acme", BaseURL: "https://own.example/base/"},
	} {
		var url string
		cfg.Token = "t"
		cfg.MaxRetries = -1
		cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			url = r.URL.String()
			return nil, errTest
		})}
		_, err := newClient(t, cfg).Send(t.Context(), user, aisera.Text("x"))
		require.ErrorIs(t, err, errTest)
		assert.Equal(t, want, url)
	}
}

func TestDial_RefusesArguments(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	for want, opts := range map[string]aisera.DialOptions{
		"Header holds a control character, which a header cannot carry": {Header: http.Header{"X": {"a\nb"}}},
		"PongTimeout must not be negative":                              {PongTimeout: -1},
		"MaxBackoff must not be negative":                               {MaxBackoff: -1},
	} {
		_, err := newClient(t, cfg).Dial(t.Context(), user, opts)
		assert.ErrorIs(t, err, aisera.ErrInvalidArgument)
		assert.EqualError(t, err, "aisera: dial: invalid argument: "+want)
	}
	_, err := newClient(t, cfg).Dial(t.Context(), aisera.User{}, aisera.DialOptions{})
	assert.ErrorIs(t, err, aisera.ErrInvalidArgument)
	cfg.WebSocketURL = ""
	_, err = newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{})
	assert.EqualError(t, err, "aisera: dial: invalid argument: WebSocketURL must not be empty")
	assert.Empty(t, s.Requests())
}
