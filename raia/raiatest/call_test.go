package raiatest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestAnswer_GetsConversationUserAndMessage(t *testing.T) {
	server, c := start(t)
	var got []raiatest.Message
	server.Answer(func(m raiatest.Message) string {
		got = append(got, m)
		return "ok"
	})
	ada := user(t, c, "ada@example.com")
	talk := conversation(t, c, ada.ID)
	must[*raia.Message](t)(c.Conversations.Send(t.Context(), talk.ID,
		raia.SendMessageParams{Message: "one", Context: "about it"}))
	must[*raia.PromptResponse](t)(c.Prompts.Run(t.Context(), raia.PromptParams{Prompt: "two"}))
	require.Len(t, got, 2)
	assert.Equal(t, "one", got[0].Text)
	assert.Equal(t, "about it", got[0].Context)
	assert.Equal(t, talk.ID, got[0].Conversation.ID)
	assert.Equal(t, "ada@example.com", got[0].User.Email)
	assert.Equal(t, "free", got[0].User.Metadata.CustomData["plan"])
	assert.Equal(t, "two", got[1].Text)
	assert.Empty(t, got[1].Conversation.ID)
}
