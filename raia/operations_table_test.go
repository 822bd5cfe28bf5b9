package raia

import (
	"context"
	"strings"
)

// operation is one row of the endpoint index, transcribed from the vendor's reference.
type operation struct {
	method, path string
	key          string
	status       int
	specOnly     bool // seen in the OpenAPI document only
	// idempotent says that the operation may reach the server more than once. GET, PUT and DELETE may. Every POST of
	// this vendor speaks, creates, books, rates or returns a URL of a storage. why says which of these.
	idempotent bool
	why        string
	reply      string // the smallest success; empty means no body
	call       func(ctx context.Context, c *Client) error
}

func (o operation) String() string { return o.method + " " + o.path }

const (
	anID       = `{"id":"1"}`
	aMessage   = `{"id":"1","message":"hi"}`
	aTarget    = `{"signedUrl":"https://storage.example/1","storagePath":"p"}`
	aUserPage  = `{"currentPage":1,"data":[]}`
	anEmptyOne = `[]`
)

var operations = []operation{
	{"POST", "/users", agentHeader, 201, false, false, "creates", anID, func(ctx context.Context, c *Client) error {
		return result(c.Users.Create(ctx, CreateUserParams{FirstName: "A", LastName: "B", FkID: "7"}))
	}},
	{
		"GET", "/users/search", agentHeader, 200, false, true, "",
		`{"user":{"id":"1","firstName":"A"},"conversationIds":[]}`, func(ctx context.Context, c *Client) error {
			return result(c.Users.Search(ctx, SearchUserParams{FkID: "7"}))
		},
	},
	{"GET", "/users/{id}", agentHeader, 200, false, true, "", anID, func(ctx context.Context, c *Client) error {
		return result(c.Users.Get(ctx, "a/b"))
	}},
	{"DELETE", "/users/{id}", agentHeader, 204, true, true, "", "", func(ctx context.Context, c *Client) error {
		return c.Users.Delete(ctx, "a/b")
	}},
	{"GET", "/users/{id}/limits", agentHeader, 200, true, true, "", anID, func(ctx context.Context, c *Client) error {
		return result(c.Users.GetLimits(ctx, "a/b"))
	}},
	{
		"POST", "/users/{id}/limits", agentHeader, 201, true, false, "creates", anID,
		func(ctx context.Context, c *Client) error {
			return result(c.Users.CreateLimits(ctx, "a/b", MonthlyLimits{}))
		},
	},
	{"PUT", "/users/{id}/limits", agentHeader, 200, true, true, "", anID, func(ctx context.Context, c *Client) error {
		return result(c.Users.UpdateLimits(ctx, "a/b", MonthlyLimits{}))
	}},
	{"DELETE", "/users/{id}/limits", agentHeader, 200, true, true, "", "", func(ctx context.Context, c *Client) error {
		return c.Users.DeleteLimits(ctx, "a/b")
	}},
	{
		"GET", "/conversations", agentHeader, 200, false, true, "", `{"currentPage":1,"data":[]}`,
		func(ctx context.Context, c *Client) error {
			return result(c.Conversations.List(ctx, ListConversationsParams{}))
		},
	},
	{
		"POST", "/conversations", agentHeader, 201, false, false, "creates", anID,
		func(ctx context.Context, c *Client) error {
			return result(c.Conversations.Create(ctx, CreateConversationParams{ConversationUserID: "7"}))
		},
	},
	{"DELETE", "/conversations", agentHeader, 204, false, true, "", "", func(ctx context.Context, c *Client) error {
		return c.Conversations.DeleteAllForUser(ctx, "7")
	}},
	{
		"GET", "/conversations/states", agentHeader, 200, true, true, "", anEmptyOne,
		func(ctx context.Context, c *Client) error {
			return result(c.Conversations.ListStates(ctx))
		},
	},
	{"GET", "/conversations/{id}", agentHeader, 200, false, true, "", anID, func(ctx context.Context, c *Client) error {
		return result(c.Conversations.Get(ctx, "a/b"))
	}},
	{"PUT", "/conversations/{id}", agentHeader, 200, false, true, "", anID, func(ctx context.Context, c *Client) error {
		return result(c.Conversations.Update(ctx, "a/b", UpdateConversationParams{Title: new("t")}))
	}},
	{
		"POST", "/conversations/start", agentHeader, 201, false, false, "contacts a person", `{"conversationId":"1"}`,
		func(ctx context.Context, c *Client) error {
			return result(c.Conversations.Start(ctx,
				VoiceStart{FirstName: "A", LastName: "B", PhoneNumber: "+1", FirstMessage: "hi"}))
		},
	},
	{
		"GET", "/conversations/{id}/messages", agentHeader, 200, false, true, "", `{"messages":[]}`,
		func(ctx context.Context, c *Client) error {
			return result(c.Conversations.ListMessages(ctx, "a/b", ListMessagesParams{}))
		},
	},
	{
		"POST", "/conversations/{id}/messages", agentHeader, 201, false, false, "speaks", aMessage,
		func(ctx context.Context, c *Client) error {
			return result(c.Conversations.Send(ctx, "a/b", SendMessageParams{Message: "hi"}))
		},
	},
	{
		"POST", "/conversations/{id}/messages/async", agentHeader, 201, true, false, "speaks", aMessage,
		func(ctx context.Context, c *Client) error {
			return result(c.Conversations.SendAsync(ctx, "a/b", SendMessageParams{Message: "hi"}))
		},
	},
	{
		"GET", "/conversations/{id}/messages/{questionMessageId}/response-on", agentHeader, 200, true, true, "",
		`{"status":"pending","message":null,"error":null}`, func(ctx context.Context, c *Client) error {
			return result(c.Conversations.GetResponse(ctx, "a/b", "c/d"))
		},
	},
	{
		"PUT", "/conversations/{id}/mode", agentHeader, 200, true, true, "", anID,
		func(ctx context.Context, c *Client) error {
			return result(c.Conversations.SetMode(ctx, "a/b", ConversationModeAI))
		},
	},
	{
		"POST", "/conversations/{id}/send-manual-message", agentHeader, 200, true, false, "speaks", aMessage,
		func(ctx context.Context, c *Client) error {
			return result(c.Conversations.SendManual(ctx, "a/b", ManualMessageParams{Message: "hi"}))
		},
	},
	{
		"POST", "/conversations/{id}/message-files/upload-url", agentHeader, 200, true, false,
		"may leave something in the storage", aTarget, func(ctx context.Context, c *Client) error {
			return result(c.Conversations.CreateMessageFileUploadURL(ctx, "a/b",
				UploadURLParams{FileName: "f", ContentType: "image/png"}))
		},
	},
	{
		"GET", "/conversations/{id}/message-files/{fileId}/signed-url", agentHeader, 200, true, true, "",
		`{"signedUrl":"https://storage.example/1"}`, func(ctx context.Context, c *Client) error {
			return result(c.Conversations.GetMessageFileURL(ctx, "a/b", "c/d"))
		},
	},
	{
		"POST", "/prompts", agentHeader, 200, false, false, "speaks", `{"status":"completed","response":"r"}`,
		func(ctx context.Context, c *Client) error {
			return result(c.Prompts.Run(ctx, PromptParams{Prompt: "p"}))
		},
	},
	{
		"POST", "/prompts/async", agentHeader, 200, false, false, "speaks", `{"promptId":"1"}`,
		func(ctx context.Context, c *Client) error {
			return result(c.Prompts.Start(ctx, PromptParams{Prompt: "p"}))
		},
	},
	{
		"GET", "/prompts/{id}/response-on", agentHeader, 200, false, true, "", `null`,
		func(ctx context.Context, c *Client) error {
			return result(c.Prompts.GetResponse(ctx, "a/b"))
		},
	},
	{
		"POST", "/prompts/upload-url", agentHeader, 200, true, false, "may leave something in the storage", aTarget,
		func(ctx context.Context, c *Client) error {
			return result(c.Prompts.CreateUploadURL(ctx, UploadURLParams{FileName: "f", ContentType: "image/png"}))
		},
	},
	{
		"POST", "/agents", organizationHeader, 201, false, false, "creates", anID,
		func(ctx context.Context, c *Client) error {
			return result(c.Agents.Create(ctx, CreateAgentParams{RoleID: "7", Name: "n", PublicName: "p"}))
		},
	},
	{"PUT", "/agents/{id}", organizationHeader, 200, true, true, "", anID, func(ctx context.Context, c *Client) error {
		return result(c.Agents.Update(ctx, "a/b", UpdateAgentParams{OutputJSONSchema: new("")}))
	}},
	{
		"GET", "/agents/{id}/users", organizationHeader, 200, true, true, "", aUserPage,
		func(ctx context.Context, c *Client) error {
			return result(c.Agents.ListOrganizationUsers(ctx, "a/b", ListAgentUsersParams{}))
		},
	},
	{"GET", "/agents/users", agentHeader, 200, true, true, "", aUserPage, func(ctx context.Context, c *Client) error {
		return result(c.Agents.ListUsers(ctx, ListAgentUsersParams{}))
	}},
	{"GET", "/agents/by-api-key", agentHeader, 200, false, true, "", anID, func(ctx context.Context, c *Client) error {
		return result(c.Agents.GetCurrent(ctx))
	}},
	{
		"GET", "/agents/statistic", agentHeader, 200, true, true, "", `{"tokensUsed":1}`,
		func(ctx context.Context, c *Client) error {
			return result(c.Agents.GetStatistics(ctx, StatisticsParams{}))
		},
	},
	{
		"POST", "/agents/webhooks", agentHeader, 201, false, false, "creates", anID,
		func(ctx context.Context, c *Client) error {
			return result(
				c.Agents.CreateWebhook(ctx, CreateWebhookParams{
					Title: "t", Description: "d", URL: "https://x.example", Trigger: WebhookTriggerManual,
				}),
			)
		},
	},
	{
		"GET", "/agents/limits", agentHeader, 200, true, true, "", `{"tokensAmount":1}`,
		func(ctx context.Context, c *Client) error {
			return result(c.Agents.GetUsage(ctx))
		},
	},
	{
		"POST", "/agents/limits", agentHeader, 201, true, false, "creates", anID,
		func(ctx context.Context, c *Client) error {
			return result(c.Agents.CreateLimits(ctx, MonthlyLimits{}))
		},
	},
	{"PUT", "/agents/limits", agentHeader, 200, true, true, "", anID, func(ctx context.Context, c *Client) error {
		return result(c.Agents.UpdateLimits(ctx, UpdateAgentLimitsParams{}))
	}},
	{"DELETE", "/agents/limits", agentHeader, 200, true, true, "", "", func(ctx context.Context, c *Client) error {
		return c.Agents.DeleteLimits(ctx)
	}},
	{
		"POST", "/agent-files/upload", agentHeader, 200, false, false, "creates", anID,
		func(ctx context.Context, c *Client) error {
			return result(c.AgentFiles.Upload(ctx, UploadFileParams{FileName: "f", Content: strings.NewReader("x")}))
		},
	},
	{
		"GET", "/agent-files/by-api-key", agentHeader, 200, false, true, "", anEmptyOne,
		func(ctx context.Context, c *Client) error {
			return result(c.AgentFiles.List(ctx))
		},
	},
	{"DELETE", "/agent-files", agentHeader, 200, true, true, "", "", func(ctx context.Context, c *Client) error {
		return c.AgentFiles.DeleteMany(ctx, "1", "2")
	}},
	{
		"DELETE", "/agent-files/{id}/delete", agentHeader, 200, false, true, "", "",
		func(ctx context.Context, c *Client) error {
			return c.AgentFiles.Delete(ctx, "a/b")
		},
	},
	{
		"DELETE", "/agent-files/{id}/delete-from-vector-store", agentHeader, 200, false, true, "", "",
		func(ctx context.Context, c *Client) error {
			return c.AgentFiles.RemoveFromVectorStore(ctx, "a/b")
		},
	},
	{
		"PUT", "/agent-files/{id}/add-to-vector-store", agentHeader, 200, false, true, "", "",
		func(ctx context.Context, c *Client) error {
			return c.AgentFiles.AddToVectorStore(ctx, "a/b")
		},
	},
	{
		"PUT", "/agent-files/{id}/add-to-vector-store/async", agentHeader, 200, true, true, "", "",
		func(ctx context.Context, c *Client) error {
			return c.AgentFiles.AddToVectorStoreAsync(ctx, "a/b")
		},
	},
	{
		"POST", "/resource-usage", agentHeader, 201, false, false, "books", "",
		func(ctx context.Context, c *Client) error {
			return c.ResourceUsage.Log(ctx, LogUsageParams{Type: ResourceTypeOpenAITokens, Amount: 1})
		},
	},
	{
		"GET", "/agent-roles/by-api-key", organizationHeader, 200, false, true, "", anEmptyOne,
		func(ctx context.Context, c *Client) error {
			return result(c.AgentRoles.List(ctx))
		},
	},
	{
		"POST", "/organizations", superAdminHeader, 201, false, false, "creates", anID,
		func(ctx context.Context, c *Client) error {
			return result(
				c.Organizations.Create(ctx, CreateOrganizationParams{
					Name: "n", LicenseKey: "l", Users: []InvitedUser{{"a@b.c", PlatformUserRoleUser}},
				}),
			)
		},
	},
	{
		"GET", "/subscriptions", superAdminHeader, 200, false, true, "", anEmptyOne,
		func(ctx context.Context, c *Client) error {
			return result(c.Subscriptions.List(ctx, ListSubscriptionsParams{}))
		},
	},
	{
		"POST", "/conversation-message-feedbacks", agentHeader, 201, false, false, "rates", anID,
		func(ctx context.Context, c *Client) error {
			return result(c.Feedbacks.Create(ctx,
				CreateFeedbackParams{ConversationMessageID: "1", UserID: "2", VoteType: VoteTypeUp, Question: "q"}))
		},
	},
	{
		"GET", "/platform-users", organizationHeader, 200, true, true, "", anEmptyOne,
		func(ctx context.Context, c *Client) error {
			return result(c.PlatformUsers.List(ctx, ListPlatformUsersParams{}))
		},
	},
}
