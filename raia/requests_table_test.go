package raia

import (
	"context"
	"time"
)

// request is one request body, transcribed from the field tables of the vendor's reference.
type request struct {
	name string // of the vendor's schema
	// fields are the fields of the schema. "!" marks the required ones, and ":" is followed by the values that the
	// schema lists.
	fields string
	// send sends a body with all of its fields, except the one that the vendor requires and without names.
	send func(ctx context.Context, c *Client, without string) error
	// sentEmpty are required fields that this package sends even if the caller leaves them out, because the reference
	// doubts that they are required.
	sentEmpty string
}

// drop clears the field that is to be missing.
func drop[T any](without, name string, value *T) {
	if without == name {
		*value = *new(T)
	}
}

func startFields(more string) string {
	return "firstName! lastName! context conversationContext source fkId fkUserId customData conversationStateId " +
		"authorId " +
		"skipPhoneNumberValidation skipEmailValidation " + more
}

var customData = map[string]any{"key": "value"}

var requests = []request{
	{
		name: "CreateUserWithPhoneNumberBodyDTO and the two like it",
		fields: "firstName! lastName! context source fkUserId customData skipPhoneNumberValidation " +
			"skipEmailValidation " +
			"phoneNumber email fkId",
		send: func(ctx context.Context, c *Client, without string) error {
			p := CreateUserParams{"A", "B", "a@example.com", "+1", "1", "2", "c", "s", customData, true, true}
			drop(without, "firstName", &p.FirstName)
			drop(without, "lastName", &p.LastName)
			return result(c.Users.Create(ctx, p))
		},
	},
	{
		name:   "CreateConversationUserLimitsBodyDTO",
		fields: "tokensAmountPerMonth! smsAmountPerMonth! emailsAmountPerMonth! secondsAmountPerMonth!",
		send: func(ctx context.Context, c *Client, _ string) error {
			return result(c.Users.CreateLimits(ctx, "1", MonthlyLimits{}))
		},
		sentEmpty: "tokensAmountPerMonth smsAmountPerMonth emailsAmountPerMonth secondsAmountPerMonth",
	},
	{
		name:   "UpdateConversationUserLimitsBodyDTO",
		fields: "tokensAmountPerMonth! smsAmountPerMonth! emailsAmountPerMonth! secondsAmountPerMonth!",
		send: func(ctx context.Context, c *Client, _ string) error {
			return result(c.Users.UpdateLimits(ctx, "1", MonthlyLimits{}))
		},
		sentEmpty: "tokensAmountPerMonth smsAmountPerMonth emailsAmountPerMonth secondsAmountPerMonth",
	},
	{
		name:   "CreateConversationBodyDTO",
		fields: "conversationUserId! title context customData conversationStateId",
		send: func(ctx context.Context, c *Client, without string) error {
			p := CreateConversationParams{"1", "t", "c", customData, "2"}
			drop(without, "conversationUserId", &p.ConversationUserID)
			return result(c.Conversations.Create(ctx, p))
		},
	},
	{
		name:   "DeleteUserConversationsBodyDTO",
		fields: "conversationUserId!",
		send: func(ctx context.Context, c *Client, without string) error {
			id := "1"
			drop(without, "conversationUserId", &id)
			return c.Conversations.DeleteAllForUser(ctx, id)
		},
	},
	{
		name:   "UpdateConversationBodyDTO, and mode of the older page",
		fields: "title context status:active|inactive|archived conversationStateId mode:ai|manual",
		send: func(ctx context.Context, c *Client, _ string) error {
			return result(c.Conversations.Update(ctx, "1",
				UpdateConversationParams{new(""), new(""), ConversationStatusArchived, ConversationModeAI, "2"}))
		},
	},
	{
		name:   "UpdateConversationModeBodyDTO, whose only field cannot be optional",
		fields: "mode!:ai|manual",
		send: func(ctx context.Context, c *Client, without string) error {
			mode := ConversationModeManual
			drop(without, "mode", &mode)
			return result(c.Conversations.SetMode(ctx, "1", mode))
		},
	},
	{
		name: "StartEmailConversationBodyDTO",
		fields: startFields("channel!:email email! emailSubject! emailIntroduction! includeSignatureInEmail " +
			"phoneNumber " +
			"resetConversation"),
		send: func(ctx context.Context, c *Client, without string) error {
			p := EmailStart{
				"A", "B", "a@example.com", "s", "i", "+1", "c", "cc", "web", "1", "2", customData, "3", "4", true, true,
				true, true,
			}
			drop(without, "firstName", &p.FirstName)
			drop(without, "lastName", &p.LastName)
			drop(without, "email", &p.Email)
			drop(without, "emailSubject", &p.Subject)
			drop(without, "emailIntroduction", &p.Introduction)
			return result(c.Conversations.Start(ctx, p))
		},
		sentEmpty: "channel",
	},
	{
		name: "StartSmsConversationBodyDTO",
		fields: startFields("channel!:sms phoneNumber! smsIntroduction! email resetConversation " +
			"includeSignatureInSms"),
		send: func(ctx context.Context, c *Client, without string) error {
			p := SMSStart{
				"A", "B", "+1", "i", "a@example.com", "c", "cc", "web", "1", "2", customData, "3", "4", true, true,
				true, true,
			}
			drop(without, "firstName", &p.FirstName)
			drop(without, "lastName", &p.LastName)
			drop(without, "phoneNumber", &p.PhoneNumber)
			drop(without, "smsIntroduction", &p.Introduction)
			return result(c.Conversations.Start(ctx, &p))
		},
		sentEmpty: "channel",
	},
	{
		name:   "StartVoiceConversationBodyDTO",
		fields: startFields("channel!:voice phoneNumber! firstMessage! email"),
		send: func(ctx context.Context, c *Client, without string) error {
			p := VoiceStart{
				"A", "B", "+1", "i", "a@example.com", "c", "cc", "web", "1", "2", customData, "3", "4", true, true,
			}
			drop(without, "firstName", &p.FirstName)
			drop(without, "lastName", &p.LastName)
			drop(without, "phoneNumber", &p.PhoneNumber)
			drop(without, "firstMessage", &p.FirstMessage)
			return result(c.Conversations.Start(ctx, &p))
		},
		sentEmpty: "channel",
	},
	{
		name:   "ProcessMessageBodyDTO",
		fields: "message! context files.fileName! files.storagePath!",
		send: func(ctx context.Context, c *Client, without string) error {
			p := SendMessageParams{"m", "c", attachment(without)}
			drop(without, "message", &p.Message)
			return result(c.Conversations.Send(ctx, "1", p))
		},
	},
	{
		name:   "SendMessageBodyDTO",
		fields: "message! context files.fileName! files.storagePath!",
		send: func(ctx context.Context, c *Client, without string) error {
			p := SendMessageParams{"m", "c", attachment(without)}
			drop(without, "message", &p.Message)
			return result(c.Conversations.SendAsync(ctx, "1", p))
		},
	},
	{
		name:   "SendMessageToUserBodyDTO",
		fields: "message! conversationMessageId authorId files.fileName! files.storagePath!",
		send: func(ctx context.Context, c *Client, without string) error {
			p := ManualMessageParams{"m", "1", "2", attachment(without)}
			drop(without, "message", &p.Message)
			return result(c.Conversations.SendManual(ctx, "1", p))
		},
	},
	{
		name:   "CreateConversationMessageFileSignedUploadUrlBodyDTO",
		fields: "fileName! contentType!",
		send: func(ctx context.Context, c *Client, without string) error {
			return result(c.Conversations.CreateMessageFileUploadURL(ctx, "1", uploadURL(without)))
		},
	},
	{
		name:   "CreatePromptFileSignedUploadUrlBodyDTO",
		fields: "fileName! contentType!",
		send: func(ctx context.Context, c *Client, without string) error {
			return result(c.Prompts.CreateUploadURL(ctx, uploadURL(without)))
		},
	},
	{
		name:   "ProcessPromptBodyDTO",
		fields: "prompt! tokenTrackingId files.fileName! files.storagePath!",
		send: func(ctx context.Context, c *Client, without string) error {
			return result(c.Prompts.Run(ctx, prompt(without)))
		},
	},
	{
		name:   "CreatePromptBodyDTO",
		fields: "prompt! tokenTrackingId files.fileName! files.storagePath!",
		send: func(ctx context.Context, c *Client, without string) error {
			return result(c.Prompts.Start(ctx, prompt(without)))
		},
	},
	{
		name: "CreateAgentByApiKeyBodyDTO",
		fields: "roleId! name! publicName! description instructions model topP temperature isFileSearchEnabled " +
			"isCodeInterpreterEnabled fileSearchMaxNumResults reasoningEffort:low|medium|high|xhigh|minimal|none|max " +
			"reasoningMode:standard|pro isApiSkillEnabled isOutputJsonSchemaEnabled outputJsonSchema! tags! " +
			"restrictDocumentsToOwnerOnly",
		send: func(ctx context.Context, c *Client, without string) error {
			p := CreateAgentParams{
				"1", "n", "p", "d", "i", ModelGPT51, new(0.0), new(0.0), new(false), new(false), 10,
				ReasoningEffortMedium, ReasoningModeStandard,
				new(false), new(false), "{}", []string{"t"}, new(false),
			}
			drop(without, "roleId", &p.RoleID)
			drop(without, "name", &p.Name)
			drop(without, "publicName", &p.PublicName)
			drop(without, "outputJsonSchema", &p.OutputJSONSchema)
			drop(without, "tags", &p.Tags)
			return result(c.Agents.Create(ctx, p))
		},
		sentEmpty: "outputJsonSchema tags",
	},
	{
		name: "UpdateAgentByApiKeyBodyDTO",
		fields: "name publicName description tags avatarUrl backgroundUrl status:active|inactive|draft instructions " +
			"model topP " +
			"temperature reasoningEffort:low|medium|high|xhigh|minimal|none|max reasoningMode:standard|pro " +
			"defaultErrorMessage " +
			"isFileSearchEnabled isCodeInterpreterEnabled fileSearchMaxNumResults isOutputJsonSchemaEnabled " +
			"outputJsonSchema! " +
			"restrictDocumentsToOwnerOnly",
		send: func(ctx context.Context, c *Client, without string) error {
			p := UpdateAgentParams{
				"n", "p", new(""), []string{}, new(""), new(""), AgentStatusDraft, new(""), ModelO3Mini, new(0.0),
				new(0.0), ReasoningEffortMax,
				ReasoningModePro, new(""), new(false), new(false), 10, new(false), new(""), new(false),
			}
			drop(without, "outputJsonSchema", &p.OutputJSONSchema)
			return result(c.Agents.Update(ctx, "1", p))
		},
	},
	{
		name: "CreateAgentWebhookBodyDTO",
		fields: "title! description! url! headers triggerCondition!:each_message|end_dialog|start_dialog|" +
			"chat_currently_unavailable|auto_archive_conversation|manual",
		send: func(ctx context.Context, c *Client, without string) error {
			p := CreateWebhookParams{"t", "d", "https://x.example", WebhookTriggerManual, map[string]string{"A": "b"}}
			drop(without, "title", &p.Title)
			drop(without, "description", &p.Description)
			drop(without, "url", &p.URL)
			drop(without, "triggerCondition", &p.Trigger)
			return result(c.Agents.CreateWebhook(ctx, p))
		},
	},
	{
		name:   "CreateAgentLimitsBodyDTO",
		fields: "tokensAmountPerMonth! smsAmountPerMonth! emailsAmountPerMonth! secondsAmountPerMonth!",
		send: func(ctx context.Context, c *Client, _ string) error {
			return result(c.Agents.CreateLimits(ctx, MonthlyLimits{}))
		},
		sentEmpty: "tokensAmountPerMonth smsAmountPerMonth emailsAmountPerMonth secondsAmountPerMonth",
	},
	{
		name:   "UpdateAgentLimitsBodyDTO",
		fields: "tokensAmountPerMonth smsAmountPerMonth emailsAmountPerMonth secondsAmountPerMonth",
		send: func(ctx context.Context, c *Client, _ string) error {
			zero := new(int64(0))
			return result(c.Agents.UpdateLimits(ctx, UpdateAgentLimitsParams{zero, zero, zero, zero}))
		},
	},
	{
		name:   "DeleteAgentFilesBodyDTO",
		fields: "fileIds!",
		send: func(ctx context.Context, c *Client, without string) error {
			ids := []string{"1"}
			drop(without, "fileIds", &ids)
			return c.AgentFiles.DeleteMany(ctx, ids...)
		},
	},
	{
		name:   "CreateResourceUsageLogsBodyDto",
		fields: "type!:OPENAI_TOKENS|VAPI_SECONDS amount!",
		send: func(ctx context.Context, c *Client, without string) error {
			p := LogUsageParams{ResourceTypeVapiSeconds, 1.5}
			drop(without, "type", &p.Type)
			drop(without, "amount", &p.Amount)
			return c.ResourceUsage.Log(ctx, p)
		},
	},
	{
		name: "ExternalApiCreateOrganizationByApiKeyBodyDTO",
		fields: "name! licenseKey! endedAt users.email! " +
			"users.role!:owner|admin|user|copilot_user|copilot_agent_user|copilot_admin",
		send: func(ctx context.Context, c *Client, without string) error {
			user := InvitedUser{"a@example.com", PlatformUserRoleOwner}
			drop(without, "users.email", &user.Email)
			drop(without, "users.role", &user.Role)
			p := CreateOrganizationParams{"n", []InvitedUser{user}, "l", time.Date(2024, 3, 20, 12, 0, 0, 0, time.UTC)}
			drop(without, "name", &p.Name)
			drop(without, "licenseKey", &p.LicenseKey)
			return result(c.Organizations.Create(ctx, p))
		},
	},
	{
		name:   "ExternalApiCrateOrUpdateConversationMessageFeedbackBodyDTO",
		fields: "conversationMessageId! userId! voteType!:up|down question! answer comment",
		send: func(ctx context.Context, c *Client, without string) error {
			p := CreateFeedbackParams{"1", "2", VoteTypeDown, "q", "a", "c"}
			drop(without, "conversationMessageId", &p.ConversationMessageID)
			drop(without, "userId", &p.UserID)
			drop(without, "voteType", &p.VoteType)
			drop(without, "question", &p.Question)
			return result(c.Feedbacks.Create(ctx, p))
		},
	},
}
