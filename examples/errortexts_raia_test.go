package examples_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

// raiaText returns the error of call. Its requests fail as f says.
func raiaText(
	t *testing.T, f fakeserver.Failure, call func(context.Context, *raia.Client) error, change ...func(*raia.Config),
) (err error) {
	t.Helper()
	if f.Delay == 0 {
		return raiaTextOf(t, raiatest.NewServer(), f, call, change...)
	}
	simulate(t, func(t *testing.T, l net.Listener, c *http.Client) {
		err = raiaTextOf(t, raiatest.NewServerOn(l), f, call, func(cfg *raia.Config) {
			cfg.HTTPClient, cfg.Timeout, cfg.MaxRetries = c, timeout, -1
		})
	})
	return err
}

func raiaTextOf(
	t *testing.T, server *raiatest.Server, f fakeserver.Failure, call func(context.Context, *raia.Client) error,
	change ...func(*raia.Config),
) error {
	t.Helper()
	defer server.Close()
	server.Fail(9, f)
	cfg := server.Config()
	cfg.MaxRetryWait = time.Millisecond
	for _, c := range change {
		c(&cfg)
	}
	client, err := raia.NewClient(cfg)
	require.NoError(t, err)
	return call(t.Context(), client)
}

func raiaGet(ctx context.Context, c *raia.Client) error { return result(c.Conversations.Get(ctx, "1")) }

func raiaSend(ctx context.Context, c *raia.Client) error {
	return result(c.Conversations.Send(ctx, "1", raia.SendMessageParams{Message: "Hello"}))
}

func raiaTexts(t *testing.T, l *textList) {
	l.begin(t, "raia")
	raiaConfigs(l)
	raiaArguments(t, l)
	for _, f := range faults() {
		if f.kind != "2xx whose connection is cut" { // the fake has no such conversation
			l.add(f.kind, raiaText(t, f.failure, raiaGet))
			l.add(f.kind+", for a message", raiaText(t, f.failure, raiaSend))
		}
	}
	l.add("error response of the vendor", raiaText(t, fakeserver.Failure{Status: 404,
		Body: `{"status":404,"name":"ENTITY_NOT_FOUND_ERROR","message":"ENTITY_NOT_FOUND","details":[]}`}, raiaGet))
	l.add("list of another shape", raiaText(t, fakeserver.Failure{Status: 200, Body: `{}`},
		func(ctx context.Context, c *raia.Client) error { return result(c.AgentRoles.List(ctx)) }))
	l.add("member of another type",
		raiaText(t, fakeserver.Failure{Status: 200, Body: `{"id":"1","title":{}}`}, raiaGet))
	raiaWaits(t, l)
	raiaWebhooks(t, l)
}

func raiaConfigs(l *textList) {
	for _, c := range []struct {
		kind string
		cfg  raia.Config
	}{
		{"Config without a key", raia.Config{}},
		{"BaseURL with a bad port", raia.Config{AgentKey: "k", BaseURL: "https://host:70000"}},
		{"BaseURL with another scheme", raia.Config{AgentKey: "k", BaseURL: "ftp://host"}},
		{"BaseURL without a host", raia.Config{AgentKey: "k", BaseURL: "https://"}},
		{"BaseURL that is no URL", raia.Config{AgentKey: "k", BaseURL: "https://h\x00"}},
		{"BaseURL with user info", raia.Config{AgentKey: "k", BaseURL: "https://u:p@host"}},
		{"BaseURL with a query", raia.Config{AgentKey: "k", BaseURL: "https://host?a=b"}},
		{"BaseURL with a fragment", raia.Config{AgentKey: "k", BaseURL: "https://host#a"}},
		{"BaseURL without TLS", raia.Config{AgentKey: "k", BaseURL: "http://host.example"}},
		{"key with a line feed", raia.Config{AgentKey: "k\n"}},
		{"UserAgent with a line feed", raia.Config{AgentKey: "k", UserAgent: "a\n"}},
		{"negative MaxRetryWait", raia.Config{AgentKey: "k", MaxRetryWait: -1}},
		{"negative PollInterval", raia.Config{AgentKey: "k", PollInterval: -1}},
	} {
		l.add(c.kind, result(raia.NewClient(c.cfg)))
	}
}

