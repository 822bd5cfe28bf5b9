package raia_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
)

func sampleMessage(t *testing.T) *raia.Message {
	m := olderMessage(t)
	m.Feedbacks[0].UserEmail = "text"
	m.FullAIResponse = &raia.AIResponse{
		Reasoning: []string{"text"}, OutputText: "text",
		URLCitations:  []raia.URLCitation{{URL: "https://example.com", Title: "Example"}},
		FileCitations: []raia.FileCitation{{FileID: sampleID, FileName: "example.txt"}},
	}
	m.SubagentID, m.ExpandedMessage = "text", "text"
	m.Files = []*raia.MessageFile{{
		ID: sampleID, FileName: "example.txt", OpenAIFileID: sampleID, Size: new(int64(1024)),
		CreatedAt: at(t, "2025-01-01T00:00:00.000Z"), UpdatedAt: at(t, "2025-01-01T00:00:00.000Z"),
	}}
	return m
}

func question() raia.SendMessageParams {
	return raia.SendMessageParams{
		Message: "How does quantum entanglement work?", Context: "User is asking about quantum physics.",
		Files: attached("conversations"),
	}
}

func attached(folder string) []raia.FileAttachment {
	return []raia.FileAttachment{{FileName: "test.png", StoragePath: folder + "/conv_h435hi34h5i43i5/test.png"}}
}

func sameTarget(t *testing.T, target *raia.UploadTarget, err error) {
	t.Helper()
	same(t, &raia.UploadTarget{SignedURL: "text", StoragePath: "text"}, target, err,
		func(u *raia.UploadTarget) { u.Raw = nil })
}

var image = raia.UploadURLParams{FileName: "image.png", ContentType: "image/png"}

var messageSamples = map[string]sample{
	"messages-list": func(t *testing.T, c *raia.Client) {
		messages, err := c.Conversations.ListMessages(t.Context(), sampleID,
			raia.ListMessagesParams{IncludeFeedbacks: true, OrderDirection: raia.OrderDirectionAscending})
		require.NoError(t, err)
		assert.Equal(t, []*raia.Message{sampleMessage(t)}, messages)
	},
	"messages-send": func(t *testing.T, c *raia.Client) {
		message, err := c.Conversations.Send(t.Context(), sampleID, question())
		sameMessage(t, sampleMessage(t), message, err)
	},
	"messages-send-async": func(t *testing.T, c *raia.Client) {
		message, err := c.Conversations.SendAsync(t.Context(), sampleID, question())
		sameMessage(t, sampleMessage(t), message, err)
	},
	"messages-response": func(t *testing.T, c *raia.Client) {
		response, err := c.Conversations.GetResponse(t.Context(), sampleID, sampleID)
		want := &raia.AsyncResponse{Status: raia.AsyncStatusCompleted, Message: sampleMessage(t), Error: "text"}
		same(t, want, response, err, func(r *raia.AsyncResponse) { r.Raw = nil })
	},
	"messages-send-manual": func(t *testing.T, c *raia.Client) {
		message, err := c.Conversations.SendManual(t.Context(), sampleID, raia.ManualMessageParams{
			Message: "Your appointment has been confirmed for tomorrow at 2pm.", ConversationMessageID: sampleID,
			AuthorID: sampleID,
			Files:    attached("conversations"),
		})
		sameMessage(t, sampleMessage(t), message, err)
	},
	"messages-upload-url": func(t *testing.T, c *raia.Client) {
		target, err := c.Conversations.CreateMessageFileUploadURL(t.Context(), sampleID, image)
		sameTarget(t, target, err)
	},
	"messages-file-url": func(t *testing.T, c *raia.Client) {
		file, err := c.Conversations.GetMessageFileURL(t.Context(), sampleID, sampleID)
		want := &raia.FileURL{SignedURL: "https://example.com/download/test.png", FileID: sampleID}
		same(t, want, file, err, func(f *raia.FileURL) { f.Raw = nil })
	},
}

