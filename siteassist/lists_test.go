package siteassist

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// shelf is a list of n items on a server.
type shelf struct {
	n         int
	total     func(offset int) string // the members beside data
	ignore    bool                    // whether the server ignores the offset
	max       int                     // the largest page, whatever limit is requested
	fallback  int                     // the limit if none is requested
	failsFrom int                     // the offset from which it fails; 0 means never
}

func (s shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	if s.failsFrom > 0 && offset >= s.failsFrom {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if s.ignore {
		offset = 0
	}
	if limit == 0 {
		limit = s.fallback
	}
	if s.max > 0 {
		limit = min(limit, s.max)
	}
	var items []string
	for i := offset; i < min(offset+limit, s.n); i++ {
		items = append(items, fmt.Sprintf(`{"id":"%d"}`, i))
	}
	members := ""
	if s.total != nil {
		members = s.total(offset) + `,"limit":` + strconv.Itoa(limit) + `,`
	}
	reply(200, "application/json", `{"object":"list",`+members+`"data":[`+strings.Join(items, ",")+`]}`)(w, r)
}

func counted(n int) func(int) string {
	return func(offset int) string { return fmt.Sprintf(`"total":%d,"offset":%d`, n, offset) }
}

// ids walks all conversations and returns their ids and the requested offsets.
func ids(t *testing.T, s shelf, params ListConversationsParams) (got, asked []string, err error) {
	t.Helper()
	client, server := serve(t, s.ServeHTTP)
	for c, e := range client.Conversations.All(t.Context(), params) {
		require.NoError(t, err, "something came after an error")
		if err = e; e == nil {
			got = append(got, c.ID)
		}
	}
	return got, offsets(server), err
}

func offsets(server *fakeserver.Server) (asked []string) {
	for _, r := range server.Requests() {
		asked = append(asked, r.Query.Get("offset"))
	}
	return asked
}

func numbers(from, to int) (out []string) {
	for i := from; i < to; i++ {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

func TestConversationsAll_Pages(t *testing.T) {
	tests := map[string]struct {
		shelf  shelf
		params ListConversationsParams
		from   int
		asked  []string
	}{
		"default limit": {
			shelf{n: 25, total: counted(25), fallback: 10}, ListConversationsParams{}, 0, []string{"", "10", "20"},
		},
		"own limit": {shelf{n: 4, total: counted(4)}, ListConversationsParams{Limit: 2}, 0, []string{"", "2"}},
		"from an offset": {
			shelf{n: 5, total: counted(5)}, ListConversationsParams{Limit: 2, Offset: 3}, 3, []string{"3"},
		},
		"smaller pages": {
			shelf{n: 7, total: counted(7), max: 3}, ListConversationsParams{Limit: 100}, 0, []string{"", "3", "6"},
		},
		"nothing":          {shelf{n: 0, total: counted(0)}, ListConversationsParams{Limit: 2}, 0, []string{""}},
		"empty, with more": {shelf{n: 2, total: counted(99)}, ListConversationsParams{Limit: 2}, 0, []string{"", "2"}},
		"without total":    {shelf{n: 5}, ListConversationsParams{Limit: 2}, 0, []string{"", "2", "4"}},
		"no total, full":   {shelf{n: 4}, ListConversationsParams{Limit: 2}, 0, []string{"", "2", "4"}},
		"no total, all":    {shelf{n: 4, fallback: 100}, ListConversationsParams{}, 0, []string{""}},
	}
	for name, test := range tests {
		got, asked, err := ids(t, test.shelf, test.params)
		require.NoError(t, err, name)
		assert.Equal(t, numbers(test.from, test.shelf.n), got, name)
		assert.Equal(t, test.asked, asked, name)
	}
}

func TestConversationsAll_RepeatedPageIsAnError(t *testing.T) {
	for name, s := range map[string]shelf{
		"same items":    {n: 9, ignore: true, total: counted(9)},
		"without total": {n: 9, ignore: true},
		"same offset, fresh": {
			n: 9, total: func(offset int) string { return fmt.Sprintf(`"total":9,"offset":%d`, min(offset, 2)) },
		},
	} {
		got, asked, err := ids(t, s, ListConversationsParams{Limit: 2})
		assert.ErrorIs(t, err, ErrDecode, name)
		assert.ErrorContains(t, err, "siteassist: list conversations: ", name)
		assert.LessOrEqual(t, len(asked), 3, name)
		assert.LessOrEqual(t, len(got), 4, name)
	}
}

// New conversations come first, so the second page may begin as the first one did.
func TestConversationsAll_GrowingListIsNoRepeatedPage(t *testing.T) {
	requests := 0
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		requests++
		reply(200, "application/json",
			fmt.Sprintf(`{"total":%d,"limit":2,"offset":%d,"data":[{"id":"%d"},{"id":"%d"}]}`,
				4+requests, offset, offset-2*(requests-1), offset-2*(requests-1)+1))(w, r)
	})
	var got []string
	for c, err := range client.Conversations.All(t.Context(), ListConversationsParams{Limit: 2}) {
		require.NoError(t, err)
		if got = append(got, c.ID); len(got) == 6 {
			break
		}
	}
	assert.Equal(t, []string{"0", "1", "0", "1", "0", "1"}, got)
}

// Pages of one item are told apart by their offset too.
func TestConversationsAll_PagesOfOneItem(t *testing.T) {
	item := func(total, offset int, id string) string {
		return fmt.Sprintf(`{"total":%d,"limit":1,"offset":%d,"data":[{"id":"%s"}]}`, total, offset, id)
	}
	for name, test := range map[string]struct {
		pages []string
		ids   []string
		err   error
	}{
		"a growing list":  {[]string{item(2, 0, "a"), item(3, 1, "a"), item(3, 2, "b")}, []string{"a", "a", "b"}, nil},
		"a repeated page": {[]string{item(3, 0, "a"), item(3, 1, "b"), item(3, 1, "b")}, []string{"a", "b"}, ErrDecode},
		"the first again": {[]string{item(3, 0, "a"), item(3, 0, "a")}, []string{"a"}, ErrDecode},
	} {
		client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
			reply(200, "application/json", test.pages[offset])(w, r)
		})
		var got []string
		var err error
		for c, e := range client.Conversations.All(t.Context(), ListConversationsParams{Limit: 1}) {
			if err = e; e == nil {
				got = append(got, c.ID)
			}
		}
		assert.ErrorIs(t, err, test.err, name)
		assert.Equal(t, test.ids, got, name)
	}
}

