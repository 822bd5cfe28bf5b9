package raia

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

// get returns what call gets when the server answers body.
func get[T any](t *testing.T, body string, call func(ctx context.Context, c *Client) (T, error)) T {
	out, err := call(t.Context(), client(t, stub(t, 200, body)))
	require.NoError(t, err)
	return out
}

func getConversationFrom(t *testing.T, body string) *Conversation {
	return get(t, body, func(ctx context.Context, c *Client) (*Conversation, error) { return c.Conversations.Get(ctx, "1") })
}

// TestConversation_OlderShape is the answer on the page that this package promises to cover.
func TestConversation_OlderShape(t *testing.T) {
	body := `{"id":"c1","conversationUserId":"u1","title":"Conversation Title","score":4,"summary":"s",
		"threadId":"thread_1","metadata":{"customData":{"key1":"value1"}},"aiCallId":"call_1","mode":"manual",
		"feedbacks":[{"id":"f1","voteType":"down","question":"q","answer":"a","comment":"c"}]}`
	c := getConversationFrom(t, body)
	assert.Equal(t, body, string(c.Raw))
	c.Raw = nil
	assert.Equal(t, &Conversation{
		ID: "c1", ConversationUserID: "u1", Title: "Conversation Title", Score: new(4.0), Summary: "s",
		ThreadID: "thread_1", AIConversationID: "thread_1", Metadata: Metadata{CustomData: map[string]any{"key1": "value1"}},
		AICallID: "call_1", Mode: ConversationModeManual,
		Feedbacks: []*Feedback{{ID: "f1", VoteType: VoteTypeDown, Question: "q", Answer: "a", Comment: "c"}},
	}, c)
}

func TestConversation_NewerShape(t *testing.T) {
	c := getConversationFrom(t, `{"id":"c1","conversationUserId":"u1","aiConversationId":"conv_1","threadId":"old","mode":"ai",
		"conversationStateId":"s1","user":{"id":"u1","firstName":"A","isAnonymized":true},"createdAt":"2023-10-01T12:00:00Z",
		"updatedAt":"2023-10-01T12:00:00.5+0200","assignedUser":{"id":"p1","avatarUrl":null,"email":"e"},"isAnonymized":true,
		"feedbacks":[{"id":"f1","userEmail":"x","createdAt":"2023-01-01T00:00:00.000Z"}],"unknown":{"a":[1]},"score":null}`)
	assert.Equal(t, "conv_1", c.AIConversationID, "the newer spelling counts")
	assert.Equal(t, "s1", c.StateID)
	assert.Equal(t, "A", c.User.FirstName)
	assert.True(t, c.User.IsAnonymized)
	assert.Equal(t, "p1", c.AssignedUser.ID)
	assert.True(t, c.IsAnonymized)
	assert.Nil(t, c.Score)
	assert.Equal(t, time.Date(2023, 10, 1, 12, 0, 0, 0, time.UTC), c.CreatedAt.UTC())
	assert.Equal(t, time.Date(2023, 10, 1, 10, 0, 0, 5e8, time.UTC), c.UpdatedAt.UTC())
	assert.Equal(t, 2023, c.Feedbacks[0].CreatedAt.Year())
}

func TestConversation_TimesAndEnumsAreTolerant(t *testing.T) {
	c := getConversationFrom(t, `{"id":"c1","mode":"hybrid","createdAt":"soon","updatedAt":null}`)
	assert.Equal(t, ConversationMode("hybrid"), c.Mode)
	assert.True(t, c.CreatedAt.IsZero())
	assert.Equal(t, "soon", c.CreatedAt.Text)
	assert.True(t, c.UpdatedAt.IsZero())
}

func sendTo(t *testing.T, body string) *Message {
	return get(t, body, func(ctx context.Context, c *Client) (*Message, error) {
		return c.Conversations.Send(ctx, "1", SendMessageParams{Message: "m"})
	})
}

func TestMessage_OlderShape(t *testing.T) {
	body := `{"id":"m1","message":"Hello","rawMessage":"raw","conversationId":"c1","senderRole":"conversation_user",
		"conversationMessageId":"q1","source":"api","createdAt":"2022-01-01T00:00:00.000Z",
		"conversationMessageFeedbacks":[{"id":"f1","voteType":"down","question":"q","answer":"a","comment":"c"}]}`
	m := sendTo(t, body)
	assert.Equal(t, body, string(m.Raw))
	m.Raw = nil
	assert.Equal(t, &Message{
		ID: "m1", Message: "Hello", RawMessage: "raw", ConversationID: "c1", SenderRole: SenderRoleUser, ConversationMessageID: "q1",
		Source:    MessageSourceAPI,
		CreatedAt: Time{Time: time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)},
		Feedbacks: []*Feedback{{ID: "f1", VoteType: VoteTypeDown, Question: "q", Answer: "a", Comment: "c"}},
	}, m)
}

