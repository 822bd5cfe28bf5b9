package raiatest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
)

func TestServer_Conversations(t *testing.T) {
	_, c := start(t)
	ada := user(t, c, "ada@example.com")
	_, err := c.Conversations.Create(t.Context(), raia.CreateConversationParams{ConversationUserID: "nobody"})
	require.ErrorIs(t, err, raia.ErrNotFound)
	talk := conversation(t, c, ada.ID)
	assert.Equal(t, "v", talk.Metadata.CustomData["k"])
	assert.Equal(t, raia.ConversationModeAI, talk.Mode)

	state := must[[]*raia.ConversationState](t)(c.Conversations.ListStates(t.Context()))[0]
	must[*raia.Conversation](t)(c.Conversations.Update(t.Context(), talk.ID,
		raia.UpdateConversationParams{Title: new("New"), StateID: state.ID}))
	must[*raia.Conversation](t)(c.Conversations.SetMode(t.Context(), talk.ID, raia.ConversationModeManual))
	got := must[*raia.Conversation](t)(c.Conversations.Get(t.Context(), talk.ID))
	assert.Equal(t, "New", got.Title)
	assert.Equal(t, state.ID, got.StateID)
	assert.Equal(t, raia.ConversationModeManual, got.Mode)
	_, err = c.Conversations.Update(t.Context(), "nothing", raia.UpdateConversationParams{})
	require.ErrorIs(t, err, raia.ErrNotFound)

	require.NoError(t, c.Conversations.DeleteAllForUser(t.Context(), ada.ID))
	_, err = c.Conversations.Get(t.Context(), talk.ID)
	require.ErrorIs(t, err, raia.ErrNotFound)
}

func TestServer_ListsConversations(t *testing.T) {
	_, c := start(t)
	ada, ben := user(t, c, "ada@example.com"), user(t, c, "ben@example.com")
	for range 25 {
		conversation(t, c, ada.ID)
	}
	other := conversation(t, c, ben.ID)

	page := must[*raia.ConversationPage](t)(c.Conversations.List(t.Context(), raia.ListConversationsParams{Page: 2}))
	assert.Len(t, page.Data, 10)
	assert.Equal(t, 26, page.TotalItems)
	assert.Equal(t, 3, page.TotalPages)
	assert.True(t, page.HasNextPage)
	assert.True(t, page.HasPreviousPage)
	n := 0
	for _, err := range c.Conversations.All(t.Context(), raia.ListConversationsParams{PageSize: 4}) {
		require.NoError(t, err)
		n++
	}
	assert.Equal(t, 26, n)

	for name, params := range map[string]raia.ListConversationsParams{
		"of a user": {UserID: ben.ID}, "the newest": {OrderDirection: raia.OrderDirectionDescending, PageSize: 1},
		"by word": {Search: "BEN@"},
	} {
		page := must[*raia.ConversationPage](t)(c.Conversations.List(t.Context(), params))
		require.Len(t, page.Data, 1, name)
		assert.Equal(t, other.ID, page.Data[0].ID, name)
	}
	for name, params := range map[string]raia.ListConversationsParams{
		"with feedbacks": {WithFeedbacksOnly: true}, "later": {StartDate: time.Now().Add(time.Hour)},
		"earlier":        {EndDate: time.Now().Add(-time.Hour)},
		"beyond the end": {Page: 9},
	} {
		assert.Empty(t, must[*raia.ConversationPage](t)(c.Conversations.List(t.Context(), params)).Data, name)
	}
}

func TestServer_Starts(t *testing.T) {
	_, c := start(t)
	for channel, params := range map[raia.MessageSource]raia.StartParams{
		raia.MessageSourceEmail: raia.EmailStart{
			FirstName: "A", LastName: "B", Email: "a@example.com", Subject: "s", Introduction: "Hi",
		},
		raia.MessageSourceSMS:   raia.SMSStart{FirstName: "A", LastName: "B", PhoneNumber: "+1", Introduction: "Hi"},
		raia.MessageSourceVoice: raia.VoiceStart{FirstName: "A", LastName: "B", PhoneNumber: "+1", FirstMessage: "Hi"},
	} {
		started := must[*raia.StartedConversation](t)(c.Conversations.Start(t.Context(), params))
		messages := must[[]*raia.Message](t)(
			c.Conversations.ListMessages(t.Context(), started.ConversationID, raia.ListMessagesParams{}),
		)
		require.Len(t, messages, 1)
		assert.Equal(t, "Hi", messages[0].Message)
		assert.Equal(t, channel, messages[0].Source)
	}
	assert.Len(t, must[*raia.UserPage](t)(c.Agents.ListUsers(t.Context(), raia.ListAgentUsersParams{})).Data, 2,
		"the phone number is one user")
}
