package raiatest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// must returns v; a call that failed ends the test.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		require.NoError(t, err)
		return v
	}
}

func start(t *testing.T) (*raiatest.Server, *raia.Client) {
	server := raiatest.NewServer()
	t.Cleanup(server.Close)
	return server, must[*raia.Client](t)(raia.NewClient(server.Config()))
}

func user(t *testing.T, c *raia.Client, email string) *raia.User {
	return must[*raia.User](t)(c.Users.Create(t.Context(), raia.CreateUserParams{
		FirstName: "Ada", LastName: "Example", Email: email, CustomData: map[string]any{"plan": "free"},
	}))
}

func conversation(t *testing.T, c *raia.Client, userID string) *raia.Conversation {
	return must[*raia.Conversation](t)(c.Conversations.Create(t.Context(), raia.CreateConversationParams{
		ConversationUserID: userID, Title: "Question", CustomData: map[string]any{"k": "v"},
	}))
}

func TestServer_ChecksTheKeys(t *testing.T) {
	server, _ := start(t)
	cfg := server.Config()
	cfg.AgentKey, cfg.OrganizationKey, cfg.SuperAdminKey = "wrong", "wrong", "wrong"
	c := must[*raia.Client](t)(raia.NewClient(cfg))
	_, agent := c.Agents.GetCurrent(t.Context())
	_, organization := c.AgentRoles.List(t.Context())
	_, superAdmin := c.Subscriptions.List(t.Context(), raia.ListSubscriptionsParams{})
	for _, err := range []error{agent, organization, superAdmin} {
		require.ErrorIs(t, err, raia.ErrForbidden)
		require.ErrorIs(t, err, raia.CodeForbidden)
	}
}

func TestServer_Users(t *testing.T) {
	_, c := start(t)
	ada := user(t, c, "ada@example.com")
	assert.Equal(t, "free", ada.Metadata.CustomData["plan"])
	assert.Equal(t, ada.ID, must[*raia.User](t)(c.Users.Get(t.Context(), ada.ID)).ID)
	_, err := c.Users.Create(t.Context(), raia.CreateUserParams{FirstName: "B", LastName: "C", Email: "ada@example.com"})
	require.ErrorIs(t, err, raia.ErrBadRequest, "exists already")

	talk := conversation(t, c, ada.ID)
	found := must[*raia.FoundUser](t)(c.Users.Search(t.Context(), raia.SearchUserParams{Email: "ada@example.com"}))
	assert.Equal(t, []string{talk.ID}, found.ConversationIDs)
	_, err = c.Users.Search(t.Context(), raia.SearchUserParams{FkID: "nobody"})
	require.ErrorIs(t, err, raia.ErrNotFound)

	require.NoError(t, c.Users.Delete(t.Context(), ada.ID))
	_, err = c.Users.Get(t.Context(), ada.ID)
	require.ErrorIs(t, err, raia.ErrNotFound)
	require.ErrorIs(t, c.Users.Delete(t.Context(), ada.ID), raia.ErrNotFound)
}

func TestServer_UserLimits(t *testing.T) {
	_, c := start(t)
	ada := user(t, c, "ada@example.com")
	_, err := c.Users.GetLimits(t.Context(), ada.ID)
	require.ErrorIs(t, err, raia.ErrNotFound)
	_, err = c.Users.CreateLimits(t.Context(), "nobody", raia.MonthlyLimits{})
	require.ErrorIs(t, err, raia.ErrNotFound)
	must[*raia.UserLimits](t)(c.Users.CreateLimits(t.Context(), ada.ID, raia.MonthlyLimits{Tokens: 1}))
	must[*raia.UserLimits](t)(c.Users.UpdateLimits(t.Context(), ada.ID, raia.MonthlyLimits{Tokens: 2, SMS: 3}))
	limits := must[*raia.UserLimits](t)(c.Users.GetLimits(t.Context(), ada.ID))
	assert.Equal(t, raia.MonthlyLimits{Tokens: 2, SMS: 3}, limits.MonthlyLimits)
	assert.Equal(t, ada.ID, limits.ConversationUserID)
	require.NoError(t, c.Users.DeleteLimits(t.Context(), ada.ID))
	_, err = c.Users.GetLimits(t.Context(), ada.ID)
	require.ErrorIs(t, err, raia.ErrNotFound)
}