func samplePrompt() raia.PromptParams {
	return raia.PromptParams{
		Prompt: "How does quantum entanglement work?", TokenTrackingID: "any-token-id-323jbb3242dwfwefew34234",
		Files: attached("prompt-files"),
	}
}

func samePrompt(t *testing.T, response *raia.PromptResponse, err error) {
	t.Helper()
	want := &raia.PromptResponse{
		Status: raia.AsyncStatusCompleted, TotalTokens: new(int64(12345)), Error: "text",
		Response: "The theory of relativity explains how time and space are linked",
	}
	same(t, want, response, err, func(r *raia.PromptResponse) { r.Raw = nil })
}

var promptSamples = map[string]sample{
	"prompts-run": func(t *testing.T, c *raia.Client) {
		response, err := c.Prompts.Run(t.Context(), samplePrompt())
		samePrompt(t, response, err)
	},
	"prompts-start": func(t *testing.T, c *raia.Client) {
		prompt, err := c.Prompts.Start(t.Context(), samplePrompt())
		same(t, &raia.StartedPrompt{PromptID: "1234567890"}, prompt, err, func(p *raia.StartedPrompt) { p.Raw = nil })
	},
	"prompts-response": func(t *testing.T, c *raia.Client) {
		response, err := c.Prompts.GetResponse(t.Context(), sampleID)
		samePrompt(t, response, err)
	},
	"prompts-response-not-ready": func(t *testing.T, c *raia.Client) {
		response, err := c.Prompts.GetResponse(t.Context(), sampleID)
		same(t, &raia.PromptResponse{Status: raia.AsyncStatusPending}, response, err,
			func(r *raia.PromptResponse) { r.Raw = nil })
	},
	"prompts-upload-url": func(t *testing.T, c *raia.Client) {
		target, err := c.Prompts.CreateUploadURL(t.Context(), image)
		sameTarget(t, target, err)
	},
}

const outputSchema = `{"type": "object", "properties": {"name": {"type": "string"}}}`

func sameAgent(t *testing.T, key string, agent *raia.Agent, err error) {
	t.Helper()
	require.NoError(t, err)
	require.Len(t, agent.Skills, 1)
	assert.Equal(t, raia.SkillName("AGENT_SKILL_SYSTEM_NAME"), agent.Skills[0].Info().SystemName)
	assert.Equal(t, key, agent.APIKey.Value())
	agent.Raw, agent.Skills, agent.APIKey = nil, nil, raia.Secret{}
	assert.Equal(t, &raia.Agent{
		OrganizationID: sampleID2, OrganizationName: "text", ID: sampleID2, Name: "text", PublicName: "text",
		Role: "text", Description: "text", VectorStoreID: "vs_1234567890", AvatarURL: "https://example.com/avatar.jpg",
		Status: raia.AgentStatusActive,
		Tags:   []string{"text"},
		AIConfig: &raia.AIConfig{
			ID: "asst_1234567890", Model: raia.ModelGPT51, Temperature: new(1.0), TopP: new(1.0), Instructions: "text",
			IsCodeInterpreterEnabled: true, IsFileSearchEnabled: true, FileSearchMaxNumResults: 10,
			ReasoningEffort: raia.ReasoningEffortMedium, ReasoningMode: raia.ReasoningModeStandard,
			IsOutputJSONSchemaEnabled: true, OutputJSONSchema: outputSchema,
		},
	}, agent)
}

func sameAgentLimits(t *testing.T, limits *raia.AgentLimits, err error) {
	t.Helper()
	want := &raia.AgentLimits{MonthlyLimits: thousand(), ID: sampleID2, AgentID: sampleID2, IsOrganizationDefault: true}
	same(t, want, limits, err, func(l *raia.AgentLimits) { l.Raw = nil })
}

var firstPage = raia.ListAgentUsersParams{
	Page: 1, PageSize: 1, OrderBy: raia.OrderByCreatedAt, OrderDirection: raia.OrderDirectionAscending,
}

