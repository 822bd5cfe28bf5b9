package raia

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// lists are the operations that return a list. Each func returns the ids of the items.
var lists = map[string]func(ctx context.Context, c *Client) ([]string, error){
	"GET /conversations": func(ctx context.Context, c *Client) ([]string, error) {
		page, err := c.Conversations.List(ctx, ListConversationsParams{})
		return ids(page, err, func(c *Conversation) string { return c.ID })
	},
	"GET /agents/users": func(ctx context.Context, c *Client) ([]string, error) {
		page, err := c.Agents.ListUsers(ctx, ListAgentUsersParams{})
		return ids(page, err, func(u *User) string { return u.ID })
	},
	"GET /agents/{id}/users": func(ctx context.Context, c *Client) ([]string, error) {
		page, err := c.Agents.ListOrganizationUsers(ctx, "1", ListAgentUsersParams{})
		return ids(page, err, func(u *User) string { return u.ID })
	},
	"GET /conversations/{id}/messages": func(ctx context.Context, c *Client) ([]string, error) {
		list, err := c.Conversations.ListMessages(ctx, "1", ListMessagesParams{})
		return ids(&Page[Message]{Data: list}, err, func(m *Message) string { return m.ID })
	},
	"GET /conversations/states": func(ctx context.Context, c *Client) ([]string, error) {
		list, err := c.Conversations.ListStates(ctx)
		return ids(&Page[ConversationState]{Data: list}, err, func(s *ConversationState) string { return s.ID })
	},
	"GET /agent-files/by-api-key": func(ctx context.Context, c *Client) ([]string, error) {
		list, err := c.AgentFiles.List(ctx)
		return ids(&Page[AgentFile]{Data: list}, err, func(f *AgentFile) string { return f.ID })
	},
	"GET /agent-roles/by-api-key": func(ctx context.Context, c *Client) ([]string, error) {
		list, err := c.AgentRoles.List(ctx)
		return ids(&Page[AgentRole]{Data: list}, err, func(r *AgentRole) string { return r.ID })
	},
	"GET /subscriptions": func(ctx context.Context, c *Client) ([]string, error) {
		list, err := c.Subscriptions.List(ctx, ListSubscriptionsParams{})
		return ids(&Page[Subscription]{Data: list}, err, func(s *Subscription) string { return s.ID })
	},
	"GET /platform-users": func(ctx context.Context, c *Client) ([]string, error) {
		list, err := c.PlatformUsers.List(ctx, ListPlatformUsersParams{})
		return ids(&Page[PlatformUser]{Data: list}, err, func(u *PlatformUser) string { return u.ID })
	},
}

func ids[T any](page *Page[T], err error, id func(*T) string) ([]string, error) {
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, one := range page.Data {
		out = append(out, id(one))
	}
	return out, nil
}

func TestLists_AcceptArrayObjectAndEnvelope(t *testing.T) {
	one := `{"id":"1","firstName":"A"}`
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			for body, want := range map[string][]string{
				`[` + one + `,{"id":"2"}]`:               {"1", "2"},
				`[null,` + one + `]`:                     {"1"},
				one:                                      {"1"},
				`{"data":[` + one + `,{"id":"2"},null]}`: {"1", "2"},
				`[]`:                                     {},
				`{"data":[]}`:                            {},
				`{"currentPage":1,"data":[` + one + `]}`: {"1"},
				"\n " + `{"data":[` + one + `],"more":{}}`: {"1"},
			} {
				got, err := list(t.Context(), client(t, stub(t, 200, body)))
				require.NoError(t, err, body)
				assert.Equal(t, want, got, body)
			}
		})
	}
}

func TestLists_AnythingElseIsErrDecode(t *testing.T) {
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			for _, body := range []string{
				``, `null`, `{}`, `{"data":null}`, `{"status":500,"message":"x"}`, `"x"`, `[1]`, `{"data":[1]}`,
				`<html>`,
			} {
				_, err := list(t.Context(), client(t, stub(t, 200, body)))
				require.ErrorIs(t, err, ErrDecode, body)
				failure, ok := errors.AsType[*Error](err)
				require.True(t, ok)
				assert.Equal(t, body, string(failure.Body))
			}
		})
	}
}

// book serves conversations page by page.
func book(t *testing.T, page func(n string) string) *fakeserver.Server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(page(r.URL.Query().Get("page"))))
	})
}

