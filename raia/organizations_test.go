package raia

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSubscription_Shape(t *testing.T) {
	subscription := get(t,
		`{"id":"s1","title":"t","description":"d","agentsAmount":10,"tokensAmountPerMonth":1,"secondsAmountPerMonth":2,
		"smsAmountPerMonth":3,"emailsAmountPerMonth":4,"usersWithAccessAmount":100,"status":"active",`+
			`"visibility":"public","isTrial":true,
		"createdBy":{"id":"c","email":"e","firstName":"f","lastName":"l"},"createdAt":"2024-03-20T12:00:00Z",`+
			`"organizationsCount":5,"price":49900}`,
		func(ctx context.Context, c *Client) ([]*Subscription, error) {
			return c.Subscriptions.List(ctx, ListSubscriptionsParams{})
		})[0]
	assert.Equal(t, MonthlyLimits{Tokens: 1, SMS: 3, Emails: 4, Seconds: 2}, subscription.MonthlyLimits)
	assert.Equal(t, &Creator{"c", "e", "f", "l"}, subscription.CreatedBy)
	assert.InDelta(t, 49900, subscription.Price, 0)
}

func TestOrganizationsCreate_EndedAtGoesOutInUTC(t *testing.T) {
	server := stub(t, 201, anID)
	params := CreateOrganizationParams{
		Name: "n", LicenseKey: "l", Users: []InvitedUser{{"test@test.com", PlatformUserRoleUser}},
		EndedAt: time.Date(2024, 3, 20, 13, 0, 0, 500, time.FixedZone("CET", 3600)),
	}
	_, err := client(t, server).Organizations.Create(t.Context(), params)
	require.NoError(t, err)
	assert.Contains(t, string(server.Requests()[0].Body), `"endedAt":"2024-03-20T12:00:00.0000005Z"`)
	assert.Equal(t, "CET", params.EndedAt.Location().String(), "the caller's params stay as they are")

	params.EndedAt = time.Time{}
	_, err = client(t, server).Organizations.Create(t.Context(), params)
	require.NoError(t, err)
	assert.NotContains(t, string(server.Requests()[1].Body), "endedAt")
}
