package raia

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLimitsAndUsage_Shapes(t *testing.T) {
	limits := `{"id":"l1","conversationUserId":"u1","agentId":"a1","isOrganizationDefault":true,` +
		`"tokensAmountPerMonth":1,"smsAmountPerMonth":2,
		"emailsAmountPerMonth":3,"secondsAmountPerMonth":4}`
	user := get(t, limits, func(ctx context.Context, c *Client) (*UserLimits, error) {
		return c.Users.GetLimits(ctx, "u1")
	})
	assert.Equal(t, MonthlyLimits{1, 2, 3, 4}, user.MonthlyLimits)
	assert.Equal(t, "u1", user.ConversationUserID)
	assert.True(t, user.IsOrganizationDefault)
	agent := get(t, limits, func(ctx context.Context, c *Client) (*AgentLimits, error) {
		return c.Agents.UpdateLimits(ctx, UpdateAgentLimitsParams{})
	})
	assert.Equal(t, MonthlyLimits{1, 2, 3, 4}, agent.MonthlyLimits)
	assert.Equal(t, limits, string(agent.Raw))

	usage := get(t, `{"emailsAmount":1,"smsAmount":2,"tokensAmount":3,"secondsAmount":4.5}`,
		func(ctx context.Context, c *Client) (*AgentUsage, error) { return c.Agents.GetUsage(ctx) })
	usage.Raw = nil
	assert.Equal(t, &AgentUsage{Tokens: 3, SMS: 2, Emails: 1, Seconds: 4.5}, usage)
}

func TestLimits_NumbersInOtherForms(t *testing.T) {
	limits := get(t,
		`{"id":"l1","tokensAmountPerMonth":1e6,"smsAmountPerMonth":2.0,"emailsAmountPerMonth":3.7,`+
			`"secondsAmountPerMonth":4}`,
		func(ctx context.Context, c *Client) (*UserLimits, error) { return c.Users.GetLimits(ctx, "u1") })
	assert.Equal(t, MonthlyLimits{1000000, 2, 3, 4}, limits.MonthlyLimits)
}
