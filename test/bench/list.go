package bench

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	listItems = 10_000
	pageSize  = 100
	listPages = listItems / pageSize
)

func listWork() Work {
	return Work{
		Name: "list", Title: "List 10 000 items in pages of 100", Memory: true, Loopback: true,
		JSONv2:  true,
		Middle:  atPage(listPages / 2),
		Formats: []Format{raiaList(), leanList(), githubList()},
	}
}

// atPage calls f when the request for page n of the next walk arrives, before it is answered.
func atPage(n int64) func(seen *Seen, f func()) {
	return func(seen *Seen, f func()) {
		if f == nil {
			seen.Nth = nil
			return
		}
		begun := seen.Requests.Load()
		seen.Nth = func(request int64) {
			if request == begun+n {
				f()
			}
		}
	}
}

// pages renders a page for every hundred items. page gets the items and whether this is the last page.
func pages(count int, item func(i int) string, page func(n int, items string, last bool) string) [][]byte {
	var bodies [][]byte
	for n := 1; n <= count; n++ {
		items := make([]string, pageSize)
		for i := range items {
			items[i] = item((n-1)*pageSize + i)
		}
		bodies = append(bodies, []byte(page(n, strings.Join(items, ","), n == count)))
	}
	return bodies
}

// after reads the number that follows prefix in a query. It returns -1 if the prefix is missing.
func after(query, prefix string) int {
	rest, found := strings.CutPrefix(query, prefix)
	if !found {
		if _, rest, found = strings.Cut(query, "&"+prefix); !found {
			return -1
		}
	}
	n := 0
	for _, c := range []byte(rest) {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// numbered serves pages by their number. It renders them when a target needs them.
func numbered(render func() [][]byte) func() Site {
	return func() Site {
		bodies := render()
		return func(r *http.Request, _ int64) Answer {
			return Answer{Type: "application/json", Body: bodies[max(after(r.URL.RawQuery, "page="), 1)-1]}
		}
	}
}

// walk is the floor of a list. It uses one buffer and one page for all calls.
func walk[P any](
	p *Target, path string, query func(*P, int) string, last func(*P) bool, count func(*P, *Result), header ...string,
) (Run, error) {
	e, err := newEndpoint(p, http.MethodGet, path, header...)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (r Result, err error) {
		var buf []byte
		page := new(P)
		for n := 1; n == 1 || !last(page); n++ {
			resp, err := e.do(e.request(ctx, query(page, n)))
			if err != nil {
				return r, err
			}
			if buf, err = take(resp, buf, page); err != nil {
				return r, err
			}
			count(page, &r)
		}
		return r, nil
	}, nil
}

// raiaConversation has the members that raia.Conversation decodes and the site sends.
type raiaConversation struct {
	ID                 string         `json:"id"`
	ConversationUserID string         `json:"conversationUserId"`
	Title              string         `json:"title"`
	Score              *float64       `json:"score"`
	Summary            string         `json:"summary"`
	AIConversationID   string         `json:"aiConversationId"`
	Metadata           raiaMetadata   `json:"metadata"`
	AICallID           string         `json:"aiCallId"`
	Mode               string         `json:"mode"`
	StateID            string         `json:"conversationStateId"`
	User               *raiaUser      `json:"user"`
	CreatedAt          time.Time      `json:"createdAt"`
	UpdatedAt          time.Time      `json:"updatedAt"`
	AssignedUser       *raiaUser      `json:"assignedUser"`
	IsAnonymized       bool           `json:"isAnonymized"`
	Feedbacks          []raiaFeedback `json:"feedbacks"`
}

type raiaMetadata struct {
	CustomData map[string]any `json:"customData"`
}

type raiaUser struct {
	ID           string       `json:"id"`
	FirstName    string       `json:"firstName"`
	LastName     string       `json:"lastName"`
	Context      string       `json:"context"`
	Source       string       `json:"source"`
	FKID         string       `json:"fkId"`
	FKUserID     string       `json:"fkUserId"`
	Email        string       `json:"email"`
	PhoneNumber  string       `json:"phoneNumber"`
	Metadata     raiaMetadata `json:"metadata"`
	IsAnonymized bool         `json:"isAnonymized"`
}

type raiaFeedback struct {
	ID       string `json:"id"`
	VoteType string `json:"voteType"`
	Question string `json:"question"`
	Answer   string `json:"answer"`
	Comment  string `json:"comment"`
}

type raiaPage struct {
	CurrentPage     int                `json:"currentPage"`
	PageSize        int                `json:"pageSize"`
	TotalItems      int                `json:"totalItems"`
	TotalPages      int                `json:"totalPages"`
	HasNextPage     bool               `json:"hasNextPage"`
	HasPreviousPage bool               `json:"hasPreviousPage"`
	Data            []raiaConversation `json:"data"`
}

// raiaItem has those members of the vendor's example (OpenAPI document) that every conversation has. It has no feedback
// and is not assigned.
func raiaItem(i int) string {
	return fmt.Sprintf(`{"id":"0f3c9b1e-7a54-4c1d-9a0b-%012d",`+
		`"conversationUserId":"c2a7e4d9-0b36-4f8e-95d1-7e2a4b6c8d10",`+
		`"title":"Password reset","score":4,"summary":"This is a summary of the conversation.",`+
		`"aiConversationId":"conv_%020d",`+
		`"metadata":{"customData":{"key1":"value1","key2":"value2"}},"aiCallId":null,"mode":"ai",`+
		`"conversationStateId":"5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b",`+
		`"user":{"id":"c2a7e4d9-0b36-4f8e-95d1-7e2a4b6c8d10",`+
		`"firstName":"Test","lastName":"User","context":"Support","source":"webchat","fkId":"123456",`+
		`"fkUserId":"123456",`+
		`"email":"test@example.com","phoneNumber":"+1000000000","metadata":{"customData":{"key1":"value1",`+
		`"key2":"value2"}},`+
		`"isAnonymized":false},"createdAt":"2026-05-04T10:20:30.456Z","updatedAt":"2026-05-04T10:25:00.001Z",`+
		`"assignedUser":null,`+
		`"isAnonymized":false,"feedbacks":[]}`, i, i)
}

// pageHead renders the members of page n that come before the items.
func pageHead(n, count int) string {
	return fmt.Sprintf(`{"currentPage":%d,"pageSize":%d,"totalItems":%d,"totalPages":%d,"hasNextPage":%t,`+
		`"hasPreviousPage":%t,`, n, pageSize, count*pageSize, count, n < count, n > 1)
}

// raiaPages renders count pages of items.
func raiaPages(count int, item func(i int) string) [][]byte {
	return pages(count, item, func(n int, items string, _ bool) string {
		return pageHead(n, count) + `"data":[` + items + `]}`
	})
}

func openRaiaWalk(p *Target) (Run, error) {
	return walk(p, "/v1/conversations",
		func(_ *raiaPage, n int) string {
			return "page=" + strconv.Itoa(n) + "&pageSize=" + strconv.Itoa(pageSize)
		},
		func(page *raiaPage) bool { return !page.HasNextPage },
		func(page *raiaPage, r *Result) {
			for i := range page.Data {
				r.add(page.Data[i].Title)
			}
			clear(page.Data)
		}, "Agent-Secret-Key", key)
}

func raiaList() Format {
	return Format{
		Name: "raia", Site: numbered(func() [][]byte { return raiaPages(listPages, raiaItem) }),
		Want:     Result{listItems, listItems * len("Password reset")},
		Floor:    Subject{Name: "floor", Open: openRaiaWalk},
		Subjects: []Subject{parleyList(), retryableList(), restyList()},
	}
}

const commentText = "I see this too, with the newest version."

// githubList is a list whose links are in a header, which the site adds.
func githubList() Format {
	site := func() Site {
		bodies := pages(listPages, func(i int) string { return githubReply(strconv.Itoa(1_000_000+i), commentText) },
			func(_ int, items string, _ bool) string { return "[" + items + "]" })
		return func(r *http.Request, _ int64) Answer {
			n := max(after(r.URL.RawQuery, "page="), 1)
			header := http.Header{}
			if n < listPages {
				header["Link"] = []string{
					`<http://` + r.Host + r.URL.Path + `?page=` + strconv.Itoa(n+1) + `>; rel="next"`,
				}
			}
			return Answer{Type: "application/json", Body: bodies[n-1], Header: header}
		}
	}
	floor := func(p *Target) (Run, error) {
		return walk(p, "/repos/o/r/issues/1/comments",
			func(_ *[]githubComment, n int) string { return "page=" + strconv.Itoa(n) + "&per_page=100" },
			func(page *[]githubComment) bool { return (*page)[pageSize-1].ID == 1_000_000+listItems-1 },
			func(page *[]githubComment, r *Result) {
				for i := range *page {
					r.add((*page)[i].Body)
				}
				clear((*page)[:pageSize-1]) // the last item shows where the list ends
			}, "Authorization", "Bearer "+key)
	}
	return Format{
		Name: "github", Site: site, Want: Result{listItems, listItems * len(commentText)},
		Floor: Subject{Name: "floor", Open: floor}, Subjects: []Subject{goGithubList()},
	}
}