var agentSamples = map[string]sample{
	"agents-create": func(t *testing.T, c *raia.Client) {
		agent, err := c.Agents.Create(t.Context(), raia.CreateAgentParams{
			RoleID: sampleID2, Name: "My agent", PublicName: "My agent", Description: "My agent description",
			Instructions: "My agent instructions", Model: raia.ModelGPT51, TopP: new(1.0), Temperature: new(1.0),
			IsFileSearchEnabled: new(false), IsCodeInterpreterEnabled: new(false), FileSearchMaxNumResults: 10,
			ReasoningEffort: raia.ReasoningEffortMedium, ReasoningMode: raia.ReasoningModeStandard,
			IsAPISkillEnabled: new(true), IsOutputJSONSchemaEnabled: new(false), OutputJSONSchema: outputSchema,
			Tags:                         []string{"Sales", "Support"},
			RestrictDocumentsToOwnerOnly: new(false),
		})
		sameAgent(t, "text", agent, err)
	},
	"agents-update": func(t *testing.T, c *raia.Client) {
		agent, err := c.Agents.Update(t.Context(), sampleID, raia.UpdateAgentParams{
			Name: "My agent", PublicName: "My agent", Description: new("My agent description"),
			Tags: []string{"Sales", "Support"}, AvatarURL: new("https://example.com/avatar.jpg"),
			BackgroundURL: new("https://example.com/background.jpg"), Status: raia.AgentStatusActive,
			Instructions: new("My agent instructions"), Model: raia.ModelGPT51, TopP: new(1.0), Temperature: new(1.0),
			ReasoningEffort: raia.ReasoningEffortMedium, ReasoningMode: raia.ReasoningModeStandard,
			DefaultErrorMessage: new("Sorry, something went wrong."), IsFileSearchEnabled: new(false),
			IsCodeInterpreterEnabled: new(false), FileSearchMaxNumResults: 10, IsOutputJSONSchemaEnabled: new(false),
			OutputJSONSchema: new(outputSchema), RestrictDocumentsToOwnerOnly: new(false),
		})
		sameAgent(t, "", agent, err)
	},
	"agents-organization-users": func(t *testing.T, c *raia.Client) {
		page, err := c.Agents.ListOrganizationUsers(t.Context(), sampleID, firstPage)
		want := &raia.UserPage{
			CurrentPage: 1, PageSize: 1, TotalItems: 1, TotalPages: 1, HasNextPage: true, HasPreviousPage: true,
			Data: []*raia.User{sampleUser()},
		}
		same(t, want, page, err, func(p *raia.UserPage) { p.Raw = nil })
	},
	"agents-users": func(t *testing.T, c *raia.Client) {
		_, err := c.Agents.ListUsers(t.Context(), firstPage)
		require.ErrorIs(t, err, raia.ErrDecode, "the document shows an agent where users belong")
	},
	"agents-current": func(t *testing.T, c *raia.Client) {
		agent, err := c.Agents.GetCurrent(t.Context())
		sameAgent(t, "", agent, err)
	},
	"agents-statistics": func(t *testing.T, c *raia.Client) {
		statistics, err := c.Agents.GetStatistics(t.Context(), raia.StatisticsParams{StartDate: march, EndDate: march})
		want := &raia.AgentStatistics{
			TokensUsed: 1, TokensPerConversation: 1, VapiSecondsUsed: 1, AverageCallDuration: 1,
			SMSUsed: 1, SMSPerConversation: 1, EmailsUsed: 1, EmailsPerConversation: 1,
		}
		same(t, want, statistics, err, func(s *raia.AgentStatistics) { s.Raw = nil })
	},
	"agents-webhooks-create": func(t *testing.T, c *raia.Client) {
		webhook, err := c.Agents.CreateWebhook(t.Context(), raia.CreateWebhookParams{
			Title: "My Webhook", Description: "This webhook is triggered when a message is received",
			URL: "https://api.example.com/webhook", Trigger: raia.WebhookTriggerEachMessage,
			Headers: map[string]string{"Authorization": "Bearer token"},
		})
		require.NoError(t, err)
		assert.Equal(t, "Bearer token", webhook.Headers["Authorization"].Value())
		webhook.Raw, webhook.Headers = nil, nil
		assert.Equal(t, &raia.Webhook{
			ID: sampleID2, AgentID: sampleID2, Title: "My Webhook",
			Description: "This webhook is triggered when a message is received", URL: "https://api.example.com/webhook",
			Trigger: raia.WebhookTriggerEachMessage, Status: raia.SkillStatusActive,
			CreatedAt: at(t, "2024-03-20T12:00:00Z"), UpdatedAt: at(t, "2024-03-20T12:00:00Z"),
		}, webhook)
	},
	"agents-usage": func(t *testing.T, c *raia.Client) {
		usage, err := c.Agents.GetUsage(t.Context())
		want := &raia.AgentUsage{Tokens: 1000, SMS: 1000, Emails: 1000, Seconds: 1000}
		same(t, want, usage, err, func(u *raia.AgentUsage) { u.Raw = nil })
	},
	"agents-limits-create": func(t *testing.T, c *raia.Client) {
		limits, err := c.Agents.CreateLimits(t.Context(), thousand())
		sameAgentLimits(t, limits, err)
	},
	"agents-limits-update": func(t *testing.T, c *raia.Client) {
		all := new(int64(1000))
		limits, err := c.Agents.UpdateLimits(t.Context(),
			raia.UpdateAgentLimitsParams{Tokens: all, SMS: all, Emails: all, Seconds: all})
		sameAgentLimits(t, limits, err)
	},
	"agents-limits-delete": func(t *testing.T, c *raia.Client) {
		require.NoError(t, c.Agents.DeleteLimits(t.Context()))
	},
}

