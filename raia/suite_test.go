package raia_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/conformance"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestSuite(t *testing.T) { conformance.Run(t, suiteVendor()) }

func TestSuite_CutAfterEachByteOverHTTP1(t *testing.T) { conformance.CutHTTP1(t, suiteVendor()) }

func TestSuite_CutAfterEachByteOverHTTP2(t *testing.T) { conformance.CutHTTP2(t, suiteVendor()) }

func TestSuite_HoldsEveryMethod(t *testing.T) {
	c, err := raia.NewClient(suiteConfig(conformance.Settings{}))
	require.NoError(t, err)
	conformance.Complete(t, c, everyMethod, nil, map[string]string{
		"Users.GetOrCreate": "it consists of Users.Search and Users.Create; TestUsersGetOrCreate",
		"Conversations.Await": "it outlives the faults of the suite; TestAwait_OutlivesPassingFailures, " +
			"TestAwait_LastingFailuresEndIt",
		"Prompts.Await": "as Conversations.Await",
	})
}

func TestSuite_OneClientForAll(t *testing.T) {
	conformance.Share(t, conformance.Shared[suiteClient]{
		Operations: everyMethod, Answer: suiteAnswer, Start: startFilled,
	})
}

// These are the keys of the suite.
const (
	agentKey        = "agent-key/of+the suite"
	organizationKey = "organization-key/of+the suite"
	superAdminKey   = "super-admin-key/of+the suite"
)

func suiteConfig(set conformance.Settings) raia.Config {
	return raia.Config{
		AgentKey: agentKey, OrganizationKey: organizationKey, SuperAdminKey: superAdminKey,
		BaseURL: set.BaseURL, HTTPClient: set.HTTPClient, Timeout: set.Timeout, MaxRetryWait: set.MaxRetryWait,
		Logger: set.Logger, Hooks: set.Hooks, PollInterval: time.Millisecond,
	}
}

func suiteVendor() conformance.Vendor[*raia.Client] {
	return conformance.Vendor[*raia.Client]{
		Name:    "raia",
		New:     func(set conformance.Settings) (*raia.Client, error) { return raia.NewClient(suiteConfig(set)) },
		Config:  func(set conformance.Settings) any { return suiteConfig(set) },
		Secrets: []string{agentKey, organizationKey, superAdminKey},
		Answer:  suiteAnswer,
		Refusal: func(message string) string {
			return conformance.JSON(map[string]any{
				"status": 422, "name": "X_" + message, "message": message, "details": []any{message},
			})
		},
		Operations: everyMethod,
	}
}

func suiteAnswer(err error) *conformance.Answer {
	e, ok := errors.AsType[*raia.Error](err)
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
	server := raiatest.NewServer()
	cfg := server.Config()
	cfg.HTTPClient = via
	c, err := raia.NewClient(cfg)
	require.NoError(t, err)
	ctx := t.Context()
	user := mustBe(c.Users.Create(ctx,
		raia.CreateUserParams{FirstName: "Test", LastName: "User", FkID: findUserParams.FkID}))(t)
	victim := mustBe(c.Users.Create(ctx, raia.CreateUserParams{FirstName: "Test", LastName: "User", FkID: "victim"}))(t)
	conversationParams.ConversationUserID = user.ID
	busy, quiet := mustBe(c.Conversations.Create(ctx, conversationParams))(t),
		mustBe(c.Conversations.Create(ctx, conversationParams))(t)
	question := mustBe(c.Conversations.SendAsync(ctx, quiet.ID, messageParams))(t)
	feedbackParams.ConversationMessageID = question.ID
	prompted := mustBe(c.Prompts.Start(ctx, promptParams))(t)
	stored := mustBe(c.Conversations.CreateMessageFileUploadURL(ctx, quiet.ID, targetParams))(t)
	require.NoError(t,
		stored.Upload(ctx, raia.UploadParams{Method: "PUT", Content: strings.NewReader("x"), HTTPClient: via}))
	agent := mustBe(c.Agents.GetCurrent(ctx))(t)
	file := mustBe(c.AgentFiles.Upload(ctx, raia.UploadFileParams{FileName: "a.txt", Content: strings.NewReader("x")}))(
		t,
	)
	doomed := mustBe(c.AgentFiles.Upload(ctx,
		raia.UploadFileParams{FileName: "a.txt", Content: strings.NewReader("x")}))(t)
	special := map[string][]string{
		"Users": {user.ID}, "Users.Delete": {victim.ID}, "Conversations": {busy.ID},
		"Conversations.ListMessages":      {quiet.ID},
		"Conversations.GetResponse":       {quiet.ID, question.ID},
		"Conversations.GetMessageFileURL": {quiet.ID, stored.StoragePath}, "Prompts": {prompted.PromptID},
		"Agents": {agent.ID},
		"Do":     {busy.ID}, "AgentFiles": {file.ID}, "AgentFiles.Delete": {doomed.ID},
	}
	return c, func(name string) []string {
		if ids, ok := special[name]; ok {
			return ids
		}
		service, _, _ := strings.Cut(name, ".")
		return special[service]
	}, server.Close
}

