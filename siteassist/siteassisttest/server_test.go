package siteassisttest_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, change ...func(*siteassist.Config)) (*siteassisttest.Server, *siteassist.Client) {
	t.Helper()
	server := siteassisttest.NewServer()
	t.Cleanup(server.Close)
	cfg := server.Config()
	for _, f := range change {
		f(&cfg)
	}
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	return server, client
}

func converse(t *testing.T, client *siteassist.Client) string {
	t.Helper()
	c, err := client.Conversations.Start(t.Context(),
		siteassist.StartConversationParams{PageURL: "https://example.com"})
	require.NoError(t, err)
	return c.ID
}

func say(t *testing.T, client *siteassist.Client, id, content string) (*siteassist.Stream, error) {
	t.Helper()
	return client.Messages.Stream(t.Context(), id, siteassist.SendMessageParams{Content: content})
}

func TestServer_KeepsWhatIsSaid(t *testing.T) {
	_, client := start(t)
	id := converse(t, client)
	result, err := client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{
		Content: "Hello there", PageContext: &siteassist.PageContext{
			URL: "https://example.com", TextSelection: "word",
		}})
	require.NoError(t, err)
	assert.Equal(t, "You said: Hello there", result.Text())
	stream, err := say(t, client, id, "Again")
	require.NoError(t, err)
	text, err := stream.Text()
	require.NoError(t, err)
	assert.Equal(t, "You said: Again", text)

	var texts []string
	for m, err := range client.Messages.All(t.Context(), id, siteassist.ListMessagesParams{Limit: 3}) {
		require.NoError(t, err)
		texts = append(texts, string(m.Role)+": "+m.Text())
	}
	assert.Equal(t, []string{
		"user: Hello there", "assistant: You said: Hello there", "user: Again", "assistant: You said: Again",
	}, texts)

	c, err := client.Conversations.Get(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, c.Messages, 4)
	assert.Equal(t, "word", c.Messages[0].TextSelection)
	page, err := client.Messages.List(t.Context(), id,
		siteassist.ListMessagesParams{Role: siteassist.RoleAssistant, Status: siteassist.MessageStatusComplete})
	require.NoError(t, err)
	assert.Len(t, page.Data, 2)
}

func TestServer_StreamNamesTheStoredMessage(t *testing.T) {
	_, client := start(t)
	id := converse(t, client)
	stream, err := say(t, client, id, "Hi")
	require.NoError(t, err)
	for chunk, err := range stream.Chunks() {
		require.NoError(t, err)
		if first, ok := chunk.(*siteassist.StartChunk); ok {
			require.NoError(t, client.Messages.SetFeedback(t.Context(), first.MessageID, siteassist.FeedbackDislike))
		}
	}
	page, err := client.Messages.List(t.Context(), id, siteassist.ListMessagesParams{Offset: 1, Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, siteassist.FeedbackDislike, page.Data[0].Feedback)
	assert.False(t, page.Data[0].FeedbackAt.IsZero())
	require.NoError(t, client.Messages.SetFeedback(t.Context(), page.Data[0].ID, siteassist.FeedbackNone))
	page, err = client.Messages.List(t.Context(), id, siteassist.ListMessagesParams{Offset: 1, Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, siteassist.FeedbackNone, page.Data[0].Feedback)
	assert.ErrorIs(t, client.Messages.SetFeedback(t.Context(), "none", siteassist.FeedbackLike), siteassist.ErrNotFound)
}

func TestServer_ConversationsPageAndClose(t *testing.T) {
	_, client := start(t)
	var ids []string
	for range 12 {
		ids = append(ids, converse(t, client))
	}
	for range 2 { // closing twice is no error
		r, err := client.Conversations.Close(t.Context(), ids[3], siteassist.CloseConversationParams{Reason: "done"})
		require.NoError(t, err)
		assert.True(t, r.Success)
	}
	var got []string
	for c, err := range client.Conversations.All(t.Context(), siteassist.ListConversationsParams{
		Limit: 5, OrderBy: siteassist.ConversationOrderCreatedAt, OrderDir: siteassist.OrderDirectionAscending,
	}) {
		require.NoError(t, err)
		got = append(got, c.ID)
	}
	assert.Equal(t, ids, got)
	page, err := client.Conversations.List(t.Context(), siteassist.ListConversationsParams{
		Status: siteassist.ConversationStatusClosed, OrderBy: siteassist.ConversationOrderHumanHandled,
	})
	require.NoError(t, err)
	require.Len(t, page.Data, 1)
	assert.Equal(t, 1, page.Total)
	assert.Equal(t, "done", page.Data[0].CloseReason)
}

func TestServer_VisitorsAreApart(t *testing.T) {
	_, client := start(t)
	id := converse(t, client)
	other, err := client.ForVisitor("someone-else")
	require.NoError(t, err)
	_, err = other.Conversations.Get(t.Context(), id)
	assert.ErrorIs(t, err, siteassist.CodeForbidden)
	page, err := other.Conversations.List(t.Context(), siteassist.ListConversationsParams{})
	require.NoError(t, err)
	assert.Empty(t, page.Data)
	result, err := client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "Hi"})
	require.NoError(t, err)
	require.NotEmpty(t, result.Text())
	mine, err := client.Messages.List(t.Context(), id, siteassist.ListMessagesParams{})
	require.NoError(t, err)
	assert.ErrorIs(t, other.Messages.SetFeedback(t.Context(), mine.Data[1].ID, siteassist.FeedbackLike),
		siteassist.ErrForbidden)
}

