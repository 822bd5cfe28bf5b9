package siteassist

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const messageJSON = `{"object":"message","id":"m1","createdAt":"2025-08-19T09:29:41.425Z",
 "parts":[{"text":"Can I customize it?","type":"text"}],"chatId":"c1","role":"user","feedback":"like","feedbackAt":"2025-08-19T09:30:00Z",
 "status":null,"error":null,"metadata":{"any":[1]},"humanAgent":{"name":"Sample Agent","image":null},"pageUrl":"https://example.com",
 "pageTitle":"Help","textSelection":"word","later":1}`

func get[T any](t *testing.T, body string, call func(*Client) (T, error)) T {
	t.Helper()
	client, _ := serve(t, reply(200, "application/json", body))
	got, err := call(client)
	require.NoError(t, err)
	return got
}

func TestConversation_Schema(t *testing.T) {
	body := `{"object":"conversation","id":"c1","createdAt":"2024-01-15T10:30:00.000Z","updatedAt":"2024-01-15T10:31:00Z",
		"status":"closed","closedAt":"2024-01-15T10:32:00+0100","closeReason":"done","lastInteractionAt":"2024-01-15T10:33:00.000Z",
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

// timeText returns what the server sent for at.
func timeText(at Time) string {
	if at.IsZero() {
		return at.Text
	}
	return at.Format(time.RFC3339)
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

func TestMessage_MetadataOfAnyType(t *testing.T) {
	for _, metadata := range []string{`"text"`, `{"a":1}`, `[1]`, `5`, `true`, `null`} {
		list := get(t, `{"data":[{"id":"m","metadata":`+metadata+`}]}`, func(c *Client) (*Page[Message], error) {
			return c.Messages.List(t.Context(), "c1", ListMessagesParams{})
		})
		assert.Equal(t, metadata, string(list.Data[0].Metadata))
	}
}

func TestMessagesSend_TokensInOtherForms(t *testing.T) {
	body := `{"steps":[{"content":[{"type":"text","text":"Hi"}],"usage":{"inputTokens":2.4e3,"outputTokens":11.0,"totalTokens":2411.5}}]}`
	r := get(t, body, func(c *Client) (*SendResult, error) {
		return c.Messages.Send(t.Context(), "c1", SendMessageParams{Content: "Hi"})
	})
	assert.Equal(t, "Hi", r.Text())
	assert.Equal(t, Usage{InputTokens: 2400, OutputTokens: 11, TotalTokens: 2411}, r.Completion.Steps[0].Usage)
}

func TestMessagesSend_ParamsAreNotChanged(t *testing.T) {
	page := &PageContext{URL: "u"}
	params := SendMessageParams{Content: "Hi", PageContext: page}
	get(t, completionJSON, func(c *Client) (*SendResult, error) { return c.Messages.Send(t.Context(), "c1", params) })
	assert.Equal(t, SendMessageParams{Content: "Hi", PageContext: &PageContext{URL: "u"}}, params)
}

func TestSetFeedback_ExplicitNull(t *testing.T) {
	client, server := serve(t, reply(200, "application/json", `{"feedback":"like"}`))
	for _, f := range []Feedback{FeedbackLike, FeedbackDislike, FeedbackNone} {
		require.NoError(t, client.Messages.SetFeedback(t.Context(), "m1", f))
	}
	var bodies []string
	for _, r := range server.Requests() {
		bodies = append(bodies, string(r.Body))
	}
	assert.Equal(t, []string{`{"feedback":"like"}`, `{"feedback":"dislike"}`, `{"feedback":null}`}, bodies)
}

func TestClose_Result(t *testing.T) {
	r := get(t, `{"success":false,"message":"Not now"}`, func(c *Client) (*CloseResult, error) {
		return c.Conversations.Close(t.Context(), "c1", CloseConversationParams{})
	})
	assert.False(t, r.Success)
	assert.Equal(t, "Not now", r.Message)
	client, server := serve(t, reply(200, "application/json", `{"success":true}`))
	_, err := client.Conversations.Close(t.Context(), "c1", CloseConversationParams{})
	require.NoError(t, err)
	_, _ = client.Conversations.Start(t.Context(), StartConversationParams{})
	assert.Equal(t, `{}`, string(server.Requests()[0].Body))
	assert.Equal(t, `{}`, string(server.Requests()[1].Body))
}

func TestIdentity_Schema(t *testing.T) {
	body := `{"sessionToken":"s1","visitor":{"id":"v1","type":"identified","externalId":"e","name":"Sample Visitor","avatarUrl":"https://example.com/a.png"}}`
	s := get(t, body, func(c *Client) (*VisitorSession, error) {
		return c.Identity.Init(t.Context(), InitParams{PublishableKey: "pk_other", DeviceID: "d"})
	})
	assert.Equal(t, "s1", s.SessionToken)
	assert.Equal(t, &Visitor{ID: "v1", Type: VisitorTypeIdentified, ExternalID: "e", Name: "Sample Visitor", AvatarURL: "https://example.com/a.png"}, s.Visitor)
	assert.Equal(t, body, string(s.Raw))
	assert.Equal(t, "siteassist.VisitorSession{Visitor: , SessionToken: [redacted]}", VisitorSession{}.text())
}

func TestSearch_Schema(t *testing.T) {
	r := get(t, `{"results":[{"score":0.82,"title":"T","content":"C","url":"https://docs.example.com/x","path":"/x","productId":"p",
		"price":0,"currency":"EUR","availability":"in stock","vendor":"V","productType":"shoe","imageUrl":"https://example.com/i"},null,{"title":"U"}]}`,
		func(c *Client) (*SearchResults, error) { return c.Search.Query(t.Context(), SearchParams{Query: "x"}) })
	require.Len(t, r.Results, 2)
	assert.Equal(t, &SearchResult{Score: 0.82, Title: "T", Content: "C", URL: "https://docs.example.com/x", Path: "/x", ProductID: "p",
		Price: new(0.0), Currency: "EUR", Availability: "in stock", Vendor: "V", ProductType: "shoe", ImageURL: "https://example.com/i"}, r.Results[0])
	assert.Nil(t, r.Results[1].Price)
	assert.NotEmpty(t, r.Raw)
}

func TestProject_Schema(t *testing.T) {
	p := get(t, `{"id":"p1","name":"Acme Inc","status":"active","chatWidgetConfig":{"position":"right","theme":"light","width":400,
		"offset":{"x":1,"y":2.5},"welcomeMessage":"Hi!","displayName":null}}`,
		func(c *Client) (*Project, error) { return c.Projects.GetCurrent(t.Context()) })
	assert.Equal(t, "Acme Inc", p.Name)
	assert.Equal(t, &ChatWidgetConfig{Position: "right", Theme: "light", Width: 400, Offset: WidgetOffset{1, 2.5}, WelcomeMessage: "Hi!"}, p.ChatWidgetConfig)
}

func TestQnA_Schema(t *testing.T) {
	q := get(t, `{"object":"qna","id":"q1","question":"Q?","answer":"A","createdBy":{"name":"Sample Author","image":null},"updatedAt":"2024-01-15T10:30:00Z"}`,
		func(c *Client) (*QnA, error) { return c.Projects.GetQnA(t.Context(), "p1", "q1") })
	assert.Equal(t, "Q?", q.Question)
	assert.Equal(t, "Sample Author", q.CreatedBy.Name)
	assert.False(t, q.UpdatedAt.IsZero())
}

func TestLists_TolerateOtherForms(t *testing.T) {
	item := `{"id":"c1","lastInterationAt":"2024-01-15T10:31:00Z"}`
	for _, body := range []string{`[` + item + `]`, item, `{"data":[null,` + item + `]}`, `{"data":` + `[` + item + `],"total":1,"limit":10}`} {
		p := get(t, body, func(c *Client) (*Page[Conversation], error) {
			return c.Conversations.List(t.Context(), ListConversationsParams{})
		})
		require.Len(t, p.Data, 1, body)
		assert.Equal(t, "c1", p.Data[0].ID)
		assert.False(t, p.Data[0].LastInteractionAt.IsZero())
		assert.Equal(t, body, string(p.Raw))
	}
}