func raiaArguments(t *testing.T, l *textList) {
	for _, c := range []struct {
		kind string
		call func(context.Context, *raia.Client) error
	}{
		{"key that the operation needs is missing", func(ctx context.Context, c *raia.Client) error {
			return result(c.AgentRoles.List(ctx))
		}},
		{"empty id", func(ctx context.Context, c *raia.Client) error { return result(c.Conversations.Get(ctx, "")) }},
		{"empty element", func(ctx context.Context, c *raia.Client) error {
			return result(c.Conversations.Send(ctx, "1",
				raia.SendMessageParams{Message: "m", Files: []raia.FileAttachment{{}}}))
		}},
		{"text that is not UTF-8", func(ctx context.Context, c *raia.Client) error {
			return result(c.Conversations.Send(ctx, "1", raia.SendMessageParams{Message: "\xff"}))
		}},
		{"negative page", func(ctx context.Context, c *raia.Client) error {
			return result(c.Conversations.List(ctx, raia.ListConversationsParams{Page: -1}))
		}},
		{"attempt timeout of zero", func(ctx context.Context, c *raia.Client) error {
			return raiaGet(parley.WithAttemptTimeout(ctx, 0), c)
		}},
		{"header that the client sets itself", func(ctx context.Context, c *raia.Client) error {
			return raiaGet(parley.WithHeader(ctx, "Agent-Secret-Key", "x"), c)
		}},
		{"Do with a full URL", func(ctx context.Context, c *raia.Client) error {
			return c.Do(ctx, parley.Request{Operation: "list things", Method: "GET", Path: "https://host/x"}, nil)
		}},
	} {
		l.add(c.kind, raiaText(t, fakeserver.Failure{}, c.call, func(cfg *raia.Config) { cfg.OrganizationKey = "" }))
	}
}

// raiaWaits adds the errors of calls that wait, and of calls that cannot begin.
func raiaWaits(t *testing.T, l *textList) {
	refused := func(cfg *raia.Config) { cfg.BaseURL = "http://127.0.0.1:1" }
	l.add("connection refused", raiaText(t, fakeserver.Failure{}, raiaGet, refused))
	l.add("connection refused, for a message", raiaText(t, fakeserver.Failure{}, raiaSend, refused))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	l.add("ctx had ended before", raiaText(t, fakeserver.Failure{}, func(_ context.Context, c *raia.Client) error {
		return raiaGet(ended, c)
	}))
	leaving, hooks := leaveAfterAttempt(t.Context())
	l.add("ctx ended while waiting for the next attempt", raiaText(t, fakeserver.Failure{Status: 503},
		func(_ context.Context, c *raia.Client) error { return raiaGet(leaving, c) },
		func(cfg *raia.Config) { cfg.Hooks, cfg.MaxRetryWait = hooks, time.Hour }))
	l.add("retry budget spent", raiaText(t, fakeserver.Failure{}, func(ctx context.Context, c *raia.Client) error {
		for range 40 {
			_ = raiaGet(ctx, c)
		}
		return raiaGet(ctx, c)
	}, refused))
	server := raiatest.NewServer()
	defer server.Close()
	server.Pending(1000)
	l.add("no answer within the deadline", raiaAwait(t, server, 7))
	server.Pending(0)
	server.FailAnswers(1, "no")
	l.add("answer failed", raiaAwait(t, server, 0))
}

// raiaAwait returns the error of an Await that it leaves after that many polls.
func raiaAwait(t *testing.T, server *raiatest.Server, polls int) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := server.Config()
	cfg.PollInterval = time.Millisecond
	cfg.Hooks.OnAttempt = func(_ context.Context, a parley.Attempt) {
		if strings.HasSuffix(a.Path, "response-on") {
			if polls--; polls == 0 {
				cancel()
			}
		}
	}
	client, err := raia.NewClient(cfg)
	require.NoError(t, err)
	user, err := client.Users.Create(t.Context(), raia.CreateUserParams{
		FirstName: "A", LastName: "B", Email: strconv.Itoa(polls) + "@b.example",
	})
	require.NoError(t, err)
	conversation, err := client.Conversations.Create(t.Context(), raia.CreateConversationParams{
		ConversationUserID: user.ID,
	})
	require.NoError(t, err)
	question, err := client.Conversations.SendAsync(t.Context(), conversation.ID,
		raia.SendMessageParams{Message: "Hello"})
	require.NoError(t, err)
	return result(client.Conversations.Await(ctx, conversation.ID, question.ID))
}

func raiaWebhooks(t *testing.T, l *textList) {
	request := func(secret, body string) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(body))
		r.Header.Set("X-Secret", secret)
		return r
	}
	l.add("webhook without the secret", result(raia.ReadWebhook(request("", "{}"), "X-Secret", "s")))
	l.add("webhook without a secret to compare", result(raia.ReadWebhook(request("", "{}"), "X-Secret", "")))
	l.add("webhook with an empty body", result(raia.ReadWebhook(request("s", ""), "X-Secret", "s")))
	l.add("webhook that is no JSON", result(raia.ReadWebhook(request("s", page), "X-Secret", "s")))
}
