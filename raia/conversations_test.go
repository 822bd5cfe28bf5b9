package raia

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func getConversationFrom(t *testing.T, body string) *Conversation {
	return get(t, body, func(ctx context.Context, c *Client) (*Conversation, error) {
		return c.Conversations.Get(ctx, "1")
	})
}

// TestConversation_OlderShape decodes the sample of the documentation page, which this package promises to support.
func TestConversation_OlderShape(t *testing.T) {
	body := `{"id":"c1","conversationUserId":"u1","title":"Conversation Title","score":4,"summary":"s",
		"threadId":"thread_1","metadata":{"customData":{"key1":"value1"}},"aiCallId":"call_1","mode":"manual",
		"feedbacks":[{"id":"f1","voteType":"down","question":"q","answer":"a","comment":"c"}]}`
	c := getConversationFrom(t, body)
	assert.Equal(t, body, string(c.Raw))
	c.Raw = nil
	assert.Equal(t, &Conversation{
		ID: "c1", ConversationUserID: "u1", Title: "Conversation Title", Score: new(4.0), Summary: "s",
		ThreadID: "thread_1", AIConversationID: "thread_1",
		Metadata: Metadata{CustomData: map[string]any{"key1": "value1"}}, AICallID: "call_1",
		Mode:      ConversationModeManual,
		Feedbacks: []*Feedback{{ID: "f1", VoteType: VoteTypeDown, Question: "q", Answer: "a", Comment: "c"}},
	}, c)
}

func TestConversation_NewerShape(t *testing.T) {
	c := getConversationFrom(t,
		`{"id":"c1","conversationUserId":"u1","aiConversationId":"conv_1","threadId":"old","mode":"ai",
		"conversationStateId":"s1","user":{"id":"u1","firstName":"A","isAnonymized":true},`+
			`"createdAt":"2023-10-01T12:00:00Z",
		"updatedAt":"2023-10-01T12:00:00.5+0200","assignedUser":{"id":"p1","avatarUrl":null,"email":"e"},`+
			`"isAnonymized":true,
		"feedbacks":[{"id":"f1","userEmail":"x","createdAt":"2023-01-01T00:00:00.000Z"}],"unknown":{"a":[1]},`+
			`"score":null}`)
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

func TestUpdate_ClearsATitle(t *testing.T) {
	server := stub(t, 200, anID)
	_, err := client(t, server).Conversations.Update(t.Context(), "1", UpdateConversationParams{Title: new("")})
	require.NoError(t, err)
	assert.JSONEq(t, `{"title":""}`, string(server.Requests()[0].Body))
}