// pageOf is a page of three, with one conversation on each.
func pageOf(n string) string {
	if n == "" {
		n = "1"
	}
	return fmt.Sprintf(
		`{"currentPage":%s,"pageSize":1,"totalItems":3,"totalPages":3,"hasNextPage":%t,"hasPreviousPage":true,`+
			`"data":[{"id":"%s","threadId":"t"}]}`, n, n != "3", n,
	)
}

func collect(t *testing.T, c *Client, params ListConversationsParams) (got []string, err error) {
	for conversation, e := range c.Conversations.All(t.Context(), params) {
		require.NoError(t, err, "something came after an error")
		if err = e; e == nil {
			got = append(got, conversation.ID)
		}
	}
	return got, err
}

// asked returns the page parameters of the requests.
func asked(server *fakeserver.Server) (pages []string) {
	for _, r := range server.Requests() {
		pages = append(pages, r.Query.Get("page"))
	}
	return pages
}

func TestConversationsAll_WalksThePages(t *testing.T) {
	server := book(t, pageOf)
	got, err := collect(t, client(t, server), ListConversationsParams{PageSize: 1, UserID: "u"})
	require.NoError(t, err)
	assert.Equal(t, []string{"1", "2", "3"}, got)
	assert.Equal(t, []string{"", "2", "3"}, asked(server))
	for _, r := range server.Requests() {
		assert.Equal(t, "u", r.Query.Get("userId"), "the other parameters stay")
	}
}

func TestConversationsAll_FromAPageOn(t *testing.T) {
	server := book(t, pageOf)
	got, err := collect(t, client(t, server), ListConversationsParams{Page: 2})
	require.NoError(t, err)
	assert.Equal(t, []string{"2", "3"}, got)
}

func TestConversationsAll_BreakStops(t *testing.T) {
	server := book(t, pageOf)
	for conversation, err := range client(t, server).Conversations.All(t.Context(), ListConversationsParams{}) {
		require.NoError(t, err)
		assert.Equal(t, "t", conversation.AIConversationID)
		break
	}
	assert.Len(t, server.Requests(), 1)
}

