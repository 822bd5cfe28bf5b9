package examples_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// siteFault returns the error of call, which gets a client and the id of a conversation. Its requests fail as f says.
func siteFault(
	t *testing.T, f fakeserver.Failure, call func(context.Context, *siteassist.Client, string) error,
) error {
	t.Helper()
	fail := func(s *siteassisttest.Server) { s.Fail(9, f) }
	if f.Delay == 0 {
		return siteText(t, call, fail)
	}
	return siteWait(t, call, fail, func(cfg *siteassist.Config) { cfg.Timeout, cfg.MaxRetries = timeout, -1 })
}

// siteText returns the error of call. prepare prepares the server.
func siteText(
	t *testing.T, call func(context.Context, *siteassist.Client, string) error, prepare func(*siteassisttest.Server),
) error {
	t.Helper()
	return siteTextOf(t, siteassisttest.NewServer(), nil, call, prepare, func(*siteassist.Config) {})
}

// siteWait is siteText for a call that waits.
func siteWait(
	t *testing.T, call func(context.Context, *siteassist.Client, string) error, prepare func(*siteassisttest.Server),
	change func(*siteassist.Config),
) (err error) {
	t.Helper()
	simulate(t, func(t *testing.T, l net.Listener, c *http.Client) {
		err = siteTextOf(t, siteassisttest.NewServerOn(l), c, call, prepare, change)
	})
	return err
}

func siteTextOf(
	t *testing.T, server *siteassisttest.Server, httpClient *http.Client,
	call func(context.Context, *siteassist.Client, string) error,
	prepare func(*siteassisttest.Server), change func(*siteassist.Config),
) error {
	t.Helper()
	defer server.Close()
	cfg := server.Config()
	cfg.MaxRetryWait, cfg.HTTPClient = time.Millisecond, httpClient
	first, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	visitor, err := first.Identity.Init(t.Context(), siteassist.InitParams{DeviceID: cfg.DeviceID})
	require.NoError(t, err)
	cfg.Token = visitor.SessionToken
	change(&cfg)
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	conversation, err := first.Conversations.Start(t.Context(), siteassist.StartConversationParams{})
	require.NoError(t, err)
	prepare(server)
	return call(t.Context(), client, conversation.ID)
}

func siteGet(ctx context.Context, c *siteassist.Client, id string) error {
	return result(c.Conversations.Get(ctx, id))
}

func siteStream(ctx context.Context, c *siteassist.Client, id string) error {
	stream, err := c.Messages.Stream(ctx, id, siteassist.SendMessageParams{Content: "Hello"})
	if err != nil {
		return err
	}
	return result(stream.Text())
}

func siteEvents(ctx context.Context, c *siteassist.Client, id string) error {
	for _, err := range c.Conversations.Events(ctx, id) {
		if err != nil {
			return err
		}
	}
	return nil
}

func siteassistTexts(t *testing.T, l *textList) {
	l.begin(t, "siteassist")
	siteassistConfigs(t, l)
	for _, f := range faults() {
		l.add(f.kind, siteFault(t, f.failure, siteGet))
		l.add(f.kind+", for a stream", siteFault(t, f.failure, siteStream))
	}
	notFound := siteassisttest.Documented(siteassist.CodeConversationNotFound)
	l.add("error response of the vendor", siteFault(t, notFound, siteGet))
	siteassistStreams(t, l)
	siteassistSessions(t, l)
	refused := siteassisttest.Failure{Status: 401, Body: `{"error":{"message":"Invalid key","code":"UNAUTHORIZED"}}`}
	l.add("handshake for events refused", siteText(t, siteEvents, func(s *siteassisttest.Server) {
		s.FailNext(func(r siteassisttest.Request) bool { return strings.HasSuffix(r.Path, "/ws") }, refused)
	}))
}

