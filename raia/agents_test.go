package raia

import (
	"context"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAgentsUsers_AnAgentIsNoUser uses the vendor's sample, which shows an agent's profile where users are listed.
func TestAgentsUsers_AnAgentIsNoUser(t *testing.T) {
	c := client(t,
		stub(t, 200, `{"id":"1","organizationId":"2","name":"n","publicName":"p","aiConfig":{"id":"3"},"skills":[]}`))
	_, err := c.Agents.ListUsers(t.Context(), ListAgentUsersParams{})
	require.ErrorIs(t, err, ErrDecode)
}

func TestAgentsAllUsers_WalkThePages(t *testing.T) {
	server := book(t, pageOf)
	c := client(t, server)
	for name, all := range map[string]func() []string{
		prefix + "/agents/users": func() (got []string) {
			for user, err := range c.Agents.AllUsers(t.Context(), ListAgentUsersParams{}) {
				require.NoError(t, err)
				got = append(got, user.ID)
			}
			return got
		},
		prefix + "/agents/a1/users": func() (got []string) {
			for user, err := range c.Agents.AllOrganizationUsers(t.Context(), "a1", ListAgentUsersParams{}) {
				require.NoError(t, err)
				got = append(got, user.ID)
			}
			return got
		},
	} {
		assert.Equal(t, []string{"1", "2", "3"}, all())
		requests := server.Requests()
		assert.Equal(t, name, requests[len(requests)-1].Path)
		assert.Equal(t, url.Values{"page": {"3"}}, requests[len(requests)-1].Query)
	}
}

// TestArguments_AreNotChanged verifies that calls do not change their arguments.
func TestArguments_AreNotChanged(t *testing.T) {
	c := client(t, stub(t, 200, anID))
	params := CreateAgentParams{RoleID: "1", Name: "n", PublicName: "p"}
	_, err := c.Agents.Create(t.Context(), params)
	require.NoError(t, err)
	assert.Nil(t, params.Tags)
	ids := []string{"1", "2"}
	require.NoError(t, c.AgentFiles.DeleteMany(t.Context(), ids...))
	assert.Equal(t, []string{"1", "2"}, ids)
}

func TestAgentStatistics_Shape(t *testing.T) {
	statistics := get(t,
		`{"tokensUsed":1,"tokensPerConversation":0.5,"vapiSecondsUsed":2,"averageCallDuration":3,"smsUsed":4,
		"smsPerConversation":5,"emailsUsed":6,"emailsPerConversation":7}`,
		func(ctx context.Context, c *Client) (*AgentStatistics, error) {
			return c.Agents.GetStatistics(ctx, StatisticsParams{})
		})
	assert.Contains(t, string(statistics.Raw), `"tokensUsed":1`)
	statistics.Raw = nil
	assert.Equal(t, &AgentStatistics{1, 0.5, 2, 3, 4, 5, 6, 7, nil}, statistics)
}