func mustBe[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		require.NoError(t, err)
		return v
	}
}

// These are the arguments of the calls, which all of them share.
var (
	customValues = map[string]any{
		"note": conformance.Text, "list": []any{conformance.Text, map[string]any{"deep": conformance.Text}},
	}
	fromDate      = time.Date(2024, 3, 20, 12, 0, 0, 0, time.FixedZone("", 3600))
	attachedFiles = []raia.FileAttachment{{FileName: "a.png", StoragePath: conformance.Text}}
	newUserParams = raia.CreateUserParams{
		FirstName: "Test", LastName: "User", FkID: "fk-1", Context: conformance.Text, CustomData: customValues,
	}
	messageBody        = map[string]any{"message": conformance.Text}
	findUserParams     = raia.SearchUserParams{FkID: conformance.Query}
	limitsParams       = raia.MonthlyLimits{Tokens: 5}
	agentLimitsParams  = raia.UpdateAgentLimitsParams{Tokens: new(int64(5)), SMS: new(int64(0))}
	conversationParams = raia.CreateConversationParams{
		ConversationUserID: "user-1", Title: conformance.Text, CustomData: customValues,
	}
	changeParams  = raia.UpdateConversationParams{Title: new(conformance.Text), Context: new("")}
	listingParams = raia.ListConversationsParams{
		Search: conformance.Query, StartDate: fromDate, EndDate: fromDate.Add(time.Hour),
	}
	emailStartParams = raia.EmailStart{
		FirstName: "Test", LastName: "User", Email: "test@example.com", Subject: conformance.Text,
		Introduction: conformance.Text, CustomData: customValues,
	}
	messagesParams = raia.ListMessagesParams{IncludeFeedbacks: true, OrderDirection: raia.OrderDirectionDescending}
	messageParams  = raia.SendMessageParams{
		Message: conformance.Text, Context: conformance.Text, Files: attachedFiles,
	}
	manualParams   = raia.ManualMessageParams{Message: conformance.Text, Files: attachedFiles}
	promptParams   = raia.PromptParams{Prompt: conformance.Text, Files: attachedFiles}
	targetParams   = raia.UploadURLParams{FileName: conformance.Text, ContentType: "image/png"}
	newAgentParams = raia.CreateAgentParams{
		RoleID: "role-1", Name: "agent", PublicName: "Agent", Instructions: conformance.Text, TopP: new(0.5),
	}
	agentChangeParams = raia.UpdateAgentParams{OutputJSONSchema: new(""), Tags: []string{conformance.Text}}
	agentUsersParams  = raia.ListAgentUsersParams{PageSize: 7}
	statisticsParams  = raia.StatisticsParams{StartDate: fromDate, FkID: conformance.Query}
	webhookParams     = raia.CreateWebhookParams{
		Title: conformance.Text, Description: "d", URL: "https://hooks.example.com", Trigger: raia.WebhookTriggerManual,
		Headers: map[string]string{"X-Secret": conformance.Text},
	}
	filesParams        = []string{conformance.Text, "file-2"}
	usageParams        = raia.LogUsageParams{Type: raia.ResourceTypeOpenAITokens, Amount: 2}
	organizationParams = raia.CreateOrganizationParams{
		Name: conformance.Text, LicenseKey: conformance.Text,
		Users: []raia.InvitedUser{{Email: "a@example.com", Role: raia.PlatformUserRoleUser}},
	}
	subscriptionsParams = raia.ListSubscriptionsParams{}
	staffParams         = raia.ListPlatformUsersParams{Role: conformance.Query}
	feedbackParams      = raia.CreateFeedbackParams{
		ConversationMessageID: "message-1", UserID: "user-1", VoteType: raia.VoteTypeUp, Question: conformance.Text,
	}
)