func TestServer_Conversations(t *testing.T) {
	_, c := start(t)
	ada := user(t, c, "ada@example.com")
	_, err := c.Conversations.Create(t.Context(), raia.CreateConversationParams{ConversationUserID: "nobody"})
	require.ErrorIs(t, err, raia.ErrNotFound)
	talk := conversation(t, c, ada.ID)
	assert.Equal(t, "v", talk.Metadata.CustomData["k"])
	assert.Equal(t, raia.ConversationModeAI, talk.Mode)

	state := must[[]*raia.ConversationState](t)(c.Conversations.ListStates(t.Context()))[0]
	must[*raia.Conversation](t)(c.Conversations.Update(t.Context(), talk.ID, raia.UpdateConversationParams{Title: new("New"), StateID: state.ID}))
	must[*raia.Conversation](t)(c.Conversations.SetMode(t.Context(), talk.ID, raia.ConversationModeManual))
	got := must[*raia.Conversation](t)(c.Conversations.Get(t.Context(), talk.ID))
	assert.Equal(t, "New", got.Title)
	assert.Equal(t, state.ID, got.StateID)
	assert.Equal(t, raia.ConversationModeManual, got.Mode)
	_, err = c.Conversations.Update(t.Context(), "nothing", raia.UpdateConversationParams{})
	require.ErrorIs(t, err, raia.ErrNotFound)

	require.NoError(t, c.Conversations.DeleteAllForUser(t.Context(), ada.ID))
	_, err = c.Conversations.Get(t.Context(), talk.ID)
	require.ErrorIs(t, err, raia.ErrNotFound)
}

func TestServer_ListsConversations(t *testing.T) {
	_, c := start(t)
	ada, ben := user(t, c, "ada@example.com"), user(t, c, "ben@example.com")
	for range 25 {
		conversation(t, c, ada.ID)
	}
	other := conversation(t, c, ben.ID)

	page := must[*raia.ConversationPage](t)(c.Conversations.List(t.Context(), raia.ListConversationsParams{Page: 2}))
	assert.Len(t, page.Data, 10)
	assert.Equal(t, 26, page.TotalItems)
	assert.Equal(t, 3, page.TotalPages)
	assert.True(t, page.HasNextPage)
	assert.True(t, page.HasPreviousPage)
	n := 0
	for _, err := range c.Conversations.All(t.Context(), raia.ListConversationsParams{PageSize: 4}) {
		require.NoError(t, err)
		n++
	}
	assert.Equal(t, 26, n)

	for name, params := range map[string]raia.ListConversationsParams{
		"of a user": {UserID: ben.ID}, "the newest": {OrderDirection: raia.OrderDirectionDescending, PageSize: 1}, "by word": {Search: "BEN@"},
	} {
		page := must[*raia.ConversationPage](t)(c.Conversations.List(t.Context(), params))
		require.Len(t, page.Data, 1, name)
		assert.Equal(t, other.ID, page.Data[0].ID, name)
	}
	for name, params := range map[string]raia.ListConversationsParams{
		"with feedbacks": {WithFeedbacksOnly: true}, "later": {StartDate: time.Now().Add(time.Hour)}, "earlier": {EndDate: time.Now().Add(-time.Hour)},
		"beyond the end": {Page: 9},
	} {
		assert.Empty(t, must[*raia.ConversationPage](t)(c.Conversations.List(t.Context(), params)).Data, name)
	}
}

func TestServer_Starts(t *testing.T) {
	_, c := start(t)
	for channel, params := range map[raia.MessageSource]raia.StartParams{
		raia.MessageSourceEmail: raia.EmailStart{FirstName: "A", LastName: "B", Email: "a@example.com", Subject: "s", Introduction: "Hi"},
		raia.MessageSourceSMS:   raia.SMSStart{FirstName: "A", LastName: "B", PhoneNumber: "+1", Introduction: "Hi"},
		raia.MessageSourceVoice: raia.VoiceStart{FirstName: "A", LastName: "B", PhoneNumber: "+1", FirstMessage: "Hi"},
	} {
		started := must[*raia.StartedConversation](t)(c.Conversations.Start(t.Context(), params))
		messages := must[[]*raia.Message](t)(c.Conversations.ListMessages(t.Context(), started.ConversationID, raia.ListMessagesParams{}))
		require.Len(t, messages, 1)
		assert.Equal(t, "Hi", messages[0].Message)
		assert.Equal(t, channel, messages[0].Source)
	}
	assert.Len(t, must[*raia.UserPage](t)(c.Agents.ListUsers(t.Context(), raia.ListAgentUsersParams{})).Data, 2, "the phone number is one user")
}

