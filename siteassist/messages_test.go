package siteassist

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const messageJSON = `{"object":"message","id":"m1","createdAt":"2025-08-19T09:29:41.425Z",
 "parts":[{"text":"Can I customize it?","type":"text"}],"chatId":"c1","role":"user","feedback":"like",` +
	`"feedbackAt":"2025-08-19T09:30:00Z",
 "status":null,"error":null,"metadata":{"any":[1]},"humanAgent":{"name":"Sample Agent","image":null},` +
	`"pageUrl":"https://example.com",
 "pageTitle":"Help","textSelection":"word","later":1}`

func TestMessage_MetadataOfAnyType(t *testing.T) {
	for _, metadata := range []string{`"text"`, `{"a":1}`, `[1]`, `5`, `true`, `null`} {
		list := get(t, `{"data":[{"id":"m","metadata":`+metadata+`}]}`, func(c *Client) (*Page[Message], error) {
			return c.Messages.List(t.Context(), "c1", ListMessagesParams{})
		})
		assert.Equal(t, metadata, string(list.Data[0].Metadata))
	}
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
