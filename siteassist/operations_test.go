package siteassist

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/transport"
)

const (
	conversationJSON = `{"object":"conversation","id":"` + testID +
		`","createdAt":"2024-01-15T10:30:00.000Z","status":"open"}`
	completionJSON = `{"steps":[{"content":[{"type":"text","text":"Hello!"}],"finishReason":"stop",` +
		`"usage":{"totalTokens":2420}}]}`
	visitorJSON = `{"object":"visitor","id":"v1","type":"anonymous","externalId":null,"name":null,"avatarUrl":null}`
)

// where says which credential an operation takes.
type where int

const (
	inHeader where = iota
	inQuery
	inBody
)

// operation is a call of each method, with the request that it must send and the response of a server.
type operation struct {
	name       string
	op         *transport.Operation
	idempotent bool
	call       func(context.Context, *Client) error
	path       string // with its query, without the key
	body       string // empty means no body
	key        where
	reply      string // application/json
	loose      bool   // {} is a valid reply
	stream     bool
}

func last[T any](_ T, err error) error { return err }

func drainAll[T any](seq func(func(*T, error) bool)) (err error) {
	for _, err = range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

var operations = []operation{
	{"Identity.Init", &initSession, true, func(ctx context.Context, c *Client) error {
		return last(c.Identity.Init(ctx, InitParams{DeviceID: "device-1"}))
	}, "/identity/init", `{"apiKey":"` + testKey + `","saVid":"device-1"}`, inBody,
		`{"sessionToken":"s","visitor":` + visitorJSON + `}`, false, false},
	{"Identity.Me", &getVisitor, true, func(ctx context.Context, c *Client) error {
		return last(c.Identity.Me(ctx))
	}, "/identity/me", "", inHeader, visitorJSON, false, false},
	{"Conversations.List", &listConversations, true, func(ctx context.Context, c *Client) error {
		return last(
			c.Conversations.List(ctx, ListConversationsParams{
				Limit: 10, Offset: 20, Status: ConversationStatusOpen, OrderBy: ConversationOrderID,
				OrderDir: OrderDirectionAscending,
			}),
		)
	}, "/conversations?limit=10&offset=20&orderBy=id&orderDir=asc&status=open", "", inHeader,
		`{"object":"list","total":0,"data":[]}`, false, false},
	{"Conversations.All", &listConversations, true, func(ctx context.Context, c *Client) error {
		return drainAll(c.Conversations.All(ctx, ListConversationsParams{}))
	}, "/conversations", "", inHeader, `{"object":"list","total":0,"data":[]}`, false, false},
	{"Conversations.Start", &startConversation, false, func(ctx context.Context, c *Client) error {
		return last(c.Conversations.Start(ctx, StartConversationParams{PageURL: "https://example.com/contact"}))
	}, "/conversations", `{"context":{"pageUrl":"https://example.com/contact"}}`, inHeader, conversationJSON, false,
		false},
	{"Conversations.Get", &getConversation, true, func(ctx context.Context, c *Client) error {
		return last(c.Conversations.Get(ctx, testID))
	}, "/conversations/" + testID, "", inHeader, conversationJSON, false, false},
	{"Conversations.Close", &closeConversation, true, func(ctx context.Context, c *Client) error {
		return last(c.Conversations.Close(ctx, testID, CloseConversationParams{Reason: "Issue resolved"}))
	}, "/conversations/" + testID + "/close", `{"closeReason":"Issue resolved"}`, inHeader, `{"success":true}`, false,
		false},
	{"Messages.List", &listMessages, true, func(ctx context.Context, c *Client) error {
		return last(c.Messages.List(ctx, testID,
			ListMessagesParams{Limit: 1000, Offset: 1, Role: RoleAssistant, Status: MessageStatusComplete}))
	}, "/conversations/" + testID + "/messages?limit=1000&offset=1&role=assistant&status=complete", "", inHeader,
		`{"object":"list","data":[]}`, false, false},
	{"Messages.All", &listMessages, true, func(ctx context.Context, c *Client) error {
		return drainAll(c.Messages.All(ctx, testID, ListMessagesParams{}))
	}, "/conversations/" + testID + "/messages", "", inHeader, `{"object":"list","data":[]}`, false, false},
	{"Messages.Send", &sendMessage, false, func(ctx context.Context, c *Client) error {
		return last(
			c.Messages.Send(ctx, testID, SendMessageParams{
				Content: "Hi", PageContext: &PageContext{URL: "u", Title: "t", Content: "c", TextSelection: "s"},
			}),
		)
	}, "/conversations/" + testID + "/messages",
		`{"content":"Hi","stream":false,"pageContext":{"url":"u","title":"t","content":"c","textSelection":"s"}}`,
		inHeader, completionJSON, false, false},
	{"Messages.Stream", &streamMessage, false, func(ctx context.Context, c *Client) error {
		return last(readStream(c.Messages.Stream(ctx, testID, SendMessageParams{Content: "Hi"})))
	}, "/conversations/" + testID + "/messages", `{"content":"Hi","stream":true}`, inHeader, hello, false, true},
	{"Messages.SetFeedback", &setFeedback, false, func(ctx context.Context, c *Client) error {
		return c.Messages.SetFeedback(ctx, testID, FeedbackNone)
	}, "/messages/" + testID + "/feedback", `{"feedback":null}`, inHeader, `{"feedback":null}`, true, false},
	{"Completions.Create", &createCompletion, false, func(ctx context.Context, c *Client) error {
		return last(
			c.Completions.Create(ctx, CompletionParams{
				AssistantID: "a1", Messages: []CompletionMessage{{RoleSystem, "Be brief"}, {RoleUser, "Hi"}},
			}),
		)
	}, "/chat/completions",
		`{"assistantId":"a1","messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"Hi"}],` +
			`"stream":false}`, inHeader, completionJSON, false, false},
	{"Completions.Stream", &streamCompletion, false, func(ctx context.Context, c *Client) error {
		return last(
			readStream(c.Completions.Stream(ctx, CompletionParams{Messages: []CompletionMessage{{RoleUser, "Hi"}}})),
		)
	}, "/chat/completions", `{"messages":[{"role":"user","content":"Hi"}],"stream":true}`, inHeader, hello, false,
		true},
	{"Search.Query", &search, true, func(ctx context.Context, c *Client) error {
		return last(c.Search.Query(ctx, SearchParams{Query: "reset password", Size: 10}))
	}, "/search?q=reset+password&size=10", "", inQuery, `{"results":[]}`, false, false},
	{"Projects.GetCurrent", &currentProject, true, func(ctx context.Context, c *Client) error {
		return last(c.Projects.GetCurrent(ctx))
	}, "/projects/current", "", inQuery, `{"id":"p1","name":"Acme Inc"}`, false, false},
	{"Projects.ListQnAs", &listQnAs, true, func(ctx context.Context, c *Client) error {
		return last(c.Projects.ListQnAs(ctx, "p1", QnAParams{Query: "refund", Limit: 5, Offset: 5}))
	}, "/projects/p1/qnas?limit=5&offset=5&query=refund", "", inHeader, `{"total":0,"data":[]}`, false, false},
	{"Projects.AllQnAs", &listQnAs, true, func(ctx context.Context, c *Client) error {
		return drainAll(c.Projects.AllQnAs(ctx, "p1", QnAParams{}))
	}, "/projects/p1/qnas", "", inHeader, `{"total":0,"data":[]}`, false, false},
	{"Projects.GetQnA", &getQnA, true, func(ctx context.Context, c *Client) error {
		return last(c.Projects.GetQnA(ctx, "p1", "q1"))
	}, "/projects/p1/qnas/q1", "", inHeader, `{"id":"q1","question":"?"}`, false, false},
}

func readStream(s *Stream, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return s.Text()
}

func (o operation) contentType() string {
	if o.stream {
		return "text/event-stream"
	}
	return "application/json"
}

func TestOperations_WhatIsSent(t *testing.T) {
	for _, o := range operations {
		client, server := serve(t, reply(200, o.contentType(), o.reply))
		require.NoError(t, o.call(t.Context(), client), o.name)
		require.Len(t, server.Requests(), 1, o.name)
		got := server.Requests()[0]

		path, query, _ := strings.Cut(o.path, "?")
		assert.Equal(t, o.op.Method, got.Method, o.name)
		assert.Equal(t, basePath+path, got.Path, o.name)
		assert.Equal(t, o.body, string(got.Body), o.name)
		token, key := "", ""
		switch o.key {
		case inHeader:
			token = "Bearer " + testToken
		case inQuery:
			key = testKey
		}
		assert.Equal(t, token, got.Header.Get("Authorization"), o.name)
		assert.Equal(t, key, got.Query.Get("apiKey"), o.name)
		got.Query.Del("apiKey")
		assert.Equal(t, query, got.Query.Encode(), o.name)
		if o.body != "" {
			assert.Equal(t, "application/json", got.Header.Get("Content-Type"), o.name)
		}
	}
}

// TestOperations_Idempotent lists which operations may reach the server more than once.
func TestOperations_Idempotent(t *testing.T) {
	for _, o := range operations {
		assert.Equal(t, o.idempotent, o.op.Idempotent, o.name)
		lost := 0
		client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if lost++; lost == 1 {
				w.WriteHeader(500)
				return
			}
			reply(200, o.contentType(), o.reply)(w, nil)
		})
		err := o.call(t.Context(), client)
		assert.Equal(t, o.idempotent, err == nil, "%s: %v", o.name, err)
		assert.Equal(t, !o.idempotent, errors.Is(err, ErrDeliveryUnknown), o.name)
	}
}

