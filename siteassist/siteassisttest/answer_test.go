package siteassisttest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

func TestAnswer_GetsConversationVisitorAndMessage(t *testing.T) {
	server, client := start(t)
	var got []siteassisttest.Message
	server.Answer(func(m siteassisttest.Message) siteassisttest.Answer {
		got = append(got, m)
		return siteassisttest.Answer{Text: "ok"}
	})
	id := converse(t, client)
	_, err := client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{
		Content: "one", PageContext: &siteassist.PageContext{Title: "Shop"},
	})
	require.NoError(t, err)
	stream, err := say(t, client, id, "two")
	require.NoError(t, err)
	_, err = stream.Text()
	require.NoError(t, err)
	messages := []siteassist.CompletionMessage{
		{Role: siteassist.RoleSystem, Content: "Be brief."}, {Role: siteassist.RoleUser, Content: "three"},
	}
	_, err = client.Completions.Create(t.Context(), siteassist.CompletionParams{Messages: messages})
	require.NoError(t, err)

	require.Len(t, got, 3)
	me, err := client.Identity.Me(t.Context())
	require.NoError(t, err)
	for i, content := range []string{"one", "two", "three"} {
		assert.Equal(t, content, got[i].Content)
		assert.Equal(t, me.ID, got[i].Visitor.ID)
	}
	assert.Equal(t, id, got[0].Conversation.ID)
	assert.Equal(t, "Shop", got[0].PageContext.Title)
	assert.False(t, got[0].Stream)
	assert.True(t, got[1].Stream)
	assert.Len(t, got[1].Conversation.Messages, 3, "one, its answer and two")
	assert.Empty(t, got[2].Conversation.ID)
	assert.Equal(t, messages, got[2].Completion)
}

func TestAnswer_TimesAreReal(t *testing.T) {
	_, client := start(t)
	began := time.Now().Truncate(time.Millisecond)
	id := converse(t, client)
	_, err := client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "x"})
	require.NoError(t, err)
	page, err := client.Messages.List(t.Context(), id, siteassist.ListMessagesParams{})
	require.NoError(t, err)
	for _, m := range page.Data {
		assert.False(t, m.CreatedAt.Before(began))
		assert.False(t, m.CreatedAt.After(time.Now()))
	}
}