func TestConversationsAll_ServerThatIgnoresThePage(t *testing.T) {
	for name, page := range map[string]string{
		"says the same number":     `{"currentPage":1,"hasNextPage":true,"data":[{"id":"1"}]}`,
		"says no number":           `{"hasNextPage":true,"data":[{"id":"1"}]}`,
		"says a number that jumps": `{"currentPage":7,"hasNextPage":true,"data":[{"id":"1"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			server := book(t, func(string) string { return page })
			got, err := collect(t, client(t, server), ListConversationsParams{})
			require.ErrorIs(t, err, ErrDecode)
			assert.Contains(t, err.Error(), "raia: list conversations: ")
			assert.Equal(t, []string{"1"}, got)
			assert.Len(t, server.Requests(), 2)
		})
	}
}

// The number tells pages apart if the server sends one, and otherwise the first item does.
func TestConversationsAll_RepeatedPagesWithOtherItems(t *testing.T) {
	for number, want := range map[string][]string{`"currentPage":1,`: {""}, ``: {"", "2", "3"}} {
		server := book(t, func(page string) string {
			more := strconv.FormatBool(page != "3")
			return `{` + number + `"hasNextPage":` + more + `,"data":[{"id":"p` + page + `"}]}`
		})
		got, err := collect(t, client(t, server), ListConversationsParams{})
		assert.Equal(t, number != "", errors.Is(err, ErrDecode), "%s: %v", number, err)
		assert.Len(t, got, len(want), number)
	}
}

func TestConversationsAll_NumberOfTheFirstPage(t *testing.T) {
	for first, want := range map[string][]string{
		`"currentPage":0,`:    {"0", "1", "2"},
		`"currentPage":1,`:    {"0", "2"},
		`"currentPage":null,`: {"0", "2"}, // the vendor's example counts from 1
		``:                    {"0", "2"},
	} {
		server := book(t, func(number string) string {
			switch number {
			case "":
				return `{` + first + `"hasNextPage":true,"data":[{"id":"0"}]}`
			case "1":
				return `{"currentPage":1,"hasNextPage":true,"data":[{"id":"1"}]}`
			}
			return `{"currentPage":2,"data":[{"id":"2"}]}`
		})
		got, err := collect(t, client(t, server), ListConversationsParams{})
		require.NoError(t, err)
		assert.Equal(t, want, got, first)
	}
}

func TestConversationsAll_EmptyPageStops(t *testing.T) {
	server := book(t, func(n string) string {
		if n == "2" {
			return `{"currentPage":2,"hasNextPage":true,"data":[]}`
		}
		return pageOf(n)
	})
	got, err := collect(t, client(t, server), ListConversationsParams{})
	require.NoError(t, err)
	assert.Equal(t, []string{"1"}, got)
}

func TestConversationsAll_ErrorIsYieldedOnce(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page") == "2" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte(pageOf("1")))
	})
	got, err := collect(t, client(t, server), ListConversationsParams{})
	require.ErrorIs(t, err, ErrForbidden)
	assert.Equal(t, []string{"1"}, got)
	assert.Len(t, server.Requests(), 2)
}

func TestConversationsAll_BareArrayIsOnePage(t *testing.T) {
	server := book(t, func(string) string { return `[{"id":"1"},{"id":"2"}]` })
	got, err := collect(t, client(t, server), ListConversationsParams{})
	require.NoError(t, err)
	assert.Equal(t, []string{"1", "2"}, got)
	assert.Len(t, server.Requests(), 1)
}

func TestPage_NullDataIsEmptyIfTheTotalIsZero(t *testing.T) {
	server := stub(
		t, 200,
		`{"currentPage":1,"pageSize":20,"totalItems":0,"totalPages":0,"hasNextPage":false,"hasPreviousPage":false,`+
			`"data":null}`,
	)
	page, err := client(t, server).Conversations.List(t.Context(), ListConversationsParams{})
	require.NoError(t, err)
	assert.Equal(t, []*Conversation{}, page.Data)
	got, err := collect(t, client(t, server), ListConversationsParams{})
	require.NoError(t, err)
	assert.Empty(t, got)
	_, err = client(t, stub(t, 200, `{"totalItems":1,"data":null}`)).Conversations.List(t.Context(),
		ListConversationsParams{})
	require.ErrorIs(t, err, ErrDecode)
}

func TestPage_NumbersInOtherForms(t *testing.T) {
	server := book(t, func(n string) string {
		if n == "2" {
			return `{"currentPage":2.0,"hasNextPage":false,"data":[{"id":"2"}]}`
		}
		return `{"currentPage":1.0,"pageSize":1e0,"totalItems":2.5,"totalPages":2,"hasNextPage":true,` +
			`"data":[{"id":"1","metadata":{"customData":{"n":2.50}}}]}`
	})
	page, err := client(t, server).Conversations.List(t.Context(), ListConversationsParams{})
	require.NoError(t, err)
	assert.Equal(t, []int{1, 1, 2, 2}, []int{page.CurrentPage, page.PageSize, page.TotalItems, page.TotalPages})
	assert.Equal(t, map[string]any{"n": 2.5}, page.Data[0].Metadata.CustomData)
	got, err := collect(t, client(t, server), ListConversationsParams{})
	require.NoError(t, err)
	assert.Equal(t, []string{"1", "2"}, got)
}

func TestPage_FieldsAndRaw(t *testing.T) {
	page, err := client(t, stub(t, 200, pageOf("2"))).Conversations.List(t.Context(), ListConversationsParams{})
	require.NoError(t, err)
	assert.Equal(t, pageOf("2"), string(page.Raw))
	page.Raw = nil
	assert.Equal(t, &ConversationPage{
		CurrentPage: 2, PageSize: 1, TotalItems: 3, TotalPages: 3, HasNextPage: true, HasPreviousPage: true,
		Data: []*Conversation{{ID: "2", ThreadID: "t", AIConversationID: "t"}},
	}, page)
}

func FuzzPage(f *testing.F) {
	f.Add(pageOf("1"))
	f.Add(`[{"id":"1"}]`)
	f.Add(`{"id":"1"}`)
	f.Add(`{"data":[null]}`)
	f.Fuzz(func(t *testing.T, body string) {
		p := &Page[Conversation]{Raw: []byte(body)}
		isItem := func(c *Conversation) bool { return c.identity() != "" }
		err := lenient.Page(new(lenient.Decoder), p.Raw, p, &p.Data, isItem)
		if err != nil {
			return
		}
		assert.NotNil(t, p.Data, "a list without an error")
		assert.NotContains(t, p.Data, (*Conversation)(nil))
		assert.False(t, strings.HasPrefix(body, "null"))
	})
}