func TestOperations_RepliesThatAreNone(t *testing.T) {
	for name, body := range map[string]struct{ contentType, body string }{
		"empty":    {"application/json", ""},
		"HTML":     {"text/html", "<html>maintenance</html>"},
		"null":     {"application/json", "null"},
		"number":   {"application/json", "7"},
		"text":     {"application/json", `"fine"`},
		"cut":      {"application/json", `{"id":"x"`},
		"no id":    {"application/json", `{}`},
		"envelope": {"application/json", `{"error":{"message":"No","code":"FORBIDDEN"}}`},
	} {
		for _, o := range operations {
			if o.loose && name == "no id" {
				continue
			}
			client, _ := serve(t, reply(200, body.contentType, body.body))
			err := o.call(t.Context(), client)
			assert.ErrorIs(t, err, ErrDecode, "%s, %s", o.name, name)
			assert.Equal(t, !o.op.Idempotent, errors.Is(err, ErrDeliveryUnknown), "%s, %s", o.name, name)
			failure, ok := errors.AsType[*Error](err)
			if assert.True(t, ok, "%s, %s: %v", o.name, name, err) {
				assert.Equal(t, "siteassist: "+o.op.Name, failure.Operation)
			}
		}
	}
}

func TestOperations_EveryErrorStatusIsAnError(t *testing.T) {
	for _, o := range operations {
		for _, status := range []int{400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503, 302, 418} {
			client, _ := serve(t, reply(status, "text/html", "<html>no</html>"), func(c *Config) { c.MaxRetries = -1 })
			failure, ok := errors.AsType[*Error](o.call(t.Context(), client))
			if assert.True(t, ok, "%s, %d", o.name, status) {
				assert.Equal(t, status, failure.StatusCode)
				assert.Equal(t, o.op.Path, failure.Path)
				assert.Equal(t, "<html>no</html>", string(failure.Body))
			}
		}
	}
}

