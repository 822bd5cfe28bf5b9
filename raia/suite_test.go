package raia_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/suite"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestSuite(t *testing.T) { suite.Run(t, vendor()) }

func TestSuite_HoldsEveryMethod(t *testing.T) {
	client, err := raia.NewClient(config(suite.Settings{}))
	require.NoError(t, err)
	suite.Complete(t, client, table, nil, nil)
}

func TestSuite_OneClientForAll(t *testing.T) {
	suite.Share(t, suite.Shared[client]{Operations: table, Answer: answer, Start: startFake})
}

// The keys of the suite.
const (
	agentKey        = "agent-key/of+the suite"
	organizationKey = "organization-key/of+the suite"
	superAdminKey   = "super-admin-key/of+the suite"
)

func config(set suite.Settings) raia.Config {
	return raia.Config{
		AgentKey: agentKey, OrganizationKey: organizationKey, SuperAdminKey: superAdminKey,
		BaseURL: set.BaseURL, HTTPClient: set.HTTPClient, Timeout: set.Timeout, MaxRetryWait: set.MaxRetryWait,
		Logger: set.Logger, OnAttempt: set.OnAttempt, PollInterval: time.Millisecond,
	}
}

func vendor() suite.Vendor[*raia.Client] {
	return suite.Vendor[*raia.Client]{
		Name:    "raia",
		New:     func(set suite.Settings) (*raia.Client, error) { return raia.NewClient(config(set)) },
		Config:  func(set suite.Settings) any { return config(set) },
		Secrets: []string{agentKey, organizationKey, superAdminKey},
		Answer:  answer,
		Refusal: func(message string) string {
			return suite.JSON(map[string]any{"status": 422, "name": "X_" + message, "message": message, "details": []any{message}})
		},
		Operations: table,
	}
}

func answer(err error) *suite.Answer {
	e, ok := errors.AsType[*raia.Error](err)
	if !ok {
		return nil
	}
	return &suite.Answer{
		Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode, Attempts: e.Attempts,
		RetryAfter: e.RetryAfter, Message: e.Message, Body: e.Body,
	}
}

// startFake fills a fake server, in which the calls of the table find what they are about.
func startFake(t *testing.T, via *http.Client) (client, func(string) []string, func()) {
	server := raiatest.NewServer()
	cfg := server.Config()
	cfg.HTTPClient = via
	c, err := raia.NewClient(cfg)
	require.NoError(t, err)
	ctx := t.Context()
	user := must(c.Users.Create(ctx, raia.CreateUserParams{FirstName: "Test", LastName: "User", FkID: findUser.FkID}))(t)
	victim := must(c.Users.Create(ctx, raia.CreateUserParams{FirstName: "Test", LastName: "User", FkID: "victim"}))(t)
	conversation.ConversationUserID = user.ID
	busy, quiet := must(c.Conversations.Create(ctx, conversation))(t), must(c.Conversations.Create(ctx, conversation))(t)
	question := must(c.Conversations.SendAsync(ctx, quiet.ID, message))(t)
	feedback.ConversationMessageID = question.ID
	prompted := must(c.Prompts.Start(ctx, prompt))(t)
	stored := must(c.Conversations.MessageFileUploadURL(ctx, quiet.ID, target))(t)
	require.NoError(t, stored.Upload(ctx, raia.UploadParams{Method: "PUT", Content: strings.NewReader("x"), HTTPClient: via}))
	agent := must(c.Agents.Current(ctx))(t)
	file := must(c.AgentFiles.Upload(ctx, raia.UploadFileParams{FileName: "a.txt", Content: strings.NewReader("x")}))(t)
	doomed := must(c.AgentFiles.Upload(ctx, raia.UploadFileParams{FileName: "a.txt", Content: strings.NewReader("x")}))(t)
	special := map[string][]string{
		"Users": {user.ID}, "Users.Delete": {victim.ID}, "Conversations": {busy.ID}, "Conversations.Messages": {quiet.ID},
		"Conversations.Response": {quiet.ID, question.ID}, "Conversations.Await": {quiet.ID, question.ID},
		"Conversations.MessageFileURL": {quiet.ID, stored.StoragePath}, "Prompts": {prompted.PromptID}, "Agents": {agent.ID},
		"AgentFiles": {file.ID}, "AgentFiles.Delete": {doomed.ID},
	}
	return c, func(name string) []string {
		if ids, ok := special[name]; ok {
			return ids
		}
		service, _, _ := strings.Cut(name, ".")
		return special[service]
	}, server.Close
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		require.NoError(t, err)
		return v
	}
}

