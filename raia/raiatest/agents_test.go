package raiatest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
)

func TestServer_Agents(t *testing.T) {
	_, c := start(t)
	current := must[*raia.Agent](t)(c.Agents.GetCurrent(t.Context()))
	role := must[[]*raia.AgentRole](t)(c.AgentRoles.List(t.Context()))[0]
	created := must[*raia.Agent](t)(c.Agents.Create(t.Context(), raia.CreateAgentParams{
		RoleID: role.ID, Name: "New", PublicName: "N", Model: raia.ModelGPT5, Tags: []string{"a"},
	}))
	assert.Equal(t, raia.ModelGPT5, created.AIConfig.Model)
	assert.NotEmpty(t, created.APIKey.Value())
	updated := must[*raia.Agent](t)(c.Agents.Update(t.Context(), created.ID, raia.UpdateAgentParams{
		Name: "Newer", OutputJSONSchema: new("{}"), Instructions: new("Be kind"),
	}))
	assert.Equal(t, "Newer", updated.Name)
	assert.Equal(t, "{}", updated.AIConfig.OutputJSONSchema)
	_, err := c.Agents.Update(t.Context(), "nothing", raia.UpdateAgentParams{OutputJSONSchema: new("")})
	require.ErrorIs(t, err, raia.ErrNotFound)

	user(t, c, "ada@example.com")
	for id, want := range map[string]int{current.ID: 1, created.ID: 0} {
		users := must[*raia.UserPage](t)(c.Agents.ListOrganizationUsers(t.Context(), id, raia.ListAgentUsersParams{}))
		assert.Len(t, users.Data, want)
	}
	_, err = c.Agents.ListOrganizationUsers(t.Context(), "nothing", raia.ListAgentUsersParams{})
	require.ErrorIs(t, err, raia.ErrNotFound)
	must[*raia.AgentStatistics](t)(c.Agents.GetStatistics(t.Context(), raia.StatisticsParams{}))
	webhook := must[*raia.Webhook](t)(c.Agents.CreateWebhook(t.Context(), raia.CreateWebhookParams{
		Title: "t", Description: "d", URL: "https://example.com", Trigger: raia.WebhookTriggerManual,
		Headers: map[string]string{"A": "b"},
	}))
	assert.Equal(t, current.ID, webhook.AgentID)
	assert.Equal(t, "b", webhook.Headers["A"].Value())
}

func TestServer_LimitsAndUsage(t *testing.T) {
	_, c := start(t)
	require.ErrorIs(t, c.Agents.DeleteLimits(t.Context()), raia.ErrNotFound)
	must[*raia.AgentLimits](t)(c.Agents.CreateLimits(t.Context(), raia.MonthlyLimits{Tokens: 1, SMS: 2}))
	limits := must[*raia.AgentLimits](t)(
		c.Agents.UpdateLimits(t.Context(), raia.UpdateAgentLimitsParams{SMS: new(int64(0))}),
	)
	assert.Equal(t, raia.MonthlyLimits{Tokens: 1}, limits.MonthlyLimits)
	require.NoError(t, c.Agents.DeleteLimits(t.Context()))
	for range 2 {
		require.NoError(t,
			c.ResourceUsage.Log(t.Context(), raia.LogUsageParams{Type: raia.ResourceTypeVapiSeconds, Amount: 1.5}))
	}
	assert.InDelta(t, 3, must[*raia.AgentUsage](t)(c.Agents.GetUsage(t.Context())).Seconds, 0)
}

func TestServer_OrganizationAndSuperAdmin(t *testing.T) {
	_, c := start(t)
	organization := must[*raia.Organization](t)(c.Organizations.Create(t.Context(), raia.CreateOrganizationParams{
		Name: "New", LicenseKey: "license",
		Users: []raia.InvitedUser{{Email: "a@example.com", Role: raia.PlatformUserRoleOwner}},
	}))
	assert.Equal(t, "Trial", organization.Subscription.Title)
	assert.Len(
		t, must[[]*raia.Subscription](t)(
			c.Subscriptions.List(t.Context(), raia.ListSubscriptionsParams{Status: raia.SubscriptionStatusActive}),
		), 1,
	)
	private := raia.ListSubscriptionsParams{Visibility: raia.SubscriptionVisibilityPrivate}
	assert.Empty(t, must[[]*raia.Subscription](t)(c.Subscriptions.List(t.Context(), private)))
	staff := must[[]*raia.PlatformUser](t)(
		c.PlatformUsers.List(t.Context(), raia.ListPlatformUsersParams{Role: raia.PlatformUserRoleUser}),
	)
	assert.Equal(t, "staff@example.com", staff[0].Email)
	assert.Empty(
		t, must[[]*raia.PlatformUser](t)(
			c.PlatformUsers.List(t.Context(), raia.ListPlatformUsersParams{Role: raia.PlatformUserRoleOwner}),
		),
	)
}
