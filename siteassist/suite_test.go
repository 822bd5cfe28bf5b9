package siteassist_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/conformance"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

func TestSuite(t *testing.T) { conformance.Run(t, suiteVendor(fixedToken, everyMethod)) }

func TestSuite_CutAfterEachByteOverHTTP1(t *testing.T) {
	conformance.CutHTTP1(t, suiteVendor(fixedToken, everyMethod))
}

func TestSuite_CutAfterEachByteOverHTTP2(t *testing.T) {
	conformance.CutHTTP2(t, suiteVendor(fixedToken, everyMethod))
}

// TestSuite_OwnSession runs the suite with a client that opens the visitor's session itself.
func TestSuite_OwnSession(t *testing.T) {
	t.Parallel()
	conformance.Run(t, ownSessionVendor())
}

func TestSuite_OwnSessionCutAfterEachByteOverHTTP1(t *testing.T) {
	conformance.CutHTTP1(t, ownSessionVendor())
}

func TestSuite_OwnSessionCutAfterEachByteOverHTTP2(t *testing.T) {
	conformance.CutHTTP2(t, ownSessionVendor())
}

// ownSessionVendor leaves out Identity.Init, which the server takes for the client's own call.
func ownSessionVendor() conformance.Vendor[suiteClient] {
	v := suiteVendor(ownSession, everyMethod[1:])
	v.Grant = func(w http.ResponseWriter, path string) bool {
		if path != "/identity/init" {
			return false
		}
		_, _ = io.WriteString(w, `{"sessionToken":"`+suiteToken+`","visitor":`+aVisitor+`}`)
		return true
	}
	return v
}

func TestSuite_HoldsEveryMethod(t *testing.T) {
	c, err := siteassist.NewClient(fixedToken(conformance.Settings{}))
	require.NoError(t, err)
	streams := map[string]any{"Stream": &siteassist.Stream{}}
	conformance.Complete(t, c, everyMethod, streams, map[string]string{
		"Stream.Chunks":        "read by Messages.Stream and Completions.Stream",
		"Conversations.Events": "events come over a WebSocket",
	})
}

func TestSuite_OneClientForAll(t *testing.T) {
	conformance.Share(t, conformance.Shared[suiteClient]{
		Operations: everyMethod, Answer: suiteAnswer, Start: startFilled,
	})
}

// These are the credentials of the suite.
const (
	suiteToken = "token/of+the suite"
	suiteKey   = "publishable-key/of+the suite"
)

func fixedToken(set conformance.Settings) siteassist.Config {
	cfg := ownSession(set)
	cfg.Token = suiteToken
	return cfg
}

func ownSession(set conformance.Settings) siteassist.Config {
	return siteassist.Config{
		PublishableKey: suiteKey, DeviceID: "device-1", BaseURL: set.BaseURL, HTTPClient: set.HTTPClient,
		Timeout: set.Timeout, MaxRetryWait: set.MaxRetryWait, Logger: set.Logger, Hooks: set.Hooks,
	}
}

func suiteVendor(
	suiteConfig func(conformance.Settings) siteassist.Config, operations []conformance.Operation[suiteClient],
) conformance.Vendor[suiteClient] {
	return conformance.Vendor[suiteClient]{
		Name:    "siteassist",
		New:     func(set conformance.Settings) (suiteClient, error) { return siteassist.NewClient(suiteConfig(set)) },
		Config:  func(set conformance.Settings) any { return suiteConfig(set) },
		Secrets: []string{suiteToken, suiteKey},
		Answer:  suiteAnswer,
		Refusal: func(message string) string {
			details := map[string]any{"reason": message}
			return conformance.JSON(map[string]any{
				"error": map[string]any{"message": message, "code": "X_" + message, "details": details},
			})
		},
		Operations: operations,
	}
}

func suiteAnswer(err error) *conformance.Answer {
	e, ok := errors.AsType[*siteassist.Error](err)
	if !ok {
		return nil
	}
	return &conformance.Answer{
		Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode, Attempts: e.Attempts,
		RetryAfter: e.RetryAfter, Message: e.Message, Body: e.Body,
	}
}

