package raia

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestRequests_Queries(t *testing.T) {
	at := time.Date(2024, 3, 20, 14, 0, 0, 0, time.FixedZone("", 7200))
	for want, send := range map[string]func(ctx context.Context, c *Client) error{
		"endDate=2024-03-20T12%3A00%3A00Z&orderBy=updatedAt&orderDirection=DESC&page=2&pageSize=50&searchKeyword=a+b" +
			"&startDate=2024-03-20T12%3A00%3A00Z&userId=u&" +
			"withFeedbacksOnly=true": func(ctx context.Context, c *Client) error {
			return result(c.Conversations.List(ctx,
				ListConversationsParams{2, 50, OrderByUpdatedAt, OrderDirectionDescending, true, "a b", "u", at, at}))
		},
		"orderDirection=ASC&shouldIncludeFeedbacks=true": func(ctx context.Context, c *Client) error {
			return result(c.Conversations.ListMessages(ctx, "1", ListMessagesParams{true, OrderDirectionAscending}))
		},
		"email=a%2Bb%40example.com&fkId=1&phoneNumber=%2B1": func(ctx context.Context, c *Client) error {
			return result(c.Users.Search(ctx, SearchUserParams{"a+b@example.com", "+1", "1"}))
		},
		"orderBy=createdAt&orderDirection=ASC&page=1&pageSize=2": func(ctx context.Context, c *Client) error {
			return result(c.Agents.ListOrganizationUsers(ctx, "1",
				ListAgentUsersParams{1, 2, OrderByCreatedAt, OrderDirectionAscending}))
		},
		"conversationUserId=d&endDate=2024-03-20T12%3A00%3A00Z&fkId=a&fkUserId=b&startDate=2024-03-20T12%3A00%3A00Z&" +
			"userId=c": func(ctx context.Context, c *Client) error {
			return result(c.Agents.GetStatistics(ctx, StatisticsParams{at, at, "a", "b", "c", "d"}))
		},
		"status=active&visibility=private": func(ctx context.Context, c *Client) error {
			return result(c.Subscriptions.List(ctx,
				ListSubscriptionsParams{SubscriptionVisibilityPrivate, SubscriptionStatusActive}))
		},
		"role=copilot_admin": func(ctx context.Context, c *Client) error {
			return result(c.PlatformUsers.List(ctx, ListPlatformUsersParams{PlatformUserRoleCopilotAdmin}))
		},
		"": func(ctx context.Context, c *Client) error {
			return result(c.Conversations.List(ctx, ListConversationsParams{}))
		},
	} {
		server := stub(t, 200, `[]`)
		_ = send(t.Context(), client(t, server))
		assert.Equal(t, want, server.Requests()[0].Query.Encode())
	}
}