func TestServer_Messages(t *testing.T) {
	server, c := start(t)
	talk := conversation(t, c, user(t, c, "ada@example.com").ID)
	first := must[*raia.Message](t)(c.Conversations.Send(t.Context(), talk.ID, raia.SendMessageParams{Message: "Hello"}))
	assert.Equal(t, "You said: Hello", first.Message)
	assert.Equal(t, raia.SenderRoleAssistant, first.SenderRole)
	server.Answer(func(m raiatest.Message) string { return strings.ToUpper(m.Text) })
	second := must[*raia.Message](t)(c.Conversations.Send(t.Context(), talk.ID, raia.SendMessageParams{Message: "again"}))
	assert.Equal(t, "AGAIN", second.Message)

	messages := must[[]*raia.Message](t)(c.Conversations.ListMessages(t.Context(), talk.ID, raia.ListMessagesParams{}))
	require.Len(t, messages, 4)
	assert.Equal(t, messages[0].ID, messages[1].ConversationMessageID, "an answer names its question")
	reversed := must[[]*raia.Message](t)(c.Conversations.ListMessages(t.Context(), talk.ID, raia.ListMessagesParams{OrderDirection: raia.OrderDirectionDescending}))
	assert.Equal(t, second.ID, reversed[0].ID)
	_, err := c.Conversations.Send(t.Context(), "nothing", raia.SendMessageParams{Message: "x"})
	require.ErrorIs(t, err, raia.ErrNotFound)
	_, err = c.Conversations.SendAsync(t.Context(), "nothing", raia.SendMessageParams{Message: "x"})
	require.ErrorIs(t, err, raia.ErrNotFound)
	_, err = c.Conversations.ListMessages(t.Context(), "nothing", raia.ListMessagesParams{})
	require.ErrorIs(t, err, raia.ErrNotFound)
}

func TestServer_Feedbacks(t *testing.T) {
	_, c := start(t)
	ada := user(t, c, "ada@example.com")
	talk := conversation(t, c, ada.ID)
	answer := must[*raia.Message](t)(c.Conversations.Send(t.Context(), talk.ID, raia.SendMessageParams{Message: "Hello"}))
	params := raia.CreateFeedbackParams{ConversationMessageID: answer.ID, UserID: ada.ID, VoteType: raia.VoteTypeUp, Question: "Hello"}
	must[*raia.Feedback](t)(c.Feedbacks.Create(t.Context(), params))
	with := must[[]*raia.Message](t)(c.Conversations.ListMessages(t.Context(), talk.ID, raia.ListMessagesParams{IncludeFeedbacks: true}))
	assert.Equal(t, raia.VoteTypeUp, with[1].Feedbacks[0].VoteType)
	without := must[[]*raia.Message](t)(c.Conversations.ListMessages(t.Context(), talk.ID, raia.ListMessagesParams{}))
	assert.Nil(t, without[1].Feedbacks)
	rated := must[*raia.ConversationPage](t)(c.Conversations.List(t.Context(), raia.ListConversationsParams{WithFeedbacksOnly: true}))
	assert.Equal(t, talk.ID, rated.Data[0].ID)
	params.ConversationMessageID = "nothing"
	_, err := c.Feedbacks.Create(t.Context(), params)
	require.ErrorIs(t, err, raia.ErrNotFound)
}