// A page with fewer items than the server's limit is followed by that behind the limit.
func TestConversationsAll_TheNextPageIsThatBehindTheLimit(t *testing.T) {
	client, server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body := `{"total":3,"limit":2,"offset":0,"data":[{"id":"a"}]}`
		if r.URL.Query().Get("offset") == "2" {
			body = `{"total":3,"limit":2,"offset":2,"data":[{"id":"c"}]}`
		}
		reply(200, "application/json", body)(w, r)
	})
	var got []string
	for c, err := range client.Conversations.All(t.Context(), ListConversationsParams{Limit: 2}) {
		require.NoError(t, err)
		got = append(got, c.ID)
	}
	assert.Equal(t, []string{"a", "c"}, got)
	assert.Len(t, server.Requests(), 2)
}

func TestAll_ErrorOnceAndBreak(t *testing.T) {
	got, asked, err := ids(t, shelf{n: 9, total: counted(9), failsFrom: 4}, ListConversationsParams{Limit: 2})
	assert.ErrorIs(t, err, ErrForbidden)
	assert.Equal(t, numbers(0, 4), got)
	assert.Len(t, asked, 3)

	client, server := serve(t, shelf{n: 9, total: counted(9)}.ServeHTTP)
	all := client.Conversations.All(t.Context(), ListConversationsParams{Limit: 2})
	assert.Empty(t, server.Requests(), "asked before the first item was needed")
	for c := range all {
		if c.ID == "1" {
			break
		}
	}
	assert.Len(t, server.Requests(), 1, "asked for more after the break")
}

func TestMessagesAll_ShorterPageIsTheLast(t *testing.T) {
	client, server := serve(t, shelf{n: 5, fallback: 1000}.ServeHTTP)
	var got []string
	for m, err := range client.Messages.All(t.Context(), "c1", ListMessagesParams{Limit: 2, Offset: 1}) {
		require.NoError(t, err)
		got = append(got, m.ID)
	}
	assert.Equal(t, numbers(1, 5), got)
	assert.Equal(t, []string{"1", "3", "5"}, offsets(server))

	for range client.Messages.All(t.Context(), "c1", ListMessagesParams{}) {
	}
	assert.Len(t, server.Requests(), 4, "without a limit there is one page")
}

func TestAllQnAs(t *testing.T) {
	client, server := serve(t, shelf{n: 12, total: counted(12), fallback: 10}.ServeHTTP)
	var got []string
	for q, err := range client.Projects.AllQnAs(t.Context(), "p1", QnAParams{Query: "x"}) {
		require.NoError(t, err)
		got = append(got, q.ID)
	}
	assert.Equal(t, numbers(0, 12), got)
	assert.Equal(t, "x", server.Requests()[1].Query.Get("query"))
	for _, err := range client.Projects.AllQnAs(t.Context(), "p1", QnAParams{Offset: -1}) {
		assert.ErrorIs(t, err, ErrInvalidArgument)
	}
}

func TestLists_TolerateOtherForms(t *testing.T) {
	item := `{"id":"c1","lastInterationAt":"2024-01-15T10:31:00Z"}`
	for _, body := range []string{
		`[` + item + `]`, item, `{"data":[null,` + item + `]}`, `{"data":` + `[` + item + `],"total":1,"limit":10}`,
	} {
		p := get(t, body, func(c *Client) (*Page[Conversation], error) {
			return c.Conversations.List(t.Context(), ListConversationsParams{})
		})
		require.Len(t, p.Data, 1, body)
		assert.Equal(t, "c1", p.Data[0].ID)
		assert.False(t, p.Data[0].LastInteractionAt.IsZero())
		assert.Equal(t, body, string(p.Raw))
	}
}

// A server that goes back by less than a page is noticed at once.
func TestConversationsAll_AnEarlierOffsetIsAnError(t *testing.T) {
	s := shelf{n: 9, total: func(offset int) string { return fmt.Sprintf(`"total":9,"offset":%d`, min(offset, 1)) }}
	_, asked, err := ids(t, s, ListConversationsParams{Limit: 2})
	assert.ErrorIs(t, err, ErrDecode)
	assert.Len(t, asked, 2)
}
