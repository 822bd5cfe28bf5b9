package raiatest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestServer_Messages(t *testing.T) {
	server, c := start(t)
	talk := conversation(t, c, user(t, c, "ada@example.com").ID)
	first := must[*raia.Message](t)(
		c.Conversations.Send(t.Context(), talk.ID, raia.SendMessageParams{Message: "Hello"}),
	)
	assert.Equal(t, "You said: Hello", first.Message)
	assert.Equal(t, raia.SenderRoleAssistant, first.SenderRole)
	server.Answer(func(m raiatest.Message) string { return strings.ToUpper(m.Text) })
	second := must[*raia.Message](t)(
		c.Conversations.Send(t.Context(), talk.ID, raia.SendMessageParams{Message: "again"}),
	)
	assert.Equal(t, "AGAIN", second.Message)

	messages := must[[]*raia.Message](t)(c.Conversations.ListMessages(t.Context(), talk.ID, raia.ListMessagesParams{}))
	require.Len(t, messages, 4)
	assert.Equal(t, messages[0].ID, messages[1].ConversationMessageID, "an answer names its question")
	reversed := must[[]*raia.Message](t)(
		c.Conversations.ListMessages(t.Context(), talk.ID,
			raia.ListMessagesParams{OrderDirection: raia.OrderDirectionDescending}),
	)
	assert.Equal(t, second.ID, reversed[0].ID)
	_, err := c.Conversations.Send(t.Context(), "nothing", raia.SendMessageParams{Message: "x"})
	require.ErrorIs(t, err, raia.ErrNotFound)
	_, err = c.Conversations.SendAsync(t.Context(), "nothing", raia.SendMessageParams{Message: "x"})
	require.ErrorIs(t, err, raia.ErrNotFound)
	_, err = c.Conversations.ListMessages(t.Context(), "nothing", raia.ListMessagesParams{})
	require.ErrorIs(t, err, raia.ErrNotFound)
}

func TestServer_AsyncMessages(t *testing.T) {
	server, c := start(t)
	server.Pending(2)
	talk := conversation(t, c, user(t, c, "ada@example.com").ID)
	question := must[*raia.Message](t)(
		c.Conversations.SendAsync(t.Context(), talk.ID, raia.SendMessageParams{Message: "Hello"}),
	)
	assert.Equal(t, raia.SenderRoleUser, question.SenderRole)
	for _, want := range []raia.AsyncStatus{
		raia.AsyncStatusPending, raia.AsyncStatusPending, raia.AsyncStatusCompleted,
	} {
		response := must[*raia.AsyncResponse](t)(c.Conversations.GetResponse(t.Context(), talk.ID, question.ID))
		assert.Equal(t, want, response.Status)
	}
	_, err := c.Conversations.GetResponse(t.Context(), talk.ID, "nothing")
	require.ErrorIs(t, err, raia.ErrNotFound)

	server.FailAnswers(1, "out of words")
	question = must[*raia.Message](t)(
		c.Conversations.SendAsync(t.Context(), talk.ID, raia.SendMessageParams{Message: "Hello"}),
	)
	response, err := c.Conversations.Await(t.Context(), talk.ID, question.ID)
	require.ErrorContains(t, err, "out of words")
	assert.Equal(t, raia.AsyncStatusFailed, response.Status)
}