// The arguments of the calls, shared by all of them.
var (
	custom       = map[string]any{"note": suite.Text, "list": []any{suite.Text, map[string]any{"deep": suite.Text}}}
	from         = time.Date(2024, 3, 20, 12, 0, 0, 0, time.FixedZone("", 3600))
	attached     = []raia.FileAttachment{{FileName: "a.png", StoragePath: suite.Text}}
	newUser      = raia.CreateUserParams{FirstName: "Test", LastName: "User", FkID: "fk-1", Context: suite.Text, CustomData: custom}
	findUser     = raia.SearchUserParams{FkID: suite.Query}
	limits       = raia.MonthlyLimits{Tokens: 5}
	agentLimits  = raia.UpdateAgentLimitsParams{Tokens: new(int64(5)), SMS: new(int64(0))}
	conversation = raia.CreateConversationParams{ConversationUserID: "user-1", Title: suite.Text, CustomData: custom}
	change       = raia.UpdateConversationParams{Title: new(suite.Text), Context: new("")}
	listing      = raia.ListConversationsParams{Search: suite.Query, StartDate: from, EndDate: from.Add(time.Hour)}
	emailStart   = raia.EmailStart{FirstName: "Test", LastName: "User", Email: "test@example.com", Subject: suite.Text, Introduction: suite.Text, CustomData: custom}
	messages     = raia.ListMessagesParams{IncludeFeedbacks: true, OrderDirection: raia.Descending}
	message      = raia.SendMessageParams{Message: suite.Text, Context: suite.Text, Files: attached}
	manual       = raia.ManualMessageParams{Message: suite.Text, Files: attached}
	prompt       = raia.PromptParams{Prompt: suite.Text, Files: attached}
	target       = raia.UploadURLParams{FileName: suite.Text, ContentType: "image/png"}
	newAgent     = raia.CreateAgentParams{RoleID: "role-1", Name: "agent", PublicName: "Agent", Instructions: suite.Text, TopP: new(0.5)}
	agentChange  = raia.UpdateAgentParams{OutputJSONSchema: new(""), Tags: []string{suite.Text}}
	agentUsers   = raia.ListAgentUsersParams{PageSize: 7}
	statistics   = raia.StatisticsParams{StartDate: from, FkID: suite.Query}
	webhook      = raia.CreateWebhookParams{
		Title: suite.Text, Description: "d", URL: "https://hooks.example.com", Trigger: raia.TriggerManual,
		Headers: map[string]string{"X-Secret": suite.Text},
	}
	files         = []string{suite.Text, "file-2"}
	usage         = raia.LogUsageParams{Type: raia.ResourceOpenAITokens, Amount: 2}
	organization  = raia.CreateOrganizationParams{Name: suite.Text, LicenseKey: suite.Text, Users: []raia.InvitedUser{{Email: "a@example.com", Role: raia.RoleUser}}}
	subscriptions = raia.ListSubscriptionsParams{}
	staff         = raia.ListPlatformUsersParams{Role: suite.Query}
	feedback      = raia.CreateFeedbackParams{ConversationMessageID: "message-1", UserID: "user-1", VoteType: raia.VoteUp, Question: suite.Text}
)

const (
	anID      = `{"id":"1","firstName":"Test"}`
	aTarget   = `{"signedUrl":"https://storage.example.com/1","storagePath":"p"}`
	aPage     = `{"currentPage":1,"data":[{"id":"1","firstName":"Test"}]}`
	aResponse = `{"status":"completed","message":{"id":"1"},"error":null}`
	aPrompt   = `{"status":"completed","response":"yes"}`
)

type (
	client = *raia.Client
)

// op is a row of the table. What is no POST may go out again, and no POST of this vendor may.
func op(name, operation, reply string, call func(context.Context, client, ...string) error, params ...any) suite.Operation[client] {
	method, path, _ := strings.Cut(operation, " ")
	return suite.Operation[client]{Call: call, Spec: suite.Spec{
		Name: name, Method: method, Path: path, Idempotent: method != "POST", Params: params, Reply: reply,
	}}
}

// pending marks an operation whose reply may be null; polls: it then asks again, until its context ends.
func pending(o suite.Operation[client], polls bool) suite.Operation[client] {
	o.Accepts = func(body string) bool { return body == "null" }
	if polls {
		o.Skip = map[string]string{"null 200": "null means: not yet"}
	}
	return o
}

// upload marks an operation whose body is a file.
func upload(o suite.Operation[client]) suite.Operation[client] {
	o.Upload = true
	return o
}

func failure[T any](_ T, err error) error { return err }

func walk[T any](all iter.Seq2[*T, error]) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