func TestMessage_NewerShape(t *testing.T) {
	m := sendTo(t, `{"id":"m1","message":"Hello","conversationId":"c1","senderRole":"assistant","conversationMessageId":"q1",
		"source":"ms_teams","createdAt":"2022-01-01T00:00:00Z","conversationMessageFeedbacks":null,"fullAIResponse":{"reasoning":["r"],
		"outputText":"o","urlCitations":[{"url":"https://example.com","title":"Example"}],
		"fileCitations":[{"fileId":"f1","filename":"example.txt"}]},"subagentId":"s1","expandedMessage":"e",
		"files":[{"id":"f2","fileName":"a.txt","openAIFileId":"o1","size":1024,"updatedAt":"2025-01-01T00:00:00.000Z"}],"isAnonymized":true}`)
	assert.Equal(t, &AIResponse{
		Reasoning: []string{"r"}, OutputText: "o", URLCitations: []URLCitation{{"https://example.com", "Example"}},
		FileCitations: []FileCitation{{"f1", "example.txt"}},
	}, m.FullAIResponse)
	assert.Equal(t, "s1", m.SubagentID)
	assert.Equal(t, "e", m.ExpandedMessage)
	assert.Equal(t, int64(1024), *m.Files[0].Size)
	assert.True(t, m.IsAnonymized)
}

func TestUser_OlderShape(t *testing.T) {
	u := get(t, `{"id":"u1","firstName":"John","lastName":"Doe","context":"Support","source":"webchat","fkId":"1","fkUserId":"2",
		"email":"test@example.com","phoneNumber":"+1","metadata":{"customData":{"k":"v"}}}`,
		func(ctx context.Context, c *Client) (*User, error) { return c.Users.Get(ctx, "u1") })
	u.Raw = nil
	assert.Equal(t, &User{
		ID: "u1", FirstName: "John", LastName: "Doe", Context: "Support", Source: "webchat", FkID: "1", FkUserID: "2",
		Email: "test@example.com", PhoneNumber: "+1", Metadata: Metadata{CustomData: map[string]any{"k": "v"}},
	}, u)
}

func TestUsersSearch_ObjectAndListOfOne(t *testing.T) {
	object := `{"user":{"id":"u1","firstName":"A"},"conversationIds":["1","2"]}`
	for _, body := range []string{object, `[` + object + `]`} {
		found := get(t, body, func(ctx context.Context, c *Client) (*FoundUser, error) {
			return c.Users.Search(ctx, SearchUserParams{Email: "e"})
		})
		assert.Equal(t, "u1", found.User.ID)
		assert.Equal(t, []string{"1", "2"}, found.ConversationIDs)
		assert.Equal(t, body, string(found.Raw))
	}
	for _, body := range []string{`[]`, `{}`, `[{}]`, `{"user":null}`, `{"user":{}}`} {
		_, err := client(t, stub(t, 200, body)).Users.Search(t.Context(), SearchUserParams{Email: "e"})
		require.ErrorIs(t, err, ErrDecode, body)
	}
}

func currentAgentFrom(t *testing.T, body string) *Agent {
	return get(t, body, func(ctx context.Context, c *Client) (*Agent, error) { return c.Agents.GetCurrent(ctx) })
}