// startFilled fills a fake server with the objects for the calls of the table.
func startFilled(t *testing.T, via *http.Client) (suiteClient, func(string) []string, func()) {
	server := siteassisttest.NewServer()
	cfg := server.Config()
	cfg.HTTPClient = via
	c, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	busy, err := c.Conversations.Start(t.Context(), startParams)
	require.NoError(t, err)
	quiet, err := c.Conversations.Start(t.Context(), startParams)
	require.NoError(t, err)
	_, err = c.Messages.Send(t.Context(), quiet.ID, messageParams)
	require.NoError(t, err)
	said, err := c.Messages.List(t.Context(), quiet.ID, siteassist.ListMessagesParams{})
	require.NoError(t, err)
	qna := server.AddQnA("What about "+conformance.Query+"?", "Nothing.")
	special := map[string][]string{
		"Messages.Send": {busy.ID}, "Messages.Stream": {busy.ID}, "Messages.SetFeedback": {said.Data[1].ID},
		"Projects.ListQnAs": {siteassisttest.ProjectID}, "Projects.AllQnAs": {siteassisttest.ProjectID},
		"Projects.GetQnA": {siteassisttest.ProjectID, qna},
	}
	return c, func(name string) []string {
		if ids, ok := special[name]; ok {
			return ids
		}
		return []string{quiet.ID}
	}, server.Close
}

// These are the arguments of the calls, which all of them share.
var (
	deviceParams        = siteassist.InitParams{DeviceID: "device-1"}
	conversationsParams = siteassist.ListConversationsParams{
		Limit: 5, Status: siteassist.ConversationStatusClosed, OrderBy: siteassist.ConversationOrderID,
	}
	startParams      = siteassist.StartConversationParams{PageURL: "https://shop.example.com/" + conformance.Text}
	conversationBody = map[string]any{"pageUrl": "https://shop.example.com/" + conformance.Text}
	closingParams    = siteassist.CloseConversationParams{Reason: conformance.Text}
	messagesParams   = siteassist.ListMessagesParams{Limit: 5, Role: siteassist.RoleAssistant}
	messageParams    = siteassist.SendMessageParams{
		Content: conformance.Text, PageContext: &siteassist.PageContext{Title: conformance.Text},
	}
	promptParams = siteassist.CompletionParams{
		Messages: []siteassist.CompletionMessage{{Role: siteassist.RoleUser, Content: conformance.Text}},
	}
	queryParams = siteassist.SearchParams{Query: conformance.Query, Size: 3}
	qnasParams  = siteassist.QnAParams{Query: conformance.Query, Limit: 3}
)

const (
	aVisitor      = `{"object":"visitor","id":"v1","type":"anonymous"}`
	aConversation = `{"object":"conversation","id":"c1","status":"open"}`
	aList         = `{"object":"list","total":1,"limit":5,"offset":0,"data":[{"id":"i1"}]}`
	aCompletion   = `{"steps":[{"content":[{"type":"text","text":"Hello!"}],"finishReason":"stop"}]}`
	aStream       = "data: {\"type\":\"start\"}\n\ndata: {\"type\":\"text-delta\",\"id\":\"t\"," +
		"\"delta\":\"Hello!\"}\n\n" +
		"data: {\"type\":\"finish\"}\n\ndata: [DONE]\n\n"
)

type suiteClient = *siteassist.Client

// row is a row of the table. Only operations other than POST may be retried.
func row(
	name, operation, reply string, call func(context.Context, suiteClient, ...string) error, params ...any,
) conformance.Operation[suiteClient] {
	method, path, _ := strings.Cut(operation, " ")
	return conformance.Operation[suiteClient]{Call: call, Spec: conformance.Spec{
		Name: name, Method: method, Path: path, Idempotent: method != "POST", Params: params, Reply: reply,
	}}
}

// ofAnyObject marks an operation that takes any JSON object for a success.
func ofAnyObject(spec *conformance.Spec) {
	spec.Accepts = func(body string) bool {
		var out map[string]any
		return json.Unmarshal([]byte(body), &out) == nil && out != nil
	}
}

// but changes a row.
func but(
	o conformance.Operation[suiteClient], changeParams func(*conformance.Spec),
) conformance.Operation[suiteClient] {
	changeParams(&o.Spec)
	return o
}

func repeatable(s *conformance.Spec) { s.Idempotent = true }
func byKey(s *conformance.Spec)      { s.FixedKey = true }
func stream(s *conformance.Spec)     { s.Stream, s.ContentType = true, "text/event-stream" }