var table = []suite.Operation[client]{
	op("Users.Create", "POST /users", anID, func(ctx context.Context, c client, _ ...string) error { return failure(c.Users.Create(ctx, newUser)) }, &newUser),
	op("Users.Search", "GET /users/search", `{"user":{"id":"1","firstName":"Test"}}`, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Users.Search(ctx, findUser))
	}, &findUser),
	op("Users.Get", "GET /users/{id}", anID, func(ctx context.Context, c client, id ...string) error { return failure(c.Users.Get(ctx, id[0])) }),
	op("Users.Delete", "DELETE /users/{id}", "", func(ctx context.Context, c client, id ...string) error { return c.Users.Delete(ctx, id[0]) }),
	op("Users.Limits", "GET /users/{id}/limits", anID, func(ctx context.Context, c client, id ...string) error { return failure(c.Users.Limits(ctx, id[0])) }),
	op("Users.CreateLimits", "POST /users/{id}/limits", anID, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Users.CreateLimits(ctx, id[0], limits))
	}, &limits),
	op("Users.UpdateLimits", "PUT /users/{id}/limits", anID, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Users.UpdateLimits(ctx, id[0], limits))
	}, &limits),
	op("Users.DeleteLimits", "DELETE /users/{id}/limits", "", func(ctx context.Context, c client, id ...string) error { return c.Users.DeleteLimits(ctx, id[0]) }),
	op("Conversations.List", "GET /conversations", aPage, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Conversations.List(ctx, listing))
	}, &listing),
	op("Conversations.All", "GET /conversations", aPage, func(ctx context.Context, c client, _ ...string) error { return walk(c.Conversations.All(ctx, listing)) }, &listing),
	op("Conversations.Create", "POST /conversations", anID, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Conversations.Create(ctx, conversation))
	}, &conversation),
	op("Conversations.DeleteAllOfUser", "DELETE /conversations", "", func(ctx context.Context, c client, _ ...string) error {
		return c.Conversations.DeleteAllOfUser(ctx, suite.Text)
	}),
	op("Conversations.States", "GET /conversations/states", `[{"id":"1"}]`, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Conversations.States(ctx))
	}),
	op("Conversations.Get", "GET /conversations/{id}", anID, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.Get(ctx, id[0]))
	}),
	op("Conversations.Update", "PUT /conversations/{id}", anID, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.Update(ctx, id[0], change))
	}, &change),
	op("Conversations.SetMode", "PUT /conversations/{id}/mode", anID, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.SetMode(ctx, id[0], raia.ModeManual))
	}),
	op("Conversations.Start", "POST /conversations/start", `{"conversationId":"1"}`, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Conversations.Start(ctx, &emailStart))
	}, &emailStart),
	op("Conversations.Messages", "GET /conversations/{id}/messages", `{"messages":[{"id":"1"}]}`, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.Messages(ctx, id[0], messages))
	}, &messages),
	op("Conversations.Send", "POST /conversations/{id}/messages", anID, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.Send(ctx, id[0], message))
	}, &message),
	op("Conversations.SendAsync", "POST /conversations/{id}/messages/async", anID, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.SendAsync(ctx, id[0], message))
	}, &message),
	pending(op("Conversations.Response", "GET /conversations/{id}/messages/{questionMessageId}/response-on", aResponse, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.Response(ctx, id[0], id[1]))
	}), false),
	pending(op("Conversations.Await", "GET /conversations/{id}/messages/{questionMessageId}/response-on", aResponse, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.Await(ctx, id[0], id[1]))
	}), true),
	op("Conversations.SendManual", "POST /conversations/{id}/send-manual-message", anID, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.SendManual(ctx, id[0], manual))
	}, &manual),
	op("Conversations.MessageFileUploadURL", "POST /conversations/{id}/message-files/upload-url", aTarget, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.MessageFileUploadURL(ctx, id[0], target))
	}, &target),
	op("Conversations.MessageFileURL", "GET /conversations/{id}/message-files/{fileId}/signed-url", aTarget, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Conversations.MessageFileURL(ctx, id[0], id[1]))
	}),
	op("Prompts.Run", "POST /prompts", aPrompt, func(ctx context.Context, c client, _ ...string) error { return failure(c.Prompts.Run(ctx, prompt)) }, &prompt),
	op("Prompts.Start", "POST /prompts/async", `{"promptId":"1"}`, func(ctx context.Context, c client, _ ...string) error { return failure(c.Prompts.Start(ctx, prompt)) }, &prompt),
	pending(op("Prompts.Response", "GET /prompts/{id}/response-on", aPrompt, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Prompts.Response(ctx, id[0]))
	}), false),
	pending(op("Prompts.Await", "GET /prompts/{id}/response-on", aPrompt, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Prompts.Await(ctx, id[0]))
	}), true),
	op("Prompts.UploadURL", "POST /prompts/upload-url", aTarget, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Prompts.UploadURL(ctx, target))
	}, &target),
	op("Agents.Create", "POST /agents", anID, func(ctx context.Context, c client, _ ...string) error { return failure(c.Agents.Create(ctx, newAgent)) }, &newAgent),
	op("Agents.Update", "PUT /agents/{id}", anID, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Agents.Update(ctx, id[0], agentChange))
	}, &agentChange),
	op("Agents.Current", "GET /agents/by-api-key", anID, func(ctx context.Context, c client, _ ...string) error { return failure(c.Agents.Current(ctx)) }),
	op("Agents.Users", "GET /agents/users", aPage, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Agents.Users(ctx, agentUsers))
	}, &agentUsers),
	op("Agents.AllUsers", "GET /agents/users", aPage, func(ctx context.Context, c client, _ ...string) error {
		return walk(c.Agents.AllUsers(ctx, agentUsers))
	}, &agentUsers),
	op("Agents.OrganizationUsers", "GET /agents/{id}/users", aPage, func(ctx context.Context, c client, id ...string) error {
		return failure(c.Agents.OrganizationUsers(ctx, id[0], agentUsers))
	}, &agentUsers),
	op("Agents.AllOrganizationUsers", "GET /agents/{id}/users", aPage, func(ctx context.Context, c client, id ...string) error {
		return walk(c.Agents.AllOrganizationUsers(ctx, id[0], agentUsers))
	}, &agentUsers),
	op("Agents.Statistics", "GET /agents/statistic", `{"tokensUsed":1}`, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Agents.Statistics(ctx, statistics))
	}, &statistics),
	op("Agents.CreateWebhook", "POST /agents/webhooks", anID, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Agents.CreateWebhook(ctx, webhook))
	}, &webhook),
	op("Agents.Usage", "GET /agents/limits", `{"tokensAmount":1}`, func(ctx context.Context, c client, _ ...string) error { return failure(c.Agents.Usage(ctx)) }),
	op("Agents.CreateLimits", "POST /agents/limits", anID, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Agents.CreateLimits(ctx, limits))
	}, &limits),
	op("Agents.UpdateLimits", "PUT /agents/limits", anID, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Agents.UpdateLimits(ctx, agentLimits))
	}, &agentLimits),
	op("Agents.DeleteLimits", "DELETE /agents/limits", "", func(ctx context.Context, c client, _ ...string) error { return c.Agents.DeleteLimits(ctx) }),
	upload(op("AgentFiles.Upload", "POST /agent-files/upload", anID, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.AgentFiles.Upload(ctx, raia.UploadFileParams{FileName: "a.txt", Content: strings.NewReader(suite.Text)}))
	})),
	op("AgentFiles.List", "GET /agent-files/by-api-key", `[{"id":"1"}]`, func(ctx context.Context, c client, _ ...string) error { return failure(c.AgentFiles.List(ctx)) }),
	op("AgentFiles.DeleteMany", "DELETE /agent-files", "", func(ctx context.Context, c client, _ ...string) error { return c.AgentFiles.DeleteMany(ctx, files...) }, &files),
	op("AgentFiles.Delete", "DELETE /agent-files/{id}/delete", "", func(ctx context.Context, c client, id ...string) error { return c.AgentFiles.Delete(ctx, id[0]) }),
	op("AgentFiles.RemoveFromVectorStore", "DELETE /agent-files/{id}/delete-from-vector-store", "", func(ctx context.Context, c client, id ...string) error {
		return c.AgentFiles.RemoveFromVectorStore(ctx, id[0])
	}),
	op("AgentFiles.AddToVectorStore", "PUT /agent-files/{id}/add-to-vector-store", "", func(ctx context.Context, c client, id ...string) error {
		return c.AgentFiles.AddToVectorStore(ctx, id[0])
	}),
	op("AgentFiles.AddToVectorStoreAsync", "PUT /agent-files/{id}/add-to-vector-store/async", "", func(ctx context.Context, c client, id ...string) error {
		return c.AgentFiles.AddToVectorStoreAsync(ctx, id[0])
	}),
	op("ResourceUsage.Log", "POST /resource-usage", "", func(ctx context.Context, c client, _ ...string) error { return c.ResourceUsage.Log(ctx, usage) }, &usage),
	op("AgentRoles.List", "GET /agent-roles/by-api-key", `[{"id":"1"}]`, func(ctx context.Context, c client, _ ...string) error { return failure(c.AgentRoles.List(ctx)) }),
	op("PlatformUsers.List", "GET /platform-users", `[{"id":"1"}]`, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.PlatformUsers.List(ctx, staff))
	}, &staff),
	op("Organizations.Create", "POST /organizations", anID, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Organizations.Create(ctx, organization))
	}, &organization),
	op("Subscriptions.List", "GET /subscriptions", `[{"id":"1"}]`, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Subscriptions.List(ctx, subscriptions))
	}, &subscriptions),
	op("Feedbacks.Create", "POST /conversation-message-feedbacks", anID, func(ctx context.Context, c client, _ ...string) error {
		return failure(c.Feedbacks.Create(ctx, feedback))
	}, &feedback),
}
