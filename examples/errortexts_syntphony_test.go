package examples_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// evaText returns the error of call. prepare may be nil.
func evaText(
	t *testing.T, prepare func(*syntphonytest.Server, *syntphony.Config),
	call func(context.Context, *syntphony.Client) error,
) error {
	t.Helper()
	return evaTextOf(t, syntphonytest.NewServer(), prepare, call)
}

func evaTextOf(
	t *testing.T, server *syntphonytest.Server, prepare func(*syntphonytest.Server, *syntphony.Config),
	call func(context.Context, *syntphony.Client) error,
) error {
	t.Helper()
	defer server.Close()
	cfg := server.Config()
	cfg.MaxRetryWait = time.Millisecond
	if prepare != nil {
		prepare(server, &cfg)
	}
	client, err := syntphony.NewClient(cfg)
	require.NoError(t, err)
	return call(t.Context(), client)
}

func evaSend(ctx context.Context, c *syntphony.Client) error {
	caller := syntphony.Caller{UserRef: "u", Locale: "en-US"}
	return result(c.Conversations.Send(ctx, "", caller, syntphony.Input{Text: "Hello"}))
}

// evaFault returns the error of evaSend, whose requests fail as f says: those for tokens, or those to the broker.
func evaFault(t *testing.T, f fakeserver.Failure, tokens bool) (err error) {
	t.Helper()
	fail := func(s *syntphonytest.Server, _ *syntphony.Config) {
		if tokens {
			s.FailToken(9, f)
			return
		}
		s.Fail(9, f)
	}
	if f.Delay == 0 {
		return evaText(t, fail, evaSend)
	}
	simulate(t, func(t *testing.T, l net.Listener, c *http.Client) {
		err = evaTextOf(t, syntphonytest.NewServerOn(l), func(s *syntphonytest.Server, cfg *syntphony.Config) {
			cfg.HTTPClient, cfg.Timeout, cfg.MaxRetries = c, 2*timeout, -1
			fail(s, cfg)
		}, evaSend)
	})
	return err
}

func syntphonyTexts(t *testing.T, l *textList) {
	l.begin(t, "syntphony")
	syntphonyConfigs(t, l)
	syntphonyArguments(t, l)
	for _, f := range faults() {
		l.add(f.kind, evaFault(t, f.failure, false))
		l.add(f.kind+", from the token endpoint", evaFault(t, f.failure, true))
	}
	for status := 460; status <= 463; status++ {
		l.add("the agent failed", evaFault(t, syntphonytest.Documented(status), false))
	}
	refusal := fakeserver.Failure{
		Status: 401, Body: `{"error":"invalid_client","error_description":"Invalid client credentials"}`,
	}
	l.add("client secret refused", evaFault(t, refusal, true))
	refusal = fakeserver.Failure{Status: 200, Body: `{"error":"invalid_grant"}`}
	l.add("error in place of a token", evaFault(t, refusal, true))
	l.add("token refused twice",
		evaFault(t, fakeserver.Failure{Status: 401, Body: `{"message":"Jwt is expired"}`}, false))
	l.add("broker refuses the connection", evaText(t, func(_ *syntphonytest.Server, cfg *syntphony.Config) {
		cfg.BaseURL = "http://127.0.0.1:1"
	}, evaSend))
	l.add("token endpoint refuses the connection", evaText(t, func(_ *syntphonytest.Server, cfg *syntphony.Config) {
		cfg.Keycloak.URL = "http://127.0.0.1:1"
	}, evaSend))
	l.add("TokenSource failed", evaText(t, func(_ *syntphonytest.Server, cfg *syntphony.Config) {
		cfg.Keycloak, cfg.TokenSource = syntphony.Keycloak{}, failingSource{}
	}, evaSend))
}

type failingSource struct{}

func (failingSource) Token() (*oauth2.Token, error) { return nil, errors.New("vault is sealed") }

func syntphonyConfigs(t *testing.T, l *textList) {
	server := syntphonytest.NewServer()
	defer server.Close()
	for _, c := range []struct {
		kind   string
		change func(*syntphony.Config)
	}{
		{"Config without OrgID", func(c *syntphony.Config) { c.OrgID = "" }},
		{"Config without APIKey", func(c *syntphony.Config) { c.APIKey = "" }},
		{"Config without BaseURL", func(c *syntphony.Config) { c.BaseURL = "" }},
		{"Config without Keycloak", func(c *syntphony.Config) { c.Keycloak = syntphony.Keycloak{} }},
		{"Keycloak without its client", func(c *syntphony.Config) { c.Keycloak.ClientID = "" }},
		{"Realm that is a path", func(c *syntphony.Config) { c.Keycloak.Realm = ".." }},
		{"TokenURL that ends in a slash", func(c *syntphony.Config) { c.Keycloak.TokenURL = "https://h/token/" }},
	} {
		cfg := server.Config()
		c.change(&cfg)
		l.add(c.kind, result(syntphony.NewClient(cfg)))
	}
}

func syntphonyArguments(t *testing.T, l *textList) {
	caller := syntphony.Caller{UserRef: "u", Locale: "en-US"}
	for _, c := range []struct {
		kind string
		call func(context.Context, *syntphony.Client) error
	}{
		{"neither text nor code", func(ctx context.Context, c *syntphony.Client) error {
			return result(c.Conversations.Send(ctx, "", caller, syntphony.Input{}))
		}},
		{"caller without UserRef", func(ctx context.Context, c *syntphony.Client) error {
			return result(c.Conversations.Send(ctx, "", syntphony.Caller{Locale: "en-US"}, syntphony.Input{Text: "a"}))
		}},
		{"no locale", func(ctx context.Context, c *syntphony.Client) error {
			return result(c.Conversations.Send(ctx, "", syntphony.Caller{UserRef: "u"}, syntphony.Input{Text: "a"}))
		}},
		{"no locale of a satisfaction", func(ctx context.Context, c *syntphony.Client) error {
			return c.Conversations.SubmitSatisfaction(ctx, "s", syntphony.Satisfaction{})
		}},
		{"context that is no JSON", func(ctx context.Context, c *syntphony.Client) error {
			in := syntphony.Input{Text: "a", Context: map[string]any{"f": func() {}}}
			return result(c.Conversations.Send(ctx, "", caller, in))
		}},
		{"audio of no known format", func(ctx context.Context, c *syntphony.Client) error {
			return result(c.Conversations.SendAudio(ctx, "", caller, syntphony.Audio{}, syntphony.Input{}))
		}},
		{"ctx had ended before", func(ctx context.Context, c *syntphony.Client) error {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			return evaSend(ended, c)
		}},
	} {
		l.add(c.kind, evaText(t, func(_ *syntphonytest.Server, cfg *syntphony.Config) { cfg.Locale = "" }, c.call))
	}
}