// unknownForm is for a response of unknown form. Any object that is not an error is accepted.
func unknownForm(s *conformance.Spec) {
	s.Accepts = func(body string) bool { return body == `{"errors":[]}` }
}

func failureOf[T any](_ T, err error) error { return err }

func walkAll[T any](all iter.Seq2[*T, error]) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func readAll(s *siteassist.Stream, err error) error {
	if err != nil {
		return err
	}
	_, err = s.Text()
	return err
}

var everyMethod = []conformance.Operation[suiteClient]{
	but(row("Identity.Init", "POST /identity/init", `{"sessionToken":"s","visitor":`+aVisitor+`}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Identity.Init(ctx, deviceParams))
		}, &deviceParams), repeatable),
	row("Identity.Me", "GET /identity/me", aVisitor,
		func(ctx context.Context, c suiteClient, _ ...string) error { return failureOf(c.Identity.Me(ctx)) }),
	row("Conversations.List", "GET /conversations", aList, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Conversations.List(ctx, conversationsParams))
	}, &conversationsParams),
	row("Conversations.All", "GET /conversations", aList, func(ctx context.Context, c suiteClient, _ ...string) error {
		return walkAll(c.Conversations.All(ctx, conversationsParams))
	}, &conversationsParams),
	row("Conversations.Start", "POST /conversations", aConversation,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Conversations.Start(ctx, startParams))
		}, &startParams),
	row("Conversations.Get", "GET /conversations/{conversationId}", aConversation,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.Get(ctx, id[0]))
		}),
	but(row("Conversations.Close", "POST /conversations/{conversationId}/close", `{"success":true}`,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.Close(ctx, id[0], closingParams))
		}, &closingParams), repeatable),
	row("Messages.List", "GET /conversations/{conversationId}/messages", aList,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Messages.List(ctx, id[0], messagesParams))
		}, &messagesParams),
	row("Messages.All", "GET /conversations/{conversationId}/messages", aList,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return walkAll(c.Messages.All(ctx, id[0], messagesParams))
		}, &messagesParams),
	row("Messages.Send", "POST /conversations/{conversationId}/messages", aCompletion,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Messages.Send(ctx, id[0], messageParams))
		}, &messageParams),
	but(row("Messages.Stream", "POST /conversations/{conversationId}/messages", aStream,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return readAll(c.Messages.Stream(ctx, id[0], messageParams))
		}, &messageParams), stream),
	but(row("Messages.SetFeedback", "POST /messages/{messageId}/feedback", `{"feedback":"like"}`,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return c.Messages.SetFeedback(ctx, id[0], siteassist.FeedbackLike)
		}), unknownForm),
	row("Completions.Create", "POST /chat/completions", aCompletion,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Completions.Create(ctx, promptParams))
		}, &promptParams),
	but(row("Completions.Stream", "POST /chat/completions", aStream,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return readAll(c.Completions.Stream(ctx, promptParams))
		}, &promptParams), stream),
	but(row("Search.Query", "GET /search", `{"results":[]}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Search.Query(ctx, queryParams))
		}, &queryParams), byKey),
	but(row("Projects.GetCurrent", "GET /projects/current", `{"id":"p1"}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Projects.GetCurrent(ctx))
		}), byKey),
	row("Projects.ListQnAs", "GET /projects/{projectId}/qnas", aList,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Projects.ListQnAs(ctx, id[0], qnasParams))
		}, &qnasParams),
	row("Projects.AllQnAs", "GET /projects/{projectId}/qnas", aList,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return walkAll(c.Projects.AllQnAs(ctx, id[0], qnasParams))
		}, &qnasParams),
	row("Projects.GetQnA", "GET /projects/{projectId}/qnas/{qnaId}", `{"id":"q1"}`,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Projects.GetQnA(ctx, id[0], id[1]))
		}),
	but(row("Do", "POST /conversations", aConversation, func(ctx context.Context, c suiteClient, _ ...string) error {
		var out map[string]any
		return c.Do(ctx, parley.Request{
			Operation: "do", Method: "POST", Path: "/conversations", Body: conversationBody,
		}, &out)
	}, &conversationBody), ofAnyObject),
}
