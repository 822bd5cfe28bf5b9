package raiatest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
)

func TestServer_Feedbacks(t *testing.T) {
	_, c := start(t)
	ada := user(t, c, "ada@example.com")
	talk := conversation(t, c, ada.ID)
	answer := must[*raia.Message](t)(
		c.Conversations.Send(t.Context(), talk.ID, raia.SendMessageParams{Message: "Hello"}),
	)
	params := raia.CreateFeedbackParams{
		ConversationMessageID: answer.ID, UserID: ada.ID, VoteType: raia.VoteTypeUp, Question: "Hello",
	}
	must[*raia.Feedback](t)(c.Feedbacks.Create(t.Context(), params))
	with := must[[]*raia.Message](t)(
		c.Conversations.ListMessages(t.Context(), talk.ID, raia.ListMessagesParams{IncludeFeedbacks: true}),
	)
	assert.Equal(t, raia.VoteTypeUp, with[1].Feedbacks[0].VoteType)
	without := must[[]*raia.Message](t)(c.Conversations.ListMessages(t.Context(), talk.ID, raia.ListMessagesParams{}))
	assert.Nil(t, without[1].Feedbacks)
	rated := must[*raia.ConversationPage](t)(
		c.Conversations.List(t.Context(), raia.ListConversationsParams{WithFeedbacksOnly: true}),
	)
	assert.Equal(t, talk.ID, rated.Data[0].ID)
	params.ConversationMessageID = "nothing"
	_, err := c.Feedbacks.Create(t.Context(), params)
	require.ErrorIs(t, err, raia.ErrNotFound)
}
