package raiatest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestServer_ManualMessages(t *testing.T) {
	_, c := start(t)
	talk := conversation(t, c, user(t, c, "ada@example.com").ID)
	manual := raia.ManualMessageParams{Message: "A human speaks"}
	_, err := c.Conversations.SendManual(t.Context(), talk.ID, manual)
	require.ErrorIs(t, err, raia.ErrBadRequest)
	_, err = c.Conversations.SendManual(t.Context(), "nothing", manual)
	require.ErrorIs(t, err, raia.ErrNotFound)
	must[*raia.Conversation](t)(c.Conversations.SetMode(t.Context(), talk.ID, raia.ConversationModeManual))
	sent := must[*raia.Message](t)(c.Conversations.SendManual(t.Context(), talk.ID, manual))
	assert.Equal(t, raia.SenderRoleManualAssistant, sent.SenderRole)
}

func TestManualMode_AgentIsSilentAndAHumanSpeaks(t *testing.T) {
	server, c := start(t)
	server.Answer(func(m raiatest.Message) string {
		t.Error("the agent was asked in manual mode")
		return ""
	})
	talk := conversation(t, c, user(t, c, "ada@example.com").ID)
	must[*raia.Conversation](t)(c.Conversations.SetMode(t.Context(), talk.ID, raia.ConversationModeManual))
	heard := must[*raia.Message](t)(
		c.Conversations.Send(t.Context(), talk.ID, raia.SendMessageParams{Message: "Anybody?"}),
	)
	assert.Equal(t, raia.SenderRoleUser, heard.SenderRole, "there is no answer")

	question := must[*raia.Message](t)(
		c.Conversations.SendAsync(t.Context(), talk.ID, raia.SendMessageParams{Message: "Please"}),
	)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := c.Conversations.Await(ctx, talk.ID, question.ID)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	require.True(t, server.HumanSays(talk.ID, "I am here."))
	assert.False(t, server.HumanSays("nothing", "x"))
	messages := must[[]*raia.Message](t)(c.Conversations.ListMessages(t.Context(), talk.ID, raia.ListMessagesParams{}))
	require.Len(t, messages, 3)
	assert.Equal(t, raia.SenderRoleManualAssistant, messages[2].SenderRole)
	assert.Equal(t, "I am here.", messages[2].Message)

	must[*raia.Message](t)(c.Conversations.SendManual(t.Context(), talk.ID, raia.ManualMessageParams{
		Message: "Yes?", ConversationMessageID: question.ID,
	}))
	answer := must[*raia.AsyncResponse](t)(c.Conversations.Await(t.Context(), talk.ID, question.ID))
	assert.Equal(t, "Yes?", answer.Message.Message)

	server.Answer(nil)
	must[*raia.Conversation](t)(c.Conversations.SetMode(t.Context(), talk.ID, raia.ConversationModeAI))
	back := must[*raia.Message](t)(c.Conversations.Send(t.Context(), talk.ID, raia.SendMessageParams{Message: "Bot?"}))
	assert.Equal(t, "You said: Bot?", back.Message)
}

func TestHumanSays_TakesOver(t *testing.T) {
	server, c := start(t)
	talk := conversation(t, c, user(t, c, "ada@example.com").ID)
	require.True(t, server.HumanSays(talk.ID, "Let me."))
	got := must[*raia.Conversation](t)(c.Conversations.Get(t.Context(), talk.ID))
	assert.Equal(t, raia.ConversationModeManual, got.Mode)
}