func TestAgent_Shapes(t *testing.T) {
	oldest := currentAgentFrom(t, `{"id":"a1","name":"n","assistantId":"asst_1","disclaimer":"d"}`)
	assert.Equal(t, &AIConfig{ID: "asst_1"}, oldest.AIConfig)
	assert.Equal(t, "d", oldest.Disclaimer)

	older := currentAgentFrom(t, `{"id":"a1","assistant":{"id":"asst_1","model":"gpt-4o","temperature":1,"topP":0.5,"instructions":"i",
		"tools":[{"type":"file_search","isEnabled":true}],"responseFormat":{"type":"text"}}}`)
	assert.Equal(t, Model("gpt-4o"), older.AIConfig.Model)
	assert.InDelta(t, 0.5, *older.AIConfig.TopP, 0)
	assert.Equal(t, []AgentTool{{"file_search", true}}, older.AIConfig.Tools)
	assert.JSONEq(t, `{"type":"text"}`, string(older.AIConfig.ResponseFormat))

	newer := currentAgentFrom(t, `{"organizationId":"o1","id":"a1","role":"r","vectorStoreId":"v","aiConfig":{"id":"asst_2","model":"gpt-5.1",
		"temperature":1,"topP":1,"instructions":"i","isCodeInterpreterEnabled":true,"isFileSearchEnabled":true,"fileSearchMaxNumResults":10,
		"reasoningEffort":null,"reasoningMode":"pro","isOutputJsonSchemaEnabled":true,"outputJsonSchema":"{}"},"assistantId":"old",
		"status":"draft","tags":null,"skills":null,"restrictDocumentsToOwnerOnly":true,"agentApiKey":null}`)
	assert.Equal(t, "asst_2", newer.AIConfig.ID, "the newer spelling counts")
	assert.Equal(t, ReasoningModePro, newer.AIConfig.ReasoningMode)
	assert.Equal(t, AgentStatusDraft, newer.Status)
	assert.Empty(t, newer.Skills)
	assert.Empty(t, newer.APIKey)
}

func TestAgentFile_Shapes(t *testing.T) {
	older := get(t, `[{"id":"f1","fileName":"a","url":"u","createdAt":"2023-10-01T12:00:00Z"}]`,
		func(ctx context.Context, c *Client) ([]*AgentFile, error) { return c.AgentFiles.List(ctx) })[0]
	assert.Nil(t, older.IsUploadedToVectorStore)
	assert.Empty(t, older.VectorStoreUploadStatus)
	newer := get(t, `{"id":"f1","vectorStoreFileId":"v","isUploadedToVectorStore":false,"vectorStoreUploadStatus":"processing",
		"uploadedToVectorStoreAt":null}`,
		func(ctx context.Context, c *Client) ([]*AgentFile, error) { return c.AgentFiles.List(ctx) })[0]
	assert.False(t, *newer.IsUploadedToVectorStore)
	assert.Equal(t, VectorStoreStatusProcessing, newer.VectorStoreUploadStatus)
	assert.True(t, newer.UploadedToVectorStoreAt.IsZero())
}

func TestOtherReplies(t *testing.T) {
	limits := `{"id":"l1","conversationUserId":"u1","agentId":"a1","isOrganizationDefault":true,"tokensAmountPerMonth":1,"smsAmountPerMonth":2,
		"emailsAmountPerMonth":3,"secondsAmountPerMonth":4}`
	user := get(t, limits, func(ctx context.Context, c *Client) (*UserLimits, error) { return c.Users.GetLimits(ctx, "u1") })
	assert.Equal(t, MonthlyLimits{1, 2, 3, 4}, user.MonthlyLimits)
	assert.Equal(t, "u1", user.ConversationUserID)
	assert.True(t, user.IsOrganizationDefault)
	agent := get(t, limits, func(ctx context.Context, c *Client) (*AgentLimits, error) {
		return c.Agents.UpdateLimits(ctx, UpdateAgentLimitsParams{})
	})
	assert.Equal(t, MonthlyLimits{1, 2, 3, 4}, agent.MonthlyLimits)
	assert.Equal(t, limits, string(agent.Raw))

	usage := get(t, `{"emailsAmount":1,"smsAmount":2,"tokensAmount":3,"secondsAmount":4.5}`,
		func(ctx context.Context, c *Client) (*AgentUsage, error) { return c.Agents.GetUsage(ctx) })
	usage.Raw = nil
	assert.Equal(t, &AgentUsage{Tokens: 3, SMS: 2, Emails: 1, Seconds: 4.5}, usage)

	statistics := get(t, `{"tokensUsed":1,"tokensPerConversation":0.5,"vapiSecondsUsed":2,"averageCallDuration":3,"smsUsed":4,
		"smsPerConversation":5,"emailsUsed":6,"emailsPerConversation":7}`,
		func(ctx context.Context, c *Client) (*AgentStatistics, error) {
			return c.Agents.GetStatistics(ctx, StatisticsParams{})
		})
	statistics.Raw = nil
	assert.Equal(t, &AgentStatistics{1, 0.5, 2, 3, 4, 5, 6, 7, nil}, statistics)

	subscription := get(t, `{"id":"s1","title":"t","description":"d","agentsAmount":10,"tokensAmountPerMonth":1,"secondsAmountPerMonth":2,
		"smsAmountPerMonth":3,"emailsAmountPerMonth":4,"usersWithAccessAmount":100,"status":"active","visibility":"public","isTrial":true,
		"createdBy":{"id":"c","email":"e","firstName":"f","lastName":"l"},"createdAt":"2024-03-20T12:00:00Z","organizationsCount":5,"price":49900}`,
		func(ctx context.Context, c *Client) ([]*Subscription, error) {
			return c.Subscriptions.List(ctx, ListSubscriptionsParams{})
		})[0]
	assert.Equal(t, MonthlyLimits{Tokens: 1, SMS: 3, Emails: 4, Seconds: 2}, subscription.MonthlyLimits)
	assert.Equal(t, &Creator{"c", "e", "f", "l"}, subscription.CreatedBy)
	assert.InDelta(t, 49900, subscription.Price, 0)

	feedback := get(t, `{"id":"f1","conversationMessageId":"m1","voteType":"up","question":null,"answer":null,"comment":"c",
		"createdAt":"2023-01-01T00:00:00.000Z"}`, func(ctx context.Context, c *Client) (*Feedback, error) {
		return c.Feedbacks.Create(ctx, CreateFeedbackParams{"m1", "u1", VoteTypeUp, "q", "", ""})
	})
	assert.Equal(t, "m1", feedback.ConversationMessageID)
	assert.Equal(t, VoteTypeUp, feedback.VoteType)
}

