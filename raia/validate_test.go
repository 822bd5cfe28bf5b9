package raia

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequests_WithoutARequiredFieldNothingIsSent(t *testing.T) {
	for _, r := range requests {
		for _, m := range r.members() {
			if !m.required {
				continue
			}
			t.Run(r.name+"/"+m.name, func(t *testing.T) {
				server := stub(t, 200, anID)
				err := r.send(t.Context(), client(t, server), m.name)
				if slices.Contains(strings.Fields(r.sentEmpty), m.name) {
					assert.Contains(t, sent(t, server.Requests()[0].Body), m.name, "sent all the same")
					return
				}
				require.ErrorIs(t, err, ErrInvalidArgument)
				assert.Contains(t, strings.ToLower(err.Error()), goName(m.name))
				assert.Empty(t, server.Requests())
			})
		}
	}
}

// goName is the name of a field in Go, in lower case.
func goName(name string) string {
	name = name[strings.LastIndex(name, ".")+1:]
	switch name {
	case "triggerCondition":
		return "trigger"
	case "fileIds":
		return "ids"
	case "emailSubject":
		return "subject"
	case "emailIntroduction", "smsIntroduction":
		return "introduction"
	}
	return strings.ToLower(name)
}

func TestRequests_Lengths(t *testing.T) {
	at := func(n int) string { return strings.Repeat("ü", n) } // characters, not bytes
	email := func(n int) string { return strings.Repeat("a", n-4) + "@b.c" }
	invite := func(address string) CreateOrganizationParams {
		return CreateOrganizationParams{
			Name: "n", LicenseKey: "l", Users: []InvitedUser{{address, PlatformUserRoleUser}},
		}
	}
	for _, c := range []struct {
		name, text string
		send       func(ctx context.Context, c *Client) error
	}{
		{"title 255", "", func(ctx context.Context, c *Client) error {
			return result(c.Conversations.Create(ctx,
				CreateConversationParams{ConversationUserID: "1", Title: at(255)}))
		}},
		{"title 256", "Title is longer than 255 characters", func(ctx context.Context, c *Client) error {
			return result(c.Conversations.Create(ctx,
				CreateConversationParams{ConversationUserID: "1", Title: at(256)}))
		}},
		{"context 256000", "", func(ctx context.Context, c *Client) error {
			return result(c.Conversations.Create(ctx,
				CreateConversationParams{ConversationUserID: "1", Context: at(256_000)}))
		}},
		{"context 256001", "Context is longer than 256000 characters", func(ctx context.Context, c *Client) error {
			return result(c.Conversations.Create(ctx,
				CreateConversationParams{ConversationUserID: "1", Context: at(256_001)}))
		}},
		{"updated title 256", "Title is longer than 255 characters", func(ctx context.Context, c *Client) error {
			return result(c.Conversations.Update(ctx, "1", UpdateConversationParams{Title: new(at(256))}))
		}},
		{
			"updated context 256001", "Context is longer than 256000 characters",
			func(ctx context.Context, c *Client) error {
				return result(c.Conversations.Update(ctx, "1", UpdateConversationParams{Context: new(at(256_001))}))
			},
		},
		{"organization 255", "", func(ctx context.Context, c *Client) error {
			p := invite("a@b.c")
			p.Name = at(255)
			return result(c.Organizations.Create(ctx, p))
		}},
		{"organization 256", "Name is longer than 255 characters", func(ctx context.Context, c *Client) error {
			p := invite("a@b.c")
			p.Name = at(256)
			return result(c.Organizations.Create(ctx, p))
		}},
		{"e-mail 3", "Users[0].Email is shorter than 4 characters", func(ctx context.Context, c *Client) error {
			return result(c.Organizations.Create(ctx, invite("a@b")))
		}},
		{"e-mail 4", "", func(ctx context.Context, c *Client) error {
			return result(c.Organizations.Create(ctx, invite(email(4))))
		}},
		{"e-mail 255", "", func(ctx context.Context, c *Client) error {
			return result(c.Organizations.Create(ctx, invite(email(255))))
		}},
		{"e-mail 256", "Users[0].Email is longer than 255 characters", func(ctx context.Context, c *Client) error {
			return result(c.Organizations.Create(ctx, invite(email(256))))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := stub(t, 200, anID)
			err := c.send(t.Context(), client(t, server))
			if c.text == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrInvalidArgument)
			assert.Contains(t, err.Error(), c.text)
			assert.Empty(t, server.Requests())
		})
	}
}

func TestRequests_OtherArguments(t *testing.T) {
	server := stub(t, 200, anID)
	c, ctx := client(t, server), t.Context()
	for text, err := range map[string]error{
		"Email, PhoneNumber or FkID must not be empty": result(
			c.Users.Create(ctx, CreateUserParams{FirstName: "A", LastName: "B"}),
		),
		"search user: invalid argument: Email, PhoneNu": result(c.Users.Search(ctx, SearchUserParams{})),
		"Page must not be negative": result(
			c.Conversations.List(ctx, ListConversationsParams{Page: -1}),
		),
		"PageSize must not be negative": result(
			c.Agents.ListUsers(ctx, ListAgentUsersParams{PageSize: -1}),
		),
		"params must not be empty":                     result(c.Conversations.Start(ctx, nil)),
		"start conversation: invalid argument: params": result(c.Conversations.Start(ctx, (*EmailStart)(nil))),
		"Users must not be empty": result(
			c.Organizations.Create(ctx, CreateOrganizationParams{Name: "n", LicenseKey: "l"}),
		),
		"delete agent files: invalid argument: ids": c.AgentFiles.DeleteMany(ctx),
		"ids must not be empty":                     c.AgentFiles.DeleteMany(ctx, "1", ""),
		"FileName must not be empty": result(
			c.AgentFiles.Upload(ctx, UploadFileParams{Content: strings.NewReader("x")}),
		),
		"Content must not be empty": result(c.AgentFiles.Upload(ctx, UploadFileParams{FileName: "f"})),
		"content type of Content holds a control": result(
			c.AgentFiles.Upload(ctx, UploadFileParams{
				FileName: "f", ContentType: "a\r\nb", Content: strings.NewReader("x"),
			}),
		),
		"cannot be encoded as JSON": result(c.Conversations.Create(ctx, CreateConversationParams{
			ConversationUserID: "1", CustomData: map[string]any{"f": func() {}},
		})),
	} {
		require.ErrorIs(t, err, ErrInvalidArgument)
		assert.Contains(t, err.Error(), text)
	}
	assert.Empty(t, server.Requests())
}
