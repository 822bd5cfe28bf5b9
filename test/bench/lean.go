package bench

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// raiaLean is a conversation as a program would declare it whose server sends these members only.
type raiaLean struct {
	ID                 string    `json:"id"`
	ConversationUserID string    `json:"conversationUserId"`
	Title              string    `json:"title"`
	Summary            string    `json:"summary"`
	AIConversationID   string    `json:"aiConversationId"`
	Mode               string    `json:"mode"`
	StateID            string    `json:"conversationStateId"`
	CreatedAt          time.Time `json:"createdAt"`
	UpdatedAt          time.Time `json:"updatedAt"`
	IsAnonymized       bool      `json:"isAnonymized"`
}

type raiaLeanPage struct {
	HasNextPage bool       `json:"hasNextPage"`
	Data        []raiaLean `json:"data"`
}

// raiaLeanItem has no nested object, and about 390 bytes.
func raiaLeanItem(i int) string {
	return fmt.Sprintf(`{"id":"0f3c9b1e-7a54-4c1d-9a0b-%012d",`+
		`"conversationUserId":"c2a7e4d9-0b36-4f8e-95d1-7e2a4b6c8d10","title":"Password reset",`+
		`"summary":"This is a summary.","aiConversationId":"conv_%020d","mode":"ai",`+
		`"conversationStateId":"5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b","createdAt":"2026-05-04T10:20:30.456Z",`+
		`"updatedAt":"2026-05-04T10:25:00.001Z","isAnonymized":false}`, i, i)
}

// openLeanWalk is the floor of a list of lean items.
func openLeanWalk(p *Target) (Run, error) {
	return walk(p, "/v1/conversations",
		func(_ *raiaLeanPage, n int) string {
			return "page=" + strconv.Itoa(n) + "&pageSize=" + strconv.Itoa(pageSize)
		},
		func(page *raiaLeanPage) bool { return !page.HasNextPage },
		func(page *raiaLeanPage, r *Result) {
			for i := range page.Data {
				r.add(page.Data[i].Title)
			}
			clear(page.Data)
		}, "Agent-Secret-Key", key)
}

func leanList() Format {
	return Format{
		Name: "raia, lean items", Site: numbered(func() [][]byte { return raiaPages(listPages, raiaLeanItem) }),
		Want:     Result{listItems, listItems * len("Password reset")},
		Floor:    Subject{Name: "floor", Open: openLeanWalk},
		Subjects: []Subject{parleyList()},
	}
}

// longSite serves a list of count pages from the items of one page, so that a list of any length needs little memory.
// It may serve one call at a time only, because all pages share a buffer.
func longSite(count int, item func(int) string) Site {
	data := pages(1, item, func(_ int, items string, _ bool) string { return `"data":[` + items + `]}` })[0]
	var body []byte
	return func(r *http.Request, _ int64) Answer {
		n := max(after(r.URL.RawQuery, "page="), 1)
		body = append(body[:0], pageHead(n, count)...)
		body = append(body, data...)
		return Answer{Type: "application/json", Body: body}
	}
}