func TestServer_AsyncMessages(t *testing.T) {
	server, c := start(t)
	server.Pending(2)
	talk := conversation(t, c, user(t, c, "ada@example.com").ID)
	question := must[*raia.Message](t)(c.Conversations.SendAsync(t.Context(), talk.ID, raia.SendMessageParams{Message: "Hello"}))
	assert.Equal(t, raia.SenderRoleUser, question.SenderRole)
	for _, want := range []raia.AsyncStatus{raia.AsyncStatusPending, raia.AsyncStatusPending, raia.AsyncStatusCompleted} {
		response := must[*raia.AsyncResponse](t)(c.Conversations.GetResponse(t.Context(), talk.ID, question.ID))
		assert.Equal(t, want, response.Status)
	}
	_, err := c.Conversations.GetResponse(t.Context(), talk.ID, "nothing")
	require.ErrorIs(t, err, raia.ErrNotFound)

	server.FailAnswers(1, "out of words")
	question = must[*raia.Message](t)(c.Conversations.SendAsync(t.Context(), talk.ID, raia.SendMessageParams{Message: "Hello"}))
	response, err := c.Conversations.Await(t.Context(), talk.ID, question.ID)
	require.ErrorContains(t, err, "out of words")
	assert.Equal(t, raia.AsyncStatusFailed, response.Status)
}

func TestServer_Prompts(t *testing.T) {
	server, c := start(t)
	answer := must[*raia.PromptResponse](t)(c.Prompts.Run(t.Context(), raia.PromptParams{Prompt: "Why?"}))
	assert.Equal(t, "You said: Why?", answer.Response)
	assert.Equal(t, raia.AsyncStatusCompleted, answer.Status)

	started := must[*raia.StartedPrompt](t)(c.Prompts.Start(t.Context(), raia.PromptParams{Prompt: "Why?"}))
	look := must[*raia.PromptResponse](t)(c.Prompts.GetResponse(t.Context(), started.PromptID))
	assert.JSONEq(t, "null", string(look.Raw))
	done := must[*raia.PromptResponse](t)(c.Prompts.Await(t.Context(), started.PromptID))
	assert.Equal(t, "You said: Why?", done.Response)

	server.FailAnswers(1, "too hard")
	started = must[*raia.StartedPrompt](t)(c.Prompts.Start(t.Context(), raia.PromptParams{Prompt: "Why?"}))
	_, err := c.Prompts.Await(t.Context(), started.PromptID)
	require.ErrorContains(t, err, "too hard")
}

func TestServer_MessageFiles(t *testing.T) {
	server, c := start(t)
	talk := conversation(t, c, user(t, c, "ada@example.com").ID)
	params := raia.UploadURLParams{FileName: "a.txt", ContentType: "text/plain"}
	target := must[*raia.UploadTarget](t)(c.Conversations.CreateMessageFileUploadURL(t.Context(), talk.ID, params))
	web := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(web.CloseIdleConnections)
	put := raia.UploadParams{Method: http.MethodPut, Content: strings.NewReader("content"), HTTPClient: web}
	require.NoError(t, target.Upload(t.Context(), put))
	message := raia.SendMessageParams{Message: "See", Files: []raia.FileAttachment{{FileName: "a.txt", StoragePath: target.StoragePath}}}
	must[*raia.Message](t)(c.Conversations.Send(t.Context(), talk.ID, message))
	messages := must[[]*raia.Message](t)(c.Conversations.ListMessages(t.Context(), talk.ID, raia.ListMessagesParams{}))
	file := must[*raia.FileURL](t)(c.Conversations.GetMessageFileURL(t.Context(), talk.ID, messages[0].Files[0].ID))
	assert.Equal(t, "content", download(t, web, file.SignedURL))
	_, err := c.Conversations.GetMessageFileURL(t.Context(), talk.ID, "nothing")
	require.ErrorIs(t, err, raia.ErrNotFound)

	target = must[*raia.UploadTarget](t)(c.Prompts.CreateUploadURL(t.Context(), params))
	assert.Contains(t, download(t, web, target.SignedURL), "ENTITY_NOT_FOUND", "nothing was uploaded yet")
	target.SignedURL = strings.ReplaceAll(target.SignedURL, "token=", "token=forged-")
	require.ErrorIs(t, target.Upload(t.Context(), put), raia.ErrForbidden)
	last := server.Requests()[len(server.Requests())-1]
	assert.True(t, strings.HasPrefix(last.Path, "/storage/"))
}

func download(t *testing.T, web *http.Client, url string) string {
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
	resp := must[*http.Response](t)(web.Do(req))
	defer func() { _ = resp.Body.Close() }()
	return string(must[[]byte](t)(io.ReadAll(resp.Body)))
}