func siteassistConfigs(t *testing.T, l *textList) {
	l.add("Config without a credential", result(siteassist.NewClient(siteassist.Config{})))
	l.add("Config with two credentials", result(siteassist.NewClient(
		siteassist.Config{Token: "t", TokenSource: failingSource{}})))
	l.add("negative MaxEventSize", result(siteassist.NewClient(siteassist.Config{Token: "t", MaxEventSize: -1})))
	l.add("DeviceID that is too long", result(siteassist.NewClient(
		siteassist.Config{PublishableKey: "p", DeviceID: string(make([]byte, 101))})))
	client, err := siteassist.NewClient(siteassist.Config{Token: "t", BaseURL: "http://127.0.0.1:1"})
	require.NoError(t, err)
	l.add("visitor without PublishableKey", result(client.ForVisitor("d")))
	l.add("search without PublishableKey",
		result(client.Search.Query(t.Context(), siteassist.SearchParams{Query: "q"})))
	l.add("events without PublishableKey", siteEvents(t.Context(), client, "id"))
	client, err = siteassist.NewClient(siteassist.Config{PublishableKey: "p", BaseURL: "http://127.0.0.1:1"})
	require.NoError(t, err)
	l.add("visitor's operation without DeviceID", siteGet(t.Context(), client, "id"))
	client, err = siteassist.NewClient(siteassist.Config{TokenSource: failingSource{}, BaseURL: "http://127.0.0.1:1"})
	require.NoError(t, err)
	l.add("TokenSource failed", siteGet(t.Context(), client, "id"))
	l.add("limit out of range", result(client.Conversations.List(
		t.Context(), siteassist.ListConversationsParams{Limit: 1000})))
	l.add("unknown feedback", client.Messages.SetFeedback(t.Context(), "id", "great"))
}

func answerWith(f siteassisttest.Fault) func(*siteassisttest.Server) {
	return func(s *siteassisttest.Server) {
		s.Answer(func(siteassisttest.Message) siteassisttest.Answer {
			return siteassisttest.Answer{Text: "Hello you", Fault: f, FaultAfter: 2}
		})
	}
}

func siteassistStreams(t *testing.T, l *textList) {
	for _, c := range []struct {
		kind  string
		fault siteassisttest.Fault
	}{
		{"stream cut in an event", siteassisttest.FaultCutInEvent},
		{"stream cut before its end", siteassisttest.FaultCutBeforeEnd},
		{"stream reset", siteassisttest.FaultResetInStream},
		{"answer failed", siteassisttest.FaultErrorChunk},
		{"answer aborted", siteassisttest.FaultAbortChunk},
	} {
		l.add(c.kind, siteText(t, siteStream, answerWith(c.fault)))
	}
	l.add("stream that falls silent", siteWait(t, siteStream, answerWith(siteassisttest.FaultStall),
		func(cfg *siteassist.Config) { cfg.StreamIdleTimeout = timeout }))
	l.add("stream read after Close", siteText(t, func(ctx context.Context, c *siteassist.Client, id string) error {
		stream, err := c.Messages.Stream(ctx, id, siteassist.SendMessageParams{Content: "Hello"})
		require.NoError(t, err)
		require.NoError(t, stream.Close())
		return result(stream.Text())
	}, func(*siteassisttest.Server) {}))
}

// siteassistSessions adds the errors of calls that cannot open a visitor session.
func siteassistSessions(t *testing.T, l *textList) {
	refused := fault{"publishable key refused", siteassisttest.Documented(siteassist.CodeUnauthorized)}
	for _, f := range append(faults(), refused) {
		var err error
		if f.failure.Delay == 0 {
			err = sessionText(t, siteassisttest.NewServer(), f.failure, func(*siteassist.Config) {})
		} else {
			simulate(t, func(t *testing.T, l net.Listener, c *http.Client) {
				err = sessionText(t, siteassisttest.NewServerOn(l), f.failure, func(cfg *siteassist.Config) {
					cfg.HTTPClient, cfg.Timeout, cfg.MaxRetries = c, 2*timeout, -1
				})
			})
		}
		l.add("session cannot be opened, "+f.kind, err)
	}
}

func sessionText(
	t *testing.T, server *siteassisttest.Server, f fakeserver.Failure, change func(*siteassist.Config),
) error {
	t.Helper()
	defer server.Close()
	cfg := server.Config()
	cfg.MaxRetryWait, cfg.DeviceID = time.Millisecond, "d"
	change(&cfg)
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	server.Fail(9, f)
	return result(client.Conversations.Start(t.Context(), siteassist.StartConversationParams{}))
}