func TestOperations_ShowNoSecret(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		body, _ := json.Marshal(map[string]any{"error": map[string]any{
			"message": "bad " + r.Header.Get("Authorization") + " " + r.URL.RawQuery + " " + testKey, "code": testToken,
		}})
		_, _ = w.Write(body)
	}
	for _, o := range operations {
		client, _ := serve(t, echo)
		err := o.call(t.Context(), client)
		require.Error(t, err)
		for _, text := range printed(err) {
			assert.NotContains(t, text, testToken, o.name)
			assert.NotContains(t, text, testKey, o.name)
		}
	}
}

func TestOperations_IDsStayOneSegment(t *testing.T) {
	client, server := serve(t, reply(200, "application/json", conversationJSON))
	for _, id := range []string{"a/b", "a?x=1", "%2e%2e", "ä", "a b"} {
		_, err := client.Conversations.Get(t.Context(), id)
		require.NoError(t, err)
	}
	var paths []string
	for _, r := range server.Requests() {
		paths = append(paths, strings.TrimPrefix(r.Path, basePath+"/conversations/"))
	}
	assert.Equal(t, []string{"a%2Fb", "a%3Fx=1", "%252e%252e", "%C3%A4", "a%20b"}, paths)
	for _, id := range []string{"", ".", ".."} {
		_, err := client.Conversations.Get(t.Context(), id)
		assert.ErrorIs(t, err, ErrInvalidArgument)
		assert.ErrorContains(t, err, "conversationId")
	}
	assert.Len(t, server.Requests(), 5)
}