func TestServer_Agents(t *testing.T) {
	_, c := start(t)
	current := must[*raia.Agent](t)(c.Agents.GetCurrent(t.Context()))
	role := must[[]*raia.AgentRole](t)(c.AgentRoles.List(t.Context()))[0]
	created := must[*raia.Agent](t)(c.Agents.Create(t.Context(), raia.CreateAgentParams{
		RoleID: role.ID, Name: "New", PublicName: "N", Model: raia.ModelGPT5, Tags: []string{"a"},
	}))
	assert.Equal(t, raia.ModelGPT5, created.AIConfig.Model)
	assert.NotEmpty(t, created.APIKey.Value())
	updated := must[*raia.Agent](t)(c.Agents.Update(t.Context(), created.ID, raia.UpdateAgentParams{
		Name: "Newer", OutputJSONSchema: new("{}"), Instructions: new("Be kind"),
	}))
	assert.Equal(t, "Newer", updated.Name)
	assert.Equal(t, "{}", updated.AIConfig.OutputJSONSchema)
	_, err := c.Agents.Update(t.Context(), "nothing", raia.UpdateAgentParams{OutputJSONSchema: new("")})
	require.ErrorIs(t, err, raia.ErrNotFound)

	user(t, c, "ada@example.com")
	for id, want := range map[string]int{current.ID: 1, created.ID: 0} {
		users := must[*raia.UserPage](t)(c.Agents.ListOrganizationUsers(t.Context(), id, raia.ListAgentUsersParams{}))
		assert.Len(t, users.Data, want)
	}
	_, err = c.Agents.ListOrganizationUsers(t.Context(), "nothing", raia.ListAgentUsersParams{})
	require.ErrorIs(t, err, raia.ErrNotFound)
	must[*raia.AgentStatistics](t)(c.Agents.GetStatistics(t.Context(), raia.StatisticsParams{}))
	webhook := must[*raia.Webhook](t)(c.Agents.CreateWebhook(t.Context(), raia.CreateWebhookParams{
		Title: "t", Description: "d", URL: "https://example.com", Trigger: raia.WebhookTriggerManual, Headers: map[string]string{"A": "b"},
	}))
	assert.Equal(t, current.ID, webhook.AgentID)
	assert.Equal(t, "b", webhook.Headers["A"].Value())
}

func TestServer_LimitsAndUsage(t *testing.T) {
	_, c := start(t)
	require.ErrorIs(t, c.Agents.DeleteLimits(t.Context()), raia.ErrNotFound)
	must[*raia.AgentLimits](t)(c.Agents.CreateLimits(t.Context(), raia.MonthlyLimits{Tokens: 1, SMS: 2}))
	limits := must[*raia.AgentLimits](t)(c.Agents.UpdateLimits(t.Context(), raia.UpdateAgentLimitsParams{SMS: new(int64(0))}))
	assert.Equal(t, raia.MonthlyLimits{Tokens: 1}, limits.MonthlyLimits)
	require.NoError(t, c.Agents.DeleteLimits(t.Context()))
	for range 2 {
		require.NoError(t, c.ResourceUsage.Log(t.Context(), raia.LogUsageParams{Type: raia.ResourceTypeVapiSeconds, Amount: 1.5}))
	}
	assert.InDelta(t, 3, must[*raia.AgentUsage](t)(c.Agents.GetUsage(t.Context())).Seconds, 0)
}

func TestServer_AgentFiles(t *testing.T) {
	_, c := start(t)
	upload := func(name string, auto *bool) *raia.AgentFile {
		return must[*raia.AgentFile](t)(c.AgentFiles.Upload(t.Context(), raia.UploadFileParams{
			FileName: name, Content: strings.NewReader("content"), AutoAddToVectorStore: auto,
		}))
	}
	first, second := upload("a.txt", nil), upload("b.txt", new(true))
	assert.False(t, *first.IsUploadedToVectorStore)
	assert.Equal(t, raia.VectorStoreStatusDone, second.VectorStoreUploadStatus)
	require.NoError(t, c.AgentFiles.AddToVectorStore(t.Context(), first.ID))
	require.NoError(t, c.AgentFiles.AddToVectorStoreAsync(t.Context(), first.ID))
	require.NoError(t, c.AgentFiles.RemoveFromVectorStore(t.Context(), second.ID))
	files := must[[]*raia.AgentFile](t)(c.AgentFiles.List(t.Context()))
	require.Len(t, files, 2)
	assert.True(t, *files[0].IsUploadedToVectorStore)
	assert.False(t, *files[1].IsUploadedToVectorStore)
	require.NoError(t, c.AgentFiles.Delete(t.Context(), first.ID))
	require.ErrorIs(t, c.AgentFiles.AddToVectorStore(t.Context(), first.ID), raia.ErrNotFound)
	require.NoError(t, c.AgentFiles.DeleteMany(t.Context(), first.ID, second.ID))
	assert.Empty(t, must[[]*raia.AgentFile](t)(c.AgentFiles.List(t.Context())))
}

