package raia

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlatform_Shapes(t *testing.T) {
	roles := get(t, `[{"id":"r1","name":"Support","description":"d"}]`,
		func(ctx context.Context, c *Client) ([]*AgentRole, error) {
			return c.AgentRoles.List(ctx)
		})
	assert.Equal(t, []*AgentRole{{"r1", "Support", "d"}}, roles)
	users := get(t, `{"id":"u1","email":"e","phoneNumber":null,"firstName":"f","lastName":"l"}`,
		func(ctx context.Context, c *Client) ([]*PlatformUser, error) {
			return c.PlatformUsers.List(ctx, ListPlatformUsersParams{})
		})
	assert.Equal(t, []*PlatformUser{{ID: "u1", Email: "e", FirstName: "f", LastName: "l"}}, users)
}
