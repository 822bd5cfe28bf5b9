package raia

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPromptResponse_Statuses(t *testing.T) {
	for body, want := range map[string]AsyncStatus{
		`null`: AsyncStatusPending,
		`{"status":"pending","totalTokens":null,"response":null,"error":null}`: AsyncStatusPending,
		`{"status":"completed","totalTokens":7,"response":"r","error":null}`:   AsyncStatusCompleted,
		`{"totalTokens":7,"response":"r"}`:                                     AsyncStatusCompleted,
		`{"totalTokens":7}`:                                                    AsyncStatusCompleted,
		`{"status":"error","error":"e"}`:                                       AsyncStatusFailed,
	} {
		response, err := client(t, stub(t, 200, body)).Prompts.GetResponse(t.Context(), "1")
		require.NoError(t, err)
		assert.Equal(t, want, response.Status, body)
	}
}

func TestPromptsRun_FailedIsResponseAndError(t *testing.T) {
	c := client(t, stub(t, 200, `{"status":"failed","totalTokens":null,"response":null,"error":"too long"}`))
	response, err := c.Prompts.Run(t.Context(), PromptParams{Prompt: "p"})
	require.EqualError(t, err, "raia: run prompt: 200: too long: the vendor could not answer the message: "+
		"delivery unknown: the server may have acted on it (POST /prompts, 1 attempt)")
	assert.Equal(t, "too long", response.Error)
}