func sampleFile(t *testing.T) *raia.AgentFile {
	return &raia.AgentFile{
		ID: sampleID2, FileName: "example.txt", URL: "https://example.com/file.txt",
		CreatedAt: at(t, "2023-10-01T12:00:00Z"), VectorStoreFileID: "file-123e4567-e89b",
		IsUploadedToVectorStore: new(true), VectorStoreUploadStatus: raia.VectorStoreStatusDone,
		UploadedToVectorStoreAt: at(t, "2023-10-01T12:00:00Z"),
	}
}

func sampleSubscription(t *testing.T) *raia.Subscription {
	return &raia.Subscription{
		MonthlyLimits: raia.MonthlyLimits{Tokens: 1000000, Seconds: 1000000, SMS: 1000, Emails: 1000},
		ID:            sampleID2, Title: "Subscription title", Description: "Subscription description",
		AgentsAmount: 10, UsersWithAccessAmount: 100, Status: raia.SubscriptionStatusActive,
		Visibility: raia.SubscriptionVisibilityPublic, CreatedBy: creator(), CreatedAt: at(t, "2024-03-20T12:00:00Z"),
		UpdatedAt: at(t, "2024-03-20T12:00:00Z"), OrganizationsCount: 100, Price: 49900,
	}
}

func creator() *raia.Creator {
	return &raia.Creator{ID: sampleID2, Email: "test@example.com", FirstName: "UserFN", LastName: "UserLN"}
}