const (
	anID      = `{"id":"1","firstName":"Test"}`
	aTarget   = `{"signedUrl":"https://storage.example.com/1","storagePath":"p"}`
	aPage     = `{"currentPage":1,"data":[{"id":"1","firstName":"Test"}]}`
	aResponse = `{"status":"completed","message":{"id":"1"},"error":null}`
	aPrompt   = `{"status":"completed","response":"yes"}`
)

type suiteClient = *raia.Client

// row is a row of the table. Operations other than POST may be retried, and a POST of this vendor may not.
func row(
	name, operation, reply string, call func(context.Context, suiteClient, ...string) error, params ...any,
) conformance.Operation[suiteClient] {
	method, path, _ := strings.Cut(operation, " ")
	return conformance.Operation[suiteClient]{Call: call, Spec: conformance.Spec{
		Name: name, Method: method, Path: path, Idempotent: method != "POST", Params: params, Reply: reply,
	}}
}

// ofAnyObject marks an operation that takes any JSON object for a success.
func ofAnyObject(o conformance.Operation[suiteClient]) conformance.Operation[suiteClient] {
	o.Accepts = func(body string) bool {
		var out map[string]any
		return json.Unmarshal([]byte(body), &out) == nil && out != nil
	}
	return o
}

// mayBeNull marks an operation whose response may be null.
func mayBeNull(o conformance.Operation[suiteClient]) conformance.Operation[suiteClient] {
	o.Accepts = func(body string) bool { return body == "null" }
	return o
}

