package raia

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
		ID: "m1", Message: "Hello", RawMessage: "raw", ConversationID: "c1", SenderRole: SenderRoleUser,
		ConversationMessageID: "q1",
		Source:                MessageSourceAPI,
		CreatedAt:             Time{Time: time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)},
		Feedbacks: []*Feedback{
			{ID: "f1", VoteType: VoteTypeDown, Question: "q", Answer: "a", Comment: "c"},
		},
	}, m)
}

func TestMessage_NewerShape(t *testing.T) {
	m := sendTo(t,
		`{"id":"m1","message":"Hello","conversationId":"c1","senderRole":"assistant","conversationMessageId":"q1",
		"source":"ms_teams","createdAt":"2022-01-01T00:00:00Z","conversationMessageFeedbacks":null,`+
			`"fullAIResponse":{"reasoning":["r"],
		"outputText":"o","urlCitations":[{"url":"https://example.com","title":"Example"}],
		"fileCitations":[{"fileId":"f1","filename":"example.txt"}]},"subagentId":"s1","expandedMessage":"e",
		"files":[{"id":"f2","fileName":"a.txt","openAIFileId":"o1","size":1024,`+
			`"updatedAt":"2025-01-01T00:00:00.000Z"}],"isAnonymized":true}`)
	assert.Equal(t, &AIResponse{
		Reasoning: []string{"r"}, OutputText: "o", URLCitations: []URLCitation{{"https://example.com", "Example"}},
		FileCitations: []FileCitation{{"f1", "example.txt"}},
	}, m.FullAIResponse)
	assert.Equal(t, "s1", m.SubagentID)
	assert.Equal(t, "e", m.ExpandedMessage)
	assert.Equal(t, int64(1024), *m.Files[0].Size)
	assert.True(t, m.IsAnonymized)
}

func TestConversationsMessages_TheDocumentedEnvelope(t *testing.T) {
	c := client(t, stub(t, 200, `{"messages":[{"id":"1"},null,{"id":"2"}]}`))
	messages, err := c.Conversations.ListMessages(t.Context(), "1", ListMessagesParams{})
	require.NoError(t, err)
	require.Len(t, messages, 2)
	assert.Equal(t, "2", messages[1].ID)
	assert.Nil(t, messages[0].Raw, "items have no Raw of their own")
}
