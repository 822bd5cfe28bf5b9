package raia_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