func TestUpdate_ClearsATitle(t *testing.T) {
	server := stub(t, 200, anID)
	_, err := client(t, server).Conversations.Update(t.Context(), "1", UpdateConversationParams{Title: new("")})
	require.NoError(t, err)
	assert.JSONEq(t, `{"title":""}`, string(server.Requests()[0].Body))
}

func TestStart_SendsTheVendorsOwnExample(t *testing.T) {
	server := stub(t, 201, `{"conversationId":"c1"}`)
	started, err := client(t, server).Conversations.Start(t.Context(), SMSStart{
		FirstName: "Ada", LastName: "Example", Context: "...", Source: "CRM", FkID: "12345", FkUserID: "123456789",
		Email: "demo@example.com", PhoneNumber: "+14567890101", Introduction: "Hi, Ada.",
	})
	require.NoError(t, err)
	assert.Equal(t, "c1", started.ConversationID)
	assert.JSONEq(t, `{"firstName":"Ada","lastName":"Example","channel":"sms","context":"...","source":"CRM","fkId":"12345",
		"fkUserId":"123456789","email":"demo@example.com","phoneNumber":"+14567890101","smsIntroduction":"Hi, Ada."}`,
		string(server.Requests()[0].Body))
}

// TestArguments_AreNotChanged: what the caller hands in stays as it was.
func TestArguments_AreNotChanged(t *testing.T) {
	c := client(t, stub(t, 200, anID))
	params := CreateAgentParams{RoleID: "1", Name: "n", PublicName: "p"}
	_, err := c.Agents.Create(t.Context(), params)
	require.NoError(t, err)
	assert.Nil(t, params.Tags)
	ids := []string{"1", "2"}
	require.NoError(t, c.AgentFiles.DeleteMany(t.Context(), ids...))
	assert.Equal(t, []string{"1", "2"}, ids)
}

func FuzzReplies(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","threadId":"t","createdAt":"x"}`, completedResponse, `null`, `{"status":"error"}`, `{"skills":[{"systemName":"API"}]}`,
		`{"id":"1","skills":[null,7,{"systemName":"CALENDAR","config":[]}]}`, `{"messages":[null]}`, `{"user":{"id":"1"}}`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, decode := range []func() error{
			func() error { var v Conversation; return tryDecode(body, &v, v.afterDecode) },
			func() error { var v Agent; return tryDecode(body, &v, v.afterDecode) },
			func() error { var v AsyncResponse; return tryDecode(body, &v, v.afterDecode) },
			func() error { var v PromptResponse; return tryDecode(body, &v, v.afterDecode) },
			func() error { var v AgentUsage; return tryDecode(body, &v, v.afterDecode) },
			func() error { _, err := decodeMessages(body); return err },
			func() error { _, err := decodeFound(body); return err },
		} {
			if decode() == nil {
				assert.True(t, json.Valid(body))
			}
		}
	})
}

func tryDecode(body []byte, v any, complete func(parley.Raw) error) error {
	if err := json.Unmarshal(body, v); err != nil {
		return err
	}
	return complete(body)
}