func TestServer_SessionsExpire(t *testing.T) {
	server, client := start(t)
	before, err := client.Identity.Me(t.Context())
	require.NoError(t, err)
	server.ExpireSessions()
	after, err := client.Identity.Me(t.Context())
	require.NoError(t, err)
	assert.Equal(t, before.ID, after.ID, "the same device is the same visitor")

	session, err := client.Identity.Init(t.Context(), siteassist.InitParams{DeviceID: "device-2"})
	require.NoError(t, err)
	server.ExpireSessions()
	cfg := server.Config()
	cfg.Token = session.SessionToken
	fixed, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	_, err = fixed.Identity.Me(t.Context())
	assert.ErrorIs(t, err, siteassist.CodeUnauthorized)
}

func TestServer_ChecksCredentials(t *testing.T) {
	_, client := start(t, func(c *siteassist.Config) { c.PublishableKey = "pk_wrong" })
	_, err := client.Identity.Me(t.Context())
	assert.ErrorIs(t, err, siteassist.ErrUnauthorized)
	_, err = client.Search.Query(t.Context(), siteassist.SearchParams{Query: "x"})
	assert.ErrorIs(t, err, siteassist.ErrUnauthorized)
	_, err = client.Identity.Init(t.Context(), siteassist.InitParams{})
	assert.ErrorIs(t, err, siteassist.CodeUnauthorized)

	for token, want := range map[string]error{siteassisttest.PrivateKey: nil, "sk_wrong": siteassist.ErrUnauthorized} {
		_, client := start(t, func(c *siteassist.Config) {
			c.TokenSource = oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})
		})
		_, err := client.Completions.Create(t.Context(), siteassist.CompletionParams{
			Messages: []siteassist.CompletionMessage{{Role: siteassist.RoleUser, Content: "Hi"}},
		})
		assert.ErrorIs(t, err, want)
	}
}

func TestServer_Faults(t *testing.T) {
	const whole = "one two three"
	tests := map[siteassisttest.Fault]faultyAnswer{
		siteassisttest.FaultNone:          {nil, whole},
		siteassisttest.FaultStayOpen:      {nil, whole},
		siteassisttest.FaultCutInEvent:    {siteassist.ErrTruncated, "one "},
		siteassisttest.FaultCutBeforeEnd:  {siteassist.ErrTruncated, "one "},
		siteassisttest.FaultResetInStream: {siteassist.ErrTruncated, "one "},
		siteassisttest.FaultAbortChunk:    {siteassist.ErrTruncated, "one "},
		siteassisttest.FaultStall:         {siteassist.ErrTruncated, "one "},
		siteassisttest.FaultErrorChunk:    {nil, "one "},
	}
	for fault, want := range tests {
		if fault == siteassisttest.FaultStall {
			synctest.Test(t, func(t *testing.T) {
				memory := fakeserver.NewMemory()
				transport := &http.Transport{DialContext: memory.DialContext}
				defer transport.CloseIdleConnections()
				server := siteassisttest.NewServerOn(memory)
				defer server.Close()
				cfg := server.Config()
				cfg.HTTPClient, cfg.StreamIdleTimeout = &http.Client{Transport: transport}, time.Second
				client, err := siteassist.NewClient(cfg)
				require.NoError(t, err)
				failsAs(t, server, client, fault, want)
			})
			continue
		}
		server, client := start(t)
		failsAs(t, server, client, fault, want)
	}
}

