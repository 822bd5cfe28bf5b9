package raia

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFeedback_Shape(t *testing.T) {
	feedback := get(t,
		`{"id":"f1","conversationMessageId":"m1","voteType":"up","question":null,"answer":null,"comment":"c",
		"createdAt":"2023-01-01T00:00:00.000Z"}`, func(ctx context.Context, c *Client) (*Feedback, error) {
			return c.Feedbacks.Create(ctx, CreateFeedbackParams{"m1", "u1", VoteTypeUp, "q", "", ""})
		})
	assert.Equal(t, "m1", feedback.ConversationMessageID)
	assert.Equal(t, VoteTypeUp, feedback.VoteType)
}
