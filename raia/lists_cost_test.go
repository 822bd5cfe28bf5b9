package raia

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	costPages    = 100
	costPageSize = 100
)

// costPage is a page of conversations as the vendor documents them.
func costPage(n int) []byte {
	var items []string
	for i := range costPageSize {
		items = append(items,
			fmt.Sprintf(`{"id":"conversation-%06d","conversationUserId":"5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b",`+
				`"title":"Conversation Title","score":4,"summary":"This is a summary of the conversation.",`+
				`"aiConversationId":"conv_h435hi34h5i43i5sdfdfs","metadata":{"customData":{"key1":"value1",`+
				`"key2":"value2"}},"mode":"ai",`+
				`"user":{"id":"5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b","firstName":"Test","lastName":"User",`+
				`"source":"webchat"},`+
				`"createdAt":"2023-10-01T12:00:00Z","updatedAt":"2023-10-01T12:00:00Z","isAnonymized":false,`+
				`"feedbacks":[]}`,
				(n-1)*costPageSize+i))
	}
	return fmt.Appendf(nil,
		`{"currentPage":%d,"pageSize":100,"totalItems":10000,"totalPages":100,"hasNextPage":%t,"data":[%s]}`,
		n, n < costPages, strings.Join(items, ","))
}

// costSite serves the pages from memory. It calls middle before the 50th page.
func costSite(middle func()) *http.Client {
	var pages [][]byte
	for n := range costPages {
		pages = append(pages, costPage(n+1))
	}
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		n := 1
		if page := r.URL.Query().Get("page"); page != "" {
			n, _ = strconv.Atoi(page)
		}
		if n == costPages/2 && middle != nil {
			middle()
		}
		return &http.Response{
			StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(pages[n-1])),
			ContentLength: int64(len(pages[n-1])), Request: r,
		}, nil
	})}
}

// walkByHand is the floor: one buffer and one page for the whole walk.
func walkByHand(t *testing.T, web *http.Client) (items int) {
	page := &ConversationPage{HasNextPage: true}
	var body []byte
	for n := 1; page.HasNextPage; n++ {
		target := url.URL{
			Scheme: "http", Host: "127.0.0.1", Path: "/conversations", RawQuery: "page=" + strconv.Itoa(n),
		}
		resp, err := web.Do(&http.Request{Method: "GET", URL: &target, Host: target.Host, Header: http.Header{}})
		require.NoError(t, err)
		if size := int(resp.ContentLength); size > cap(body) {
			body = make([]byte, size)
		}
		body = body[:resp.ContentLength]
		_, err = io.ReadFull(resp.Body, body)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(body, page))
		items += len(page.Data)
		for _, one := range page.Data {
			*one = Conversation{}
		}
	}
	return items
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestConversationsAll_MemoryIsThatOfItsItems(t *testing.T) {
	var middle uint64
	web := costSite(func() { middle = liveHeap() })
	c, err := NewClient(Config{AgentKey: agentSecret, BaseURL: "http://127.0.0.1", HTTPClient: web})
	require.NoError(t, err)
	walk := func() (items int) {
		for one, err := range c.Conversations.All(t.Context(), ListConversationsParams{PageSize: costPageSize}) {
			require.NoError(t, err)
			require.NotEmpty(t, one.ID)
			items++
		}
		return items
	}
	require.Equal(t, costPages*costPageSize, walk())
	floor := allocated(func() { require.Equal(t, costPages*costPageSize, walkByHand(t, web)) })
	ours := allocated(func() { walk() })
	base := liveHeap()
	walk()
	t.Logf("by hand %d bytes, ours %d; live in the middle: %d", floor, ours, int64(middle)-int64(base))
	assert.LessOrEqual(t, ours, 4*floor)
	page := len(costPage(1)) + costPageSize*2<<10 // the response, and its decoded items
	assert.LessOrEqual(t, int64(middle)-int64(base), int64(2*page))
}

// TestConversationsAll_ItemsOutliveTheirPage shows that items do not refer to the memory that the pages of a walk
// share.
func TestConversationsAll_ItemsOutliveTheirPage(t *testing.T) {
	c, err := NewClient(Config{AgentKey: agentSecret, BaseURL: "http://127.0.0.1", HTTPClient: costSite(nil)})
	require.NoError(t, err)
	var kept []*Conversation
	for one, err := range c.Conversations.All(t.Context(), ListConversationsParams{}) {
		require.NoError(t, err)
		kept = append(kept, one)
	}
	require.Len(t, kept, costPages*costPageSize)
	for i, one := range kept {
		require.Equal(t, fmt.Sprintf("conversation-%06d", i), one.ID)
		require.Equal(t, "Conversation Title", one.Title)
		require.Equal(t, "value2", one.Metadata.CustomData["key2"])
		require.Equal(t, "2023-10-01T12:00:00Z", one.UpdatedAt.Format(time.RFC3339))
	}
}

// endless is a file of zeros that a caller can seek in.
type endless struct{ at, size int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.at == e.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.size-e.at))
	clear(p[:n])
	e.at += int64(n)
	return n, nil
}

func (e *endless) Seek(offset int64, whence int) (int64, error) {
	e.at = map[int]int64{io.SeekStart: 0, io.SeekCurrent: e.at, io.SeekEnd: e.size}[whence] + offset
	return e.at, nil
}

// uploadSite accepts uploads in memory. If refuse is set, it refuses the first of each call. It calls middle in the
// middle of an upload.
func uploadSite(t *testing.T, size int64, refuse bool, middle func()) *http.Client {
	refused := false
	chunk := make([]byte, 32<<10)
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		assert.Greater(t, r.ContentLength, size)
		read := int64(0)
		for half := false; ; {
			n, err := r.Body.Read(chunk)
			if read += int64(n); read > size/2 && !half && middle != nil {
				half = true
				middle()
			}
			if err != nil {
				break
			}
		}
		_ = r.Body.Close()
		assert.Equal(t, r.ContentLength, read)
		resp := &http.Response{
			StatusCode: 201, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(anID)), ContentLength: 10,
			Request: r,
		}
		if refuse && !refused {
			resp.StatusCode, resp.Header = 429, http.Header{"Retry-After": {"0"}}
		}
		refused = !refused
		return resp, nil
	})}
}

func TestUpload_MemoryOfALargeFileAndOfARetry(t *testing.T) {
	const size = 16 << 20
	upload := func(web *http.Client) func() {
		c, err := NewClient(Config{
			AgentKey: agentSecret, BaseURL: "http://127.0.0.1", HTTPClient: web, MaxRetryWait: 1,
		})
		require.NoError(t, err)
		return func() {
			_, err := c.AgentFiles.Upload(t.Context(),
				UploadFileParams{FileName: "a.pdf", Content: &endless{size: size}})
			require.NoError(t, err)
		}
	}
	var middle uint64
	measured := upload(uploadSite(t, size, false, func() { middle = liveHeap() }))
	measured()
	base := liveHeap()
	measured()
	assert.LessOrEqual(t, int64(middle)-int64(base), int64(128<<10), "live")
	plain, retried := upload(uploadSite(t, size, false, nil)), upload(uploadSite(t, size, true, nil))
	plain()
	retried()
	once, twice := allocated(plain), allocated(retried)
	t.Logf("one attempt %d bytes, two %d", once, twice)
	assert.LessOrEqual(t, twice, once+16<<10)
}