// faultyAnswer is how a stream ends: its text, and the error that it matches.
type faultyAnswer struct {
	err  error
	text string
}

// failsAs requires that a stream with this fault ends as wanted.
func failsAs(
	t *testing.T, server *siteassisttest.Server, client *siteassist.Client, fault siteassisttest.Fault,
	want faultyAnswer,
) {
	t.Helper()
	server.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Text: "one two three", Fault: fault, FaultAfter: 4, Pace: time.Millisecond}
	})
	stream, err := say(t, client, converse(t, client), "Hi")
	require.NoError(t, err)
	text, err := stream.Text()
	assert.Equal(t, want.text, text, "%v", fault)
	switch {
	case fault == siteassisttest.FaultErrorChunk:
		failure, ok := errors.AsType[*siteassist.Error](err)
		require.True(t, ok)
		assert.Equal(t, "An error occurred.", failure.Message)
	case want.err == nil:
		assert.NoError(t, err, "%v", fault)
	default:
		assert.ErrorIs(t, err, want.err, "%v", fault)
	}
}

func TestServer_FaultAfterTheLastEvent(t *testing.T) {
	server, client := start(t)
	server.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Text: "whole", Fault: siteassisttest.FaultCutBeforeEnd, FaultAfter: 99}
	})
	stream, err := client.Completions.Stream(t.Context(), siteassist.CompletionParams{
		Messages: []siteassist.CompletionMessage{{Role: siteassist.RoleUser, Content: "Hi"}},
	})
	require.NoError(t, err)
	text, err := stream.Text()
	assert.Equal(t, "whole", text)
	assert.ErrorIs(t, err, siteassist.ErrTruncated)
}

func TestServer_OwnChunksAndQueuedAnswers(t *testing.T) {
	server, client := start(t)
	server.Answer(func(m siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Queued: m.Content == "wait", Chunks: []siteassist.Chunk{
			&siteassist.DataChunk{Name: "x", Data: []byte(`1`)}, &siteassist.UnknownChunk{Type: "later"}}}
	})
	id := converse(t, client)
	stream, err := say(t, client, id, "go")
	require.NoError(t, err)
	var got []string
	for chunk, err := range stream.Chunks() {
		require.NoError(t, err)
		got = append(got, strings.TrimPrefix(fmt.Sprintf("%T", chunk), "*siteassist."))
	}
	assert.Equal(t, []string{
		"StartChunk", "StartStepChunk", "DataChunk", "UnknownChunk", "FinishStepChunk", "FinishChunk",
	}, got)
	result, err := client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "wait"})
	require.NoError(t, err)
	assert.True(t, result.Queued)

	server.Answer(nil)
	result, err = client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "x"})
	require.NoError(t, err)
	assert.Equal(t, "You said: x", result.Text())
}

func TestServer_EveryDocumentedError(t *testing.T) {
	codes := map[siteassist.ErrorCode]int{
		siteassist.CodeInvalidRequestBody: 400, siteassist.CodeUnauthorized: 401, siteassist.CodePaymentRequired: 402,
		siteassist.CodeForbidden: 403, siteassist.CodeConversationNotFound: 404, siteassist.CodeConflict: 409,
		siteassist.CodeValidationError: 422, siteassist.CodeRateLimitExceeded: 429,
		siteassist.CodeInternalServerError: 500,
		siteassist.CodeBadGateway:          502, siteassist.CodeServiceUnavailable: 503,
	}
	for code, status := range codes {
		server, client := start(t, func(c *siteassist.Config) { c.Token, c.MaxRetries = siteassisttest.PrivateKey, -1 })
		server.Fail(1, siteassisttest.Documented(code))
		_, err := client.Conversations.Start(t.Context(), siteassist.StartConversationParams{})
		assert.ErrorIs(t, err, code)
		failure, ok := errors.AsType[*siteassist.Error](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, status, failure.StatusCode)
		assert.NotEmpty(t, failure.Message)
		switch status {
		case 429:
			assert.Equal(t, time.Minute, failure.RetryAfter)
		case 503:
			assert.Equal(t, 30*time.Second, failure.RetryAfter)
		}
	}
}

