package siteassist

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMessagesSend_Completion(t *testing.T) {
	body := `{"steps":[{"content":[{"type":"text","text":"Hello! "},{"type":"tool-call","toolName":"x"},` +
		`{"type":"text","text":"How"}],
		"finishReason":"tool-calls","usage":{"inputTokens":2409,"outputTokens":11,"totalTokens":2420,` +
		`"reasoningTokens":1,"cachedInputTokens":2}},
		{"content":[{"type":"text","text":" are you?"}],"finishReason":"stop"}],"later":1}`
	r := get(t, body, func(c *Client) (*SendResult, error) {
		return c.Messages.Send(t.Context(), "c1", SendMessageParams{Content: "Hi"})
	})
	assert.False(t, r.Queued)
	assert.Equal(t, "Hello! How are you?", r.Text())
	assert.Equal(t, " are you?", r.LastText())
	assert.Equal(t, Usage{2409, 11, 2420, 1, 2}, r.Completion.Steps[0].Usage)
	assert.Equal(t, FinishReasonToolCalls, r.Completion.Steps[0].FinishReason)
	assert.Equal(t, "tool-call", r.Completion.Steps[0].Content[1].Type)
	assert.Equal(t, body, string(r.Raw))
	assert.Equal(t, body, string(r.Completion.Raw))
}

func TestMessagesSend_Queued(t *testing.T) {
	for _, status := range []int{200, 202} {
		for _, body := range []string{"Message sent", `"Message sent"`, ""} {
			client, _ := serve(t, reply(status, "text/plain; charset=utf-8", body))
			r, err := client.Messages.Send(t.Context(), "c1", SendMessageParams{Content: "Hi"})
			require.NoError(t, err)
			assert.True(t, r.Queued)
			assert.Empty(t, r.Text())
			assert.Nil(t, r.Completion)
			assert.Equal(t, body, string(r.Raw))
		}
	}
}

func TestCompletions_TextOfNothing(t *testing.T) {
	assert.Empty(t, (&SendResult{}).Text())
	assert.Empty(t, (&Completion{}).Text())
	assert.Empty(t, (&SendResult{}).LastText())
	assert.Empty(t, (&Completion{}).LastText())
	assert.True(t, strings.HasPrefix(CodeConflict.Error(), "CON"))
}

func TestMessagesSend_PiecesOfUnknownShapeCostNothing(t *testing.T) {
	for piece, typ := range map[string]string{
		`5`: "", `null`: "", `"bare"`: "", `[1]`: "", `{}`: "", `{"type":{"x":1},"text":"not this"}`: "",
		`{"text":"not this"}`:                 "",
		`{"type":"tool-call","text":{"x":1}}`: "tool-call", `{"type":"reasoning","text":"not this"}`: "reasoning",
		`{"type":"file","data":"AAAA"}`: "file", `{"type":null,"text":"not this"}`: "",
	} {
		body := `{"steps":[{"content":[{"type":"text","text":"Hello "},` + piece +
			`,{"type":"text","text":"world"}],"finishReason":"stop"}]}`
		r := get(t, body, func(c *Client) (*SendResult, error) {
			return c.Messages.Send(t.Context(), "c1", SendMessageParams{Content: "Hi"})
		})
		assert.Equal(t, "Hello world", r.Text(), piece)
		require.Len(t, r.Completion.Steps[0].Content, 3, piece)
		assert.Equal(t, typ, r.Completion.Steps[0].Content[1].Type, piece)
		assert.Equal(t, body, string(r.Raw))
	}
}

func TestMessagesSend_StepsInOtherForms(t *testing.T) {
	const piece = `{"type":"text","text":"Hello"}`
	for step, want := range map[string]CompletionStep{
		`{"content":[` + piece + `],"finishReason":5,"usage":"much"}`:                {},
		`{"content":[` + piece + `],"finishReason":null,"usage":null}`:               {},
		`{"content":[` + piece + `],"usage":{"inputTokens":"x","totalTokens":12.0}}`: {Usage: Usage{TotalTokens: 12}},
		`{"content":` + piece + `,"finishReason":"stop"}`:                            {FinishReason: FinishReasonStop},
		`{"content":"Hello","later":1}`:                                              {},
	} {
		r := get(t, `{"steps":[`+step+`]}`, func(c *Client) (*Completion, error) {
			return c.Completions.Create(t.Context(), CompletionParams{Messages: []CompletionMessage{{RoleUser, "Hi"}}})
		})
		want.Content = []CompletionContent{{"text", "Hello"}}
		assert.Equal(t, []CompletionStep{want}, r.Steps, step)
	}
	for _, step := range []string{`{}`, `null`, `{"content":null}`, `{"content":[]}`} {
		r := get(t, `{"steps":[`+step+`,{"content":[`+piece+`]}]}`, func(c *Client) (*Completion, error) {
			return c.Completions.Create(t.Context(), CompletionParams{Messages: []CompletionMessage{{RoleUser, "Hi"}}})
		})
		assert.Equal(t, "Hello", r.Text(), step)
	}
}

// If a text that cannot be read were left out, half of an answer would look like the whole.
func TestMessagesSend_TextThatCannotBeReadIsAnError(t *testing.T) {
	for _, step := range []string{
		`{"content":[{"type":"text"}]}`, `{"content":[{"type":"text","text":null}]}`,
		`{"content":[{"type":"text","text":5}]}`,
		`{"content":{"type":"text","text":["a"]}}`, `{"content":5}`, `{"content":true}`, `5`, `"Hello"`, `["Hello"]`,
	} {
		client, _ := serve(t, reply(200, "application/json", `{"steps":[{"content":[]},`+step+`]}`))
		_, err := client.Messages.Send(t.Context(), "c1", SendMessageParams{Content: "Hi"})
		assert.ErrorIs(t, err, ErrDecode, step)
		assert.ErrorIs(t, err, ErrDeliveryUnknown, step)
	}
}

func FuzzCompletion(f *testing.F) {
	f.Add([]byte(completionJSON))
	f.Add([]byte(`{"steps":[{"content":[5,{"type":"text","text":"a"}],"usage":{"inputTokens":1e3}}]}`))
	f.Add([]byte(`{"steps":[{"content":"a"},{"content":{"type":"text","text":"b"}},null]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := decodeCompletion(body)
		if err != nil {
			return
		}
		require.True(t, json.Valid(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
		encoded, err := json.Marshal(c)
		require.NoError(t, err)
		again, err := decodeCompletion(encoded)
		require.NoError(t, err)
		require.Equal(t, c.Text(), again.Text())
	})
}

func TestMessagesSend_TokensInOtherForms(t *testing.T) {
	body := `{"steps":[{"content":[{"type":"text","text":"Hi"}],"usage":{"inputTokens":2.4e3,"outputTokens":11.0,` +
		`"totalTokens":2411.5}}]}`
	r := get(t, body, func(c *Client) (*SendResult, error) {
		return c.Messages.Send(t.Context(), "c1", SendMessageParams{Content: "Hi"})
	})
	assert.Equal(t, "Hi", r.Text())
	assert.Equal(t, Usage{InputTokens: 2400, OutputTokens: 11, TotalTokens: 2411}, r.Completion.Steps[0].Usage)
}
