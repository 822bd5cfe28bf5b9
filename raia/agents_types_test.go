package raia

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
)

func currentAgentFrom(t *testing.T, body string) *Agent {
	return get(t, body, func(ctx context.Context, c *Client) (*Agent, error) { return c.Agents.GetCurrent(ctx) })
}

func TestAgent_Shapes(t *testing.T) {
	oldest := currentAgentFrom(t, `{"id":"a1","name":"n","assistantId":"asst_1","disclaimer":"d"}`)
	assert.Equal(t, &AIConfig{ID: "asst_1"}, oldest.AIConfig)
	assert.Equal(t, "d", oldest.Disclaimer)

	older := currentAgentFrom(t,
		`{"id":"a1","assistant":{"id":"asst_1","model":"gpt-4o","temperature":1,"topP":0.5,"instructions":"i",
		"tools":[{"type":"file_search","isEnabled":true}],"responseFormat":{"type":"text"}}}`)
	assert.Equal(t, Model("gpt-4o"), older.AIConfig.Model)
	assert.InDelta(t, 0.5, *older.AIConfig.TopP, 0)
	assert.Equal(t, []AgentTool{{"file_search", true}}, older.AIConfig.Tools)
	assert.JSONEq(t, `{"type":"text"}`, string(older.AIConfig.ResponseFormat))

	newer := currentAgentFrom(t,
		`{"organizationId":"o1","id":"a1","role":"r","vectorStoreId":"v","aiConfig":{"id":"asst_2","model":"gpt-5.1",
		"temperature":1,"topP":1,"instructions":"i","isCodeInterpreterEnabled":true,"isFileSearchEnabled":true,`+
			`"fileSearchMaxNumResults":10,
		"reasoningEffort":null,"reasoningMode":"pro","isOutputJsonSchemaEnabled":true,"outputJsonSchema":"{}"},`+
			`"assistantId":"old",
		"status":"draft","tags":null,"skills":null,"restrictDocumentsToOwnerOnly":true,"agentApiKey":null}`)
	assert.Equal(t, "asst_2", newer.AIConfig.ID, "the newer spelling counts")
	assert.Equal(t, ReasoningModePro, newer.AIConfig.ReasoningMode)
	assert.Equal(t, AgentStatusDraft, newer.Status)
	assert.Empty(t, newer.Skills)
	assert.Empty(t, newer.APIKey)
}
