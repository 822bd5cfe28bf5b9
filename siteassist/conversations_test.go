package siteassist

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConversation_Schema(t *testing.T) {
	body := `{"object":"conversation","id":"c1","createdAt":"2024-01-15T10:30:00.000Z",` +
		`"updatedAt":"2024-01-15T10:31:00Z",
		"status":"closed","closedAt":"2024-01-15T10:32:00+0100","closeReason":"done",` +
		`"lastInteractionAt":"2024-01-15T10:33:00.000Z",
		"isHumanHandled":true,"humanAgent":{"name":"Sample Agent","image":"https://example.com/a.png"},"title":"Theme",
		"messages":[` + messageJSON + `,null],"later":{"x":1}}`
	c := get(t, body, func(c *Client) (*Conversation, error) { return c.Conversations.Get(t.Context(), "c1") })
	assert.Equal(t, "c1", c.ID)
	assert.Equal(t, ConversationStatusClosed, c.Status)
	assert.Equal(t, 9, c.ClosedAt.UTC().Hour())
	assert.Equal(t, "done", c.CloseReason)
	assert.Equal(t, time.Date(2024, 1, 15, 10, 33, 0, 0, time.UTC), c.LastInteractionAt.UTC())
	assert.True(t, c.IsHumanHandled)
	assert.Equal(t, "Sample Agent", c.HumanAgent.Name)
	assert.Equal(t, "Theme", c.Title)
	assert.Equal(t, body, string(c.Raw))

	require.Len(t, c.Messages, 1)
	m := c.Messages[0]
	assert.Equal(t, "Can I customize it?", m.Text())
	assert.Equal(t, "c1", m.ChatID)
	assert.Equal(t, RoleUser, m.Role)
	assert.Equal(t, FeedbackLike, m.Feedback)
	assert.Empty(t, m.Status)
	assert.JSONEq(t, `{"any":[1]}`, string(m.Metadata))
	assert.Equal(t, "word", m.TextSelection)
}

func TestConversation_BothSpellingsOfLastInteraction(t *testing.T) {
	for member, want := range map[string]string{
		`"lastInteractionAt":"2024-01-15T10:30:00Z"`:                                           "2024-01-15T10:30:00Z",
		`"lastInterationAt":"2024-01-15T10:31:00Z"`:                                            "2024-01-15T10:31:00Z",
		`"lastInterationAt":"2024-01-15T10:31:00Z","lastInteractionAt":"2024-01-15T10:30:00Z"`: "2024-01-15T10:30:00Z",
		`"lastInteractionAt":null,"lastInterationAt":"2024-01-15T10:31:00Z"`:                   "2024-01-15T10:31:00Z",
		`"lastInteractionAt":"soon"`:                                                           "soon",
		`"title":null`:                                                                         "",
	} {
		one := `{"id":"c1",` + member + `}`
		c := get(t, one, func(c *Client) (*Conversation, error) { return c.Conversations.Get(t.Context(), "c1") })
		assert.Equal(t, want, timeText(c.LastInteractionAt), member)
		list := get(t, `{"data":[`+one+`]}`, func(c *Client) (*Page[Conversation], error) {
			return c.Conversations.List(t.Context(), ListConversationsParams{})
		})
		assert.Equal(t, want, timeText(list.Data[0].LastInteractionAt), member)
		assert.Empty(t, list.Data[0].Raw, "the bytes are in the page's Raw")
		again, err := json.Marshal(c)
		require.NoError(t, err)
		assert.NotContains(t, string(again), "lastInterationAt")
	}
}

func TestClose_Result(t *testing.T) {
	r := get(t, `{"success":false,"message":"Not now"}`, func(c *Client) (*CloseResult, error) {
		return c.Conversations.Close(t.Context(), "c1", CloseConversationParams{})
	})
	assert.False(t, r.Success)
	assert.Equal(t, "Not now", r.Message)
	assert.Equal(t, `{"success":false,"message":"Not now"}`, string(r.Raw))
	client, server := serve(t, reply(200, "application/json", `{"success":true}`))
	_, err := client.Conversations.Close(t.Context(), "c1", CloseConversationParams{})
	require.NoError(t, err)
	_, _ = client.Conversations.Start(t.Context(), StartConversationParams{})
	assert.Equal(t, `{}`, string(server.Requests()[0].Body))
	assert.Equal(t, `{}`, string(server.Requests()[1].Body))
}
