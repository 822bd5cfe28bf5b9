package raiatest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
)

func TestServer_Prompts(t *testing.T) {
	server, c := start(t)
	answer := must[*raia.PromptResponse](t)(c.Prompts.Run(t.Context(), raia.PromptParams{Prompt: "Why?"}))
	assert.Equal(t, "You said: Why?", answer.Response)
	assert.Equal(t, raia.AsyncStatusCompleted, answer.Status)

	started := must[*raia.StartedPrompt](t)(c.Prompts.Start(t.Context(), raia.PromptParams{Prompt: "Why?"}))
	look := must[*raia.PromptResponse](t)(c.Prompts.GetResponse(t.Context(), started.PromptID))
	assert.JSONEq(t, "null", string(look.Raw))
	done := must[*raia.PromptResponse](t)(c.Prompts.Await(t.Context(), started.PromptID))
	assert.Equal(t, "You said: Why?", done.Response)

	server.FailAnswers(1, "too hard")
	started = must[*raia.StartedPrompt](t)(c.Prompts.Start(t.Context(), raia.PromptParams{Prompt: "Why?"}))
	_, err := c.Prompts.Await(t.Context(), started.PromptID)
	require.ErrorContains(t, err, "too hard")
}