// isUpload marks an operation whose body is a file.
func isUpload(o conformance.Operation[suiteClient]) conformance.Operation[suiteClient] {
	o.Upload = true
	return o
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

var everyMethod = []conformance.Operation[suiteClient]{
	ofAnyObject(row("Do", "POST /conversations/{id}/messages", anID,
		func(ctx context.Context, c suiteClient, ids ...string) error {
			var out map[string]any
			return c.Do(ctx, parley.Request{
				Operation: "do", Method: "POST", Path: "/conversations/{id}/messages", Args: ids, Body: messageBody,
			}, &out)
		}, &messageBody)),
	row("Users.Create", "POST /users", anID, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Users.Create(ctx, newUserParams))
	}, &newUserParams),
	row("Users.Search", "GET /users/search", `{"user":{"id":"1","firstName":"Test"}}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Users.Search(ctx, findUserParams))
		}, &findUserParams),
	row("Users.Get", "GET /users/{id}", anID, func(ctx context.Context, c suiteClient, id ...string) error {
		return failureOf(c.Users.Get(ctx, id[0]))
	}),
	row("Users.Delete", "DELETE /users/{id}", "",
		func(ctx context.Context, c suiteClient, id ...string) error { return c.Users.Delete(ctx, id[0]) }),
	row("Users.GetLimits", "GET /users/{id}/limits", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Users.GetLimits(ctx, id[0]))
		}),
	row("Users.CreateLimits", "POST /users/{id}/limits", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Users.CreateLimits(ctx, id[0], limitsParams))
		}, &limitsParams),
	row("Users.UpdateLimits", "PUT /users/{id}/limits", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Users.UpdateLimits(ctx, id[0], limitsParams))
		}, &limitsParams),
	row("Users.DeleteLimits", "DELETE /users/{id}/limits", "",
		func(ctx context.Context, c suiteClient, id ...string) error { return c.Users.DeleteLimits(ctx, id[0]) }),
	row("Conversations.List", "GET /conversations", aPage, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Conversations.List(ctx, listingParams))
	}, &listingParams),
	row("Conversations.All", "GET /conversations", aPage, func(ctx context.Context, c suiteClient, _ ...string) error {
		return walkAll(c.Conversations.All(ctx, listingParams))
	}, &listingParams),
	row("Conversations.Create", "POST /conversations", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Conversations.Create(ctx, conversationParams))
		}, &conversationParams),
	row("Conversations.DeleteAllForUser", "DELETE /conversations", "",
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return c.Conversations.DeleteAllForUser(ctx, conformance.Text)
		}),
	row("Conversations.ListStates", "GET /conversations/states", `[{"id":"1"}]`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Conversations.ListStates(ctx))
		}),
	row("Conversations.Get", "GET /conversations/{id}", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.Get(ctx, id[0]))
		}),
	row("Conversations.Update", "PUT /conversations/{id}", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.Update(ctx, id[0], changeParams))
		}, &changeParams),
	row("Conversations.SetMode", "PUT /conversations/{id}/mode", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.SetMode(ctx, id[0], raia.ConversationModeManual))
		}),
	row("Conversations.Start", "POST /conversations/start", `{"conversationId":"1"}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Conversations.Start(ctx, &emailStartParams))
		}, &emailStartParams),
	row("Conversations.ListMessages", "GET /conversations/{id}/messages", `{"messages":[{"id":"1"}]}`,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.ListMessages(ctx, id[0], messagesParams))
		}, &messagesParams),
	row("Conversations.Send", "POST /conversations/{id}/messages", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.Send(ctx, id[0], messageParams))
		}, &messageParams),
	row("Conversations.SendAsync", "POST /conversations/{id}/messages/async", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.SendAsync(ctx, id[0], messageParams))
		}, &messageParams),
	mayBeNull(row("Conversations.GetResponse", "GET /conversations/{id}/messages/{questionMessageId}/response-on",
		aResponse, func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.GetResponse(ctx, id[0], id[1]))
		})),
	row("Conversations.SendManual", "POST /conversations/{id}/send-manual-message", anID,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.SendManual(ctx, id[0], manualParams))
		}, &manualParams),
	row("Conversations.CreateMessageFileUploadURL", "POST /conversations/{id}/message-files/upload-url", aTarget,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.CreateMessageFileUploadURL(ctx, id[0], targetParams))
		}, &targetParams),
	row("Conversations.GetMessageFileURL", "GET /conversations/{id}/message-files/{fileId}/signed-url", aTarget,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.GetMessageFileURL(ctx, id[0], id[1]))
		}),
	row("Prompts.Run", "POST /prompts", aPrompt, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Prompts.Run(ctx, promptParams))
	}, &promptParams),
	row("Prompts.Start", "POST /prompts/async", `{"promptId":"1"}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Prompts.Start(ctx, promptParams))
		}, &promptParams),
	mayBeNull(row("Prompts.GetResponse", "GET /prompts/{id}/response-on", aPrompt,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Prompts.GetResponse(ctx, id[0]))
		})),
	row("Prompts.CreateUploadURL", "POST /prompts/upload-url", aTarget,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Prompts.CreateUploadURL(ctx, targetParams))
		}, &targetParams),
	row("Agents.Create", "POST /agents", anID, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Agents.Create(ctx, newAgentParams))
	}, &newAgentParams),
	row("Agents.Update", "PUT /agents/{id}", anID, func(ctx context.Context, c suiteClient, id ...string) error {
		return failureOf(c.Agents.Update(ctx, id[0], agentChangeParams))
	}, &agentChangeParams),
	row("Agents.GetCurrent", "GET /agents/by-api-key", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Agents.GetCurrent(ctx))
		}),
	row("Agents.ListUsers", "GET /agents/users", aPage, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Agents.ListUsers(ctx, agentUsersParams))
	}, &agentUsersParams),
	row("Agents.AllUsers", "GET /agents/users", aPage, func(ctx context.Context, c suiteClient, _ ...string) error {
		return walkAll(c.Agents.AllUsers(ctx, agentUsersParams))
	}, &agentUsersParams),
	row("Agents.ListOrganizationUsers", "GET /agents/{id}/users", aPage,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Agents.ListOrganizationUsers(ctx, id[0], agentUsersParams))
		}, &agentUsersParams),
	row("Agents.AllOrganizationUsers", "GET /agents/{id}/users", aPage,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return walkAll(c.Agents.AllOrganizationUsers(ctx, id[0], agentUsersParams))
		}, &agentUsersParams),
	row("Agents.GetStatistics", "GET /agents/statistic", `{"tokensUsed":1}`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Agents.GetStatistics(ctx, statisticsParams))
		}, &statisticsParams),
	row("Agents.CreateWebhook", "POST /agents/webhooks", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Agents.CreateWebhook(ctx, webhookParams))
		}, &webhookParams),
	row("Agents.GetUsage", "GET /agents/limits", `{"tokensAmount":1}`,
		func(ctx context.Context, c suiteClient, _ ...string) error { return failureOf(c.Agents.GetUsage(ctx)) }),
	row("Agents.CreateLimits", "POST /agents/limits", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Agents.CreateLimits(ctx, limitsParams))
		}, &limitsParams),
	row("Agents.UpdateLimits", "PUT /agents/limits", anID, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Agents.UpdateLimits(ctx, agentLimitsParams))
	}, &agentLimitsParams),
	row("Agents.DeleteLimits", "DELETE /agents/limits", "",
		func(ctx context.Context, c suiteClient, _ ...string) error { return c.Agents.DeleteLimits(ctx) }),
	isUpload(row("AgentFiles.Upload", "POST /agent-files/upload", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.AgentFiles.Upload(ctx,
				raia.UploadFileParams{FileName: "a.txt", Content: strings.NewReader(conformance.Text)}))
		})),
	row("AgentFiles.List", "GET /agent-files/by-api-key", `[{"id":"1"}]`,
		func(ctx context.Context, c suiteClient, _ ...string) error { return failureOf(c.AgentFiles.List(ctx)) }),
	row("AgentFiles.DeleteMany", "DELETE /agent-files", "",
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return c.AgentFiles.DeleteMany(ctx, filesParams...)
		}, &filesParams),
	row("AgentFiles.Delete", "DELETE /agent-files/{id}/delete", "",
		func(ctx context.Context, c suiteClient, id ...string) error { return c.AgentFiles.Delete(ctx, id[0]) }),
	row("AgentFiles.RemoveFromVectorStore", "DELETE /agent-files/{id}/delete-from-vector-store", "",
		func(ctx context.Context, c suiteClient, id ...string) error {
			return c.AgentFiles.RemoveFromVectorStore(ctx, id[0])
		}),
	row("AgentFiles.AddToVectorStore", "PUT /agent-files/{id}/add-to-vector-store", "",
		func(ctx context.Context, c suiteClient, id ...string) error {
			return c.AgentFiles.AddToVectorStore(ctx, id[0])
		}),
	row("AgentFiles.AddToVectorStoreAsync", "PUT /agent-files/{id}/add-to-vector-store/async", "",
		func(ctx context.Context, c suiteClient, id ...string) error {
			return c.AgentFiles.AddToVectorStoreAsync(ctx, id[0])
		}),
	row("ResourceUsage.Log", "POST /resource-usage", "", func(ctx context.Context, c suiteClient, _ ...string) error {
		return c.ResourceUsage.Log(ctx, usageParams)
	}, &usageParams),
	row("AgentRoles.List", "GET /agent-roles/by-api-key", `[{"id":"1"}]`,
		func(ctx context.Context, c suiteClient, _ ...string) error { return failureOf(c.AgentRoles.List(ctx)) }),
	row("PlatformUsers.List", "GET /platform-users", `[{"id":"1"}]`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.PlatformUsers.List(ctx, staffParams))
		}, &staffParams),
	row("Organizations.Create", "POST /organizations", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Organizations.Create(ctx, organizationParams))
		}, &organizationParams),
	row("Subscriptions.List", "GET /subscriptions", `[{"id":"1"}]`,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Subscriptions.List(ctx, subscriptionsParams))
		}, &subscriptionsParams),
	row("Feedbacks.Create", "POST /conversation-message-feedbacks", anID,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Feedbacks.Create(ctx, feedbackParams))
		}, &feedbackParams),
}