var otherSamples = map[string]sample{
	"agent-files-upload": func(t *testing.T, c *raia.Client) {
		file, err := c.AgentFiles.Upload(t.Context(), raia.UploadFileParams{
			FileName: "example.txt", ContentType: "text/plain", Content: strings.NewReader("binary"),
			AutoAddToVectorStore: new(true),
		})
		same(t, sampleFile(t), file, err, func(f *raia.AgentFile) { f.Raw = nil })
	},
	"agent-files-list": func(t *testing.T, c *raia.Client) {
		files, err := c.AgentFiles.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []*raia.AgentFile{sampleFile(t)}, files)
	},
	"agent-files-delete-many": func(t *testing.T, c *raia.Client) {
		require.NoError(t, c.AgentFiles.DeleteMany(t.Context(), "text"))
	},
	"agent-files-delete": func(t *testing.T, c *raia.Client) {
		require.NoError(t, c.AgentFiles.Delete(t.Context(), sampleID))
	},
	"agent-files-remove-from-vector-store": func(t *testing.T, c *raia.Client) {
		require.NoError(t, c.AgentFiles.RemoveFromVectorStore(t.Context(), sampleID))
	},
	"agent-files-add-to-vector-store": func(t *testing.T, c *raia.Client) {
		require.NoError(t, c.AgentFiles.AddToVectorStore(t.Context(), sampleID))
	},
	"agent-files-add-to-vector-store-async": func(t *testing.T, c *raia.Client) {
		require.NoError(t, c.AgentFiles.AddToVectorStoreAsync(t.Context(), sampleID))
	},
	"resource-usage-log": func(t *testing.T, c *raia.Client) {
		require.NoError(t,
			c.ResourceUsage.Log(t.Context(), raia.LogUsageParams{Type: raia.ResourceTypeOpenAITokens, Amount: 4567}))
	},
	"agent-roles-list": func(t *testing.T, c *raia.Client) {
		roles, err := c.AgentRoles.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []*raia.AgentRole{{ID: sampleID2, Name: "text", Description: "text"}}, roles)
	},
	"organizations-create": func(t *testing.T, c *raia.Client) {
		organization, err := c.Organizations.Create(t.Context(), raia.CreateOrganizationParams{
			Name: "New Organization", Users: []raia.InvitedUser{
				{Email: "test@example.com", Role: raia.PlatformUserRoleUser},
			},
			LicenseKey: sampleID2, EndedAt: march,
		})
		want := &raia.Organization{
			ID: sampleID2, Name: "New Organization", Status: raia.OrganizationStatusActive,
			CreatedAt: at(t, "2024-03-20T12:00:00Z"), UpdatedAt: at(t, "2024-03-20T12:00:00Z"), CreatedBy: creator(),
			Subscription: sampleSubscription(t),
		}
		same(t, want, organization, err, func(o *raia.Organization) { o.Raw = nil })
	},
	"subscriptions-list": func(t *testing.T, c *raia.Client) {
		subscriptions, err := c.Subscriptions.List(t.Context(),
			raia.ListSubscriptionsParams{
				Visibility: raia.SubscriptionVisibilityPublic, Status: raia.SubscriptionStatusActive,
			})
		require.NoError(t, err)
		assert.Equal(t, []*raia.Subscription{sampleSubscription(t)}, subscriptions)
	},
	"feedbacks-create": func(t *testing.T, c *raia.Client) {
		feedback, err := c.Feedbacks.Create(t.Context(), raia.CreateFeedbackParams{
			ConversationMessageID: sampleID2, UserID: sampleID2, VoteType: raia.VoteTypeUp, Question: "text",
			Answer: "text", Comment: "Awesome :)",
		})
		want := &raia.Feedback{
			ID: sampleID2, ConversationMessageID: sampleID2, VoteType: raia.VoteTypeUp, Question: "text",
			Answer: "text", Comment: "Awesome :)", CreatedAt: at(t, "2023-01-01T00:00:00.000Z"),
			UpdatedAt: at(t, "2023-01-01T00:00:00.000Z"),
		}
		same(t, want, feedback, err, func(f *raia.Feedback) { f.Raw = nil })
	},
	"platform-users-list": func(t *testing.T, c *raia.Client) {
		users, err := c.PlatformUsers.List(t.Context(), raia.ListPlatformUsersParams{Role: raia.PlatformUserRoleOwner})
		require.NoError(t, err)
		assert.Equal(t, []*raia.PlatformUser{{
			ID: sampleID, Email: "test@example.com", PhoneNumber: "+1234567890", FirstName: "John", LastName: "Doe",
		}}, users)
	},
}