func TestServer_ResetIsDeliveryUnknown(t *testing.T) {
	server, client := start(t, func(c *siteassist.Config) { c.Token = siteassisttest.PrivateKey })
	server.Fail(1, siteassisttest.Failure{Reset: true})
	_, err := client.Conversations.Start(t.Context(), siteassist.StartConversationParams{})
	assert.ErrorIs(t, err, siteassist.ErrDeliveryUnknown)
	assert.Len(t, server.Requests(), 1)
	server.Fail(1, siteassisttest.Failure{Status: 500})
	_, err = client.Conversations.List(t.Context(), siteassist.ListConversationsParams{})
	assert.NoError(t, err, "reading is tried again")
}

func TestServer_ProjectAndSearch(t *testing.T) {
	server, client := start(t)
	var ids []string
	for i := range 12 {
		ids = append(ids, server.AddQnA(fmt.Sprintf("What about topic %d?", i), "It depends."))
	}
	project, err := client.Projects.GetCurrent(t.Context())
	require.NoError(t, err)
	assert.Equal(t, siteassisttest.ProjectID, project.ID)
	var got []string
	for q, err := range client.Projects.AllQnAs(t.Context(), project.ID, siteassist.QnAParams{}) {
		require.NoError(t, err)
		got = append(got, q.ID)
	}
	assert.Equal(t, ids, got)
	q, err := client.Projects.GetQnA(t.Context(), project.ID, ids[5])
	require.NoError(t, err)
	assert.Equal(t, "What about topic 5?", q.Question)
	_, err = client.Projects.GetQnA(t.Context(), project.ID, "none")
	assert.ErrorIs(t, err, siteassist.ErrNotFound)
	found, err := client.Search.Query(t.Context(), siteassist.SearchParams{Query: "TOPIC 1", Size: 2})
	require.NoError(t, err)
	assert.Len(t, found.Results, 2)
	for _, r := range server.Requests() {
		assert.NotContains(t, r.Path, "apiKey")
	}
}

// TestServer_RefusesWhatTheClientWouldNotSend posts without the client, because the client would refuse these requests.
func TestServer_RefusesWhatTheClientWouldNotSend(t *testing.T) {
	server, client := start(t, func(c *siteassist.Config) { c.Token = siteassisttest.PrivateKey })
	id := converse(t, client)
	for path, bodies := range map[string]map[string]int{
		"/identity/init":                     {`{}`: 400, `no`: 400},
		"/conversations/" + id + "/messages": {`{}`: 400, `{"content":"` + strings.Repeat("x", 10_001) + `"}`: 422},
		"/conversations/none/messages":       {`{"content":"x"}`: 404},
		"/conversations/none/close":          {`{}`: 404},
		"/messages/m/feedback":               {`{}`: 400, `{"feedback":"love"}`: 400},
		"/chat/completions":                  {`{}`: 400},
		"/nowhere":                           {`{}`: 404},
	} {
		for body, want := range bodies {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.Config().BaseURL+path,
				strings.NewReader(body))
			require.NoError(t, err)
			request.Header.Set("Authorization", "Bearer "+siteassisttest.PrivateKey)
			transport := &http.Transport{DisableKeepAlives: true}
			resp, err := (&http.Client{Transport: transport}).Do(request)
			require.NoError(t, err)
			_ = resp.Body.Close()
			assert.Equal(t, want, resp.StatusCode, "%s %.40s", path, body)
		}
	}
	_, err := client.Messages.List(t.Context(), "none", siteassist.ListMessagesParams{})
	assert.ErrorIs(t, err, siteassist.ErrNotFound)
}