func TestOperations_ArgumentsThatAreRefused(t *testing.T) {
	runes := func(n int) string { return strings.Repeat("ä", n) }
	say := func(content string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			_, err := c.Messages.Send(ctx, testID, SendMessageParams{Content: content})
			_, err2 := c.Messages.Stream(ctx, testID, SendMessageParams{Content: content})
			return errors.Join(err, err2)
		}
	}
	init := func(device string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return last(c.Identity.Init(ctx, InitParams{DeviceID: device}))
		}
	}
	list := func(limit, offset int) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return last(c.Conversations.List(ctx, ListConversationsParams{Limit: limit, Offset: offset}))
		}
	}
	messages := func(limit, offset int) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return last(c.Messages.List(ctx, testID, ListMessagesParams{Limit: limit, Offset: offset}))
		}
	}
	qnas := func(limit, offset int, query string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return last(c.Projects.ListQnAs(ctx, "p1", QnAParams{Limit: limit, Offset: offset, Query: query}))
		}
	}
	find := func(query string, size int) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return last(c.Search.Query(ctx, SearchParams{Query: query, Size: size}))
		}
	}
	closing := func(reason string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return last(c.Conversations.Close(ctx, testID, CloseConversationParams{Reason: reason}))
		}
	}
	complete := func(messages ...CompletionMessage) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return last(c.Completions.Create(ctx, CompletionParams{Messages: messages}))
		}
	}
	rate := func(f Feedback) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error { return c.Messages.SetFeedback(ctx, testID, f) }
	}
	refused := []struct {
		field string
		call  func(context.Context, *Client) error
	}{
		{"Content must", say("")}, {"Content is longer than 10000", say(runes(10_001))},
		{"DeviceID must", init("")}, {"DeviceID is longer than 100", init(runes(101))},
		{"Limit", list(-1, 0)}, {"Limit", list(101, 0)}, {"Offset", list(0, -1)},
		{"Limit", messages(-1, 0)}, {"Limit", messages(1001, 0)}, {"Offset", messages(0, -1)},
		{"Limit", qnas(-1, 0, "")}, {"Limit", qnas(101, 0, "")}, {"Offset", qnas(0, -1, "")},
		{"Query is longer than 300", qnas(0, 0, runes(301))},
		{"Query must", find("", 0)}, {"Query is longer than 500", find(runes(501), 0)}, {"Size", find("x", 51)},
		{"Size", find("x", -1)},
		{"Reason is longer than 256", closing(runes(257))},
		{"Messages must", complete()},
		{"Messages[1].Role", complete(CompletionMessage{RoleUser, "a"}, CompletionMessage{"", "b"})},
		{"feedback", rate("love")},
	}
	client, server := serve(t, reply(500, "text/html", "no"), func(c *Config) { c.MaxRetries = -1 })
	for _, r := range refused {
		err := r.call(t.Context(), client)
		assert.ErrorIs(t, err, ErrInvalidArgument, r.field)
		assert.ErrorContains(t, err, ": "+r.field)
		assert.NotErrorIs(t, err, ErrDeliveryUnknown)
	}
	assert.Empty(t, server.Requests(), "something was sent")

	accepted := []func(context.Context, *Client) error{
		say(runes(10_000)), init(runes(100)), list(100, 5), messages(1000, 0), qnas(100, 0, runes(300)),
		find(runes(500), 50), closing(runes(256)),
	}
	for i, call := range accepted {
		assert.NotErrorIs(t, call(t.Context(), client), ErrInvalidArgument, "%d", i)
	}
}

func TestOperations_EndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	client, server := serve(t, reply(200, "application/json", `{}`))
	for _, o := range operations {
		err := o.call(ctx, client)
		assert.ErrorIs(t, err, context.Canceled, o.name)
		assert.NotErrorIs(t, err, ErrDeliveryUnknown, o.name)
	}
	assert.Empty(t, server.Requests())
}