func TestServer_OrganizationAndSuperAdmin(t *testing.T) {
	_, c := start(t)
	organization := must[*raia.Organization](t)(c.Organizations.Create(t.Context(), raia.CreateOrganizationParams{
		Name: "New", LicenseKey: "license", Users: []raia.InvitedUser{{Email: "a@example.com", Role: raia.PlatformUserRoleOwner}},
	}))
	assert.Equal(t, "Trial", organization.Subscription.Title)
	assert.Len(t, must[[]*raia.Subscription](t)(c.Subscriptions.List(t.Context(), raia.ListSubscriptionsParams{Status: raia.SubscriptionStatusActive})), 1)
	private := raia.ListSubscriptionsParams{Visibility: raia.SubscriptionVisibilityPrivate}
	assert.Empty(t, must[[]*raia.Subscription](t)(c.Subscriptions.List(t.Context(), private)))
	staff := must[[]*raia.PlatformUser](t)(c.PlatformUsers.List(t.Context(), raia.ListPlatformUsersParams{Role: raia.PlatformUserRoleUser}))
	assert.Equal(t, "staff@example.com", staff[0].Email)
	assert.Empty(t, must[[]*raia.PlatformUser](t)(c.PlatformUsers.List(t.Context(), raia.ListPlatformUsersParams{Role: raia.PlatformUserRoleOwner})))
}

func TestServer_Fails(t *testing.T) {
	server, c := start(t)
	server.Fail(1, raiatest.Failure{Status: 500, Body: `{"status":500,"message":"Internal Server Error"}`})
	server.Fail(1, raiatest.Failure{Reset: true})
	must[*raia.Agent](t)(c.Agents.GetCurrent(t.Context()))
	assert.Len(t, server.Requests(), 3)

	server.Fail(1, raiatest.Failure{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.Agents.GetCurrent(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	server.Fail(1, raiatest.Failure{Status: 429, Header: http.Header{"Retry-After": {"3600"}}})
	_, err = c.Prompts.Run(t.Context(), raia.PromptParams{Prompt: "p"})
	failure, ok := errors.AsType[*raia.Error](err)
	require.True(t, ok)
	assert.Equal(t, time.Hour, failure.RetryAfter)
}

func TestServer_RecordsRequests(t *testing.T) {
	server, c := start(t)
	must[*raia.Agent](t)(c.Agents.GetCurrent(t.Context()))
	got := server.Requests()[0]
	assert.Equal(t, "/external/agents/by-api-key", got.Path)
	assert.Equal(t, raiatest.AgentKey, got.Header.Get("Agent-Secret-Key"))
}

// TestServer_BadRequests: what this package's client cannot send.
func TestServer_BadRequests(t *testing.T) {
	server, _ := start(t)
	web := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(web.CloseIdleConnections)
	base := server.Config().BaseURL
	status := func(method, path, body string) int {
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body)))
		req.Header.Set("Agent-Secret-Key", raiatest.AgentKey)
		req.Header.Set("Content-Type", "application/json")
		resp := must[*http.Response](t)(web.Do(req))
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode
	}
	assert.Equal(t, 404, status("GET", "/nothing", ""))
	assert.Equal(t, 400, status("POST", "/prompts", "{"))
	assert.Equal(t, 400, status("POST", "/prompts", "{}"))
	assert.Equal(t, 400, status("POST", "/prompts/async", "{}"))
	assert.Equal(t, 400, status("POST", "/resource-usage", "{}"))
	assert.Equal(t, 400, status("POST", "/agent-files/upload", "{}"))
	server.Close()
}
