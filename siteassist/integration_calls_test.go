package siteassist_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/siteassist"
)

func initCreated(t *testing.T, c *siteassist.Client) {
	session, err := c.Identity.Init(t.Context(), siteassist.InitParams{DeviceID: "device-abc-123"})
	require.NoError(t, err)
	assert.Equal(t, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...", session.SessionToken)
	assert.Equal(t, "9d1a7c9e-5b21-46f1-9c86-0a2b12345678", session.Visitor.ID)
}

func initReturning(t *testing.T, c *siteassist.Client) {
	session, err := c.Identity.Init(t.Context(), siteassist.InitParams{DeviceID: "device-abc-123"})
	require.NoError(t, err)
	assert.Equal(t, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...", session.SessionToken)
	assert.Equal(t, &siteassist.Visitor{ID: visitorID, Type: siteassist.VisitorTypeAnonymous}, session.Visitor)
}

func me(t *testing.T, c *siteassist.Client) {
	visitor, err := c.Identity.Me(t.Context())
	require.NoError(t, err)
	assert.NotEmpty(t, visitor.Raw)
	visitor.Raw = nil
	assert.Equal(t, &siteassist.Visitor{ID: visitorID, Type: siteassist.VisitorTypeAnonymous}, visitor)
}

func listConversations(t *testing.T, c *siteassist.Client) {
	page, err := c.Conversations.List(t.Context(), siteassist.ListConversationsParams{
		Limit: 10, Status: siteassist.ConversationStatusOpen, OrderBy: siteassist.ConversationOrderID,
		OrderDir: siteassist.OrderDirectionAscending,
	})
	require.NoError(t, err)
	assert.Equal(t, []int{1, 10, 0}, []int{page.Total, page.Limit, page.Offset})
	require.Len(t, page.Data, 1)
	isOpen(t, page.Data[0])
	assert.Equal(t, sampleTime, page.Data[0].LastInteractionAt.Time)
	assert.Nil(t, page.Data[0].LastMessage)
}

func isOpen(t *testing.T, c *siteassist.Conversation) {
	t.Helper()
	assert.Equal(t, conversationID, c.ID)
	assert.Equal(t, siteassist.ConversationStatusOpen, c.Status)
	assert.Equal(t, sampleTime, c.CreatedAt.Time)
	assert.Equal(t, sampleTime, c.UpdatedAt.Time)
	assert.True(t, c.ClosedAt.IsZero())
	assert.Empty(t, c.CloseReason)
	assert.False(t, c.IsHumanHandled)
	assert.Nil(t, c.HumanAgent)
	assert.Empty(t, c.Messages)
}

func startConversation(t *testing.T, c *siteassist.Client) {
	conversation, err := c.Conversations.Start(t.Context(),
		siteassist.StartConversationParams{PageURL: "https://example.com/contact"})
	require.NoError(t, err)
	isOpen(t, conversation)
	assert.Equal(t, sampleTime, conversation.LastInteractionAt.Time)
}

func getConversation(t *testing.T, c *siteassist.Client) {
	conversation, err := c.Conversations.Get(t.Context(), conversationID)
	require.NoError(t, err)
	isOpen(t, conversation)
	assert.Equal(t, sampleTime.Add(5*time.Minute), conversation.LastInteractionAt.Time, "in its older spelling")
}

func closeConversation(reason string) func(*testing.T, *siteassist.Client) {
	return func(t *testing.T, c *siteassist.Client) {
		result, err := c.Conversations.Close(t.Context(), conversationID,
			siteassist.CloseConversationParams{Reason: reason})
		require.NoError(t, err)
		assert.True(t, result.Success)
		assert.Equal(t, "Conversation closed successfully.", result.Message)
	}
}

func listMessages(t *testing.T, c *siteassist.Client) {
	page, err := c.Messages.List(t.Context(), conversationID, siteassist.ListMessagesParams{})
	require.NoError(t, err)
	assert.Equal(t, []int{0, 0, 0}, []int{page.Total, page.Limit, page.Offset}, "the vendor sends none")
	require.Len(t, page.Data, 1)
	m := page.Data[0]
	assert.Equal(t, "497f6eca-6276-4993-bfeb-53cbbbba6f08", m.ID)
	assert.Equal(t, "f255124e-3419-4f6e-b7ee-17a6577db94d", m.ChatID)
	assert.Equal(t, siteassist.RoleAssistant, m.Role)
	assert.Equal(t, "Hello, world!", m.Text())
	assert.Equal(t, siteassist.MessageStatusStreaming, m.Status)
	assert.Equal(t, siteassist.FeedbackLike, m.Feedback)
	assert.True(t, m.CreatedAt.IsZero(), "a placeholder is no time")
	assert.Equal(t, "string", m.CreatedAt.Text)
	assert.JSONEq(t, `"string"`, string(m.Metadata))
	for _, text := range []string{m.Error, m.FeedbackAt.Text, m.PageURL, m.PageTitle, m.TextSelection} {
		assert.Equal(t, "string", text)
	}
}

func listMessagesOfUser(t *testing.T, c *siteassist.Client) {
	page, err := c.Messages.List(t.Context(), "a9e1d8ba-6bd5-4ac5-a6ac-5fa58abe8095",
		siteassist.ListMessagesParams{Limit: 10, Role: siteassist.RoleUser})
	require.NoError(t, err)
	require.Len(t, page.Data, 1)
	m := page.Data[0]
	assert.Equal(t, "46faad88-ac27-4c64-953b-5fea1fc796cf", m.ID)
	assert.Equal(t, siteassist.RoleUser, m.Role)
	assert.Equal(t, "Can I customize the assistant to match my brand?", m.Text())
	assert.Equal(t, time.Date(2025, 8, 19, 9, 29, 41, 425e6, time.UTC), m.CreatedAt.Time)
	assert.Empty(t, m.Status)
	assert.Equal(t, siteassist.FeedbackNone, m.Feedback)
}

func help() siteassist.SendMessageParams {
	return siteassist.SendMessageParams{
		Content: "Hello! Can you help me understand how to use this feature?", PageContext: pageContext,
	}
}

func sendMessage(t *testing.T, c *siteassist.Client) {
	result, err := c.Messages.Send(t.Context(), conversationID, help())
	require.NoError(t, err)
	assert.False(t, result.Queued)
	assert.Equal(t, greeting, result.Text())
	isGreeting(t, result.Completion)
}

func isGreeting(t *testing.T, c *siteassist.Completion) {
	t.Helper()
	assert.Equal(t, []siteassist.CompletionStep{{
		Content:      []siteassist.CompletionContent{{Type: "text", Text: greeting}},
		FinishReason: siteassist.FinishReasonStop,
		Usage:        siteassist.Usage{InputTokens: 2409, OutputTokens: 11, TotalTokens: 2420},
	}}, c.Steps)
}

func sendQueued(t *testing.T, c *siteassist.Client) {
	result, err := c.Messages.Send(t.Context(), conversationID, help())
	require.NoError(t, err)
	assert.True(t, result.Queued)
	assert.Nil(t, result.Completion)
	assert.Equal(t, `"Message sent"`, string(result.Raw))
}

func streamQueued(t *testing.T, c *siteassist.Client) {
	stream, err := c.Messages.Stream(t.Context(), conversationID, help())
	require.NoError(t, err)
	assert.True(t, stream.Queued())
	text, err := stream.Text()
	require.NoError(t, err)
	assert.Empty(t, text)
}

func setFeedback(t *testing.T, c *siteassist.Client) {
	require.NoError(t,
		c.Messages.SetFeedback(t.Context(), "497f6eca-6276-4993-bfeb-53cbbbba6f08", siteassist.FeedbackLike))
}

func hi() siteassist.CompletionParams {
	return siteassist.CompletionParams{
		Messages: []siteassist.CompletionMessage{{Role: siteassist.RoleUser, Content: "Hi"}},
	}
}

func createCompletion(t *testing.T, c *siteassist.Client) {
	completion, err := c.Completions.Create(t.Context(), hi())
	require.NoError(t, err)
	isGreeting(t, completion)
}

func streamCompletion(t *testing.T, c *siteassist.Client) {
	stream, err := c.Completions.Stream(t.Context(), hi())
	require.NoError(t, err)
	const id = "msg_68c276dd2b3481a2bb6da153039cf9cd093857e78e8e8f18"
	var chunks []siteassist.Chunk
	for chunk, err := range stream.Chunks() {
		if err != nil {
			require.ErrorIs(t, err, siteassist.ErrTruncated, "the page ends in the middle of an event")
			break
		}
		chunks = append(chunks, chunk)
	}
	require.Len(t, chunks, 4)
	assert.IsType(t, &siteassist.StartChunk{}, chunks[0])
	assert.IsType(t, &siteassist.StartStepChunk{}, chunks[1])
	text := chunks[2].(*siteassist.TextStartChunk)
	assert.Equal(t, id, text.ID)
	assert.JSONEq(t, `{"openai":{"itemId":"`+id+`"}}`, string(text.ProviderMetadata))
	delta := chunks[3].(*siteassist.TextDeltaChunk)
	assert.Equal(t, []string{id, "Hello! "}, []string{delta.ID, delta.Delta})
}

func searchContent(t *testing.T, c *siteassist.Client) {
	results, err := c.Search.Query(t.Context(), siteassist.SearchParams{Query: "reset password", Size: 10})
	require.NoError(t, err)
	assert.Equal(t, []*siteassist.SearchResult{{
		Score: 0.82, Title: "Reset your password", Content: "Go to the login page and click 'Forgot password'.",
		URL: "https://docs.example.com/auth/reset-password", Path: "/auth/reset-password",
	}}, results.Results)
}

func currentProject(t *testing.T, c *siteassist.Client) {
	project, err := c.Projects.GetCurrent(t.Context())
	require.NoError(t, err)
	assert.NotEmpty(t, project.Raw)
	project.Raw = nil
	assert.Equal(t, &siteassist.Project{
		ID: "e2c6b2ad-9b1f-4f3c-8f5a-9f2a7b1c2d3e", Name: "Acme Inc", Status: "active",
		ChatWidgetConfig: &siteassist.ChatWidgetConfig{
			Position: "right", Theme: "light", WelcomeMessage: "Hi! How can we help?",
		},
	}, project)
}
