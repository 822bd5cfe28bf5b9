package siteassist

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestClient_ConcurrentUse runs all operations of one client, and of visitors made from it, at the same time.
func TestClient_ConcurrentUse(t *testing.T) {
	client, server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		streamed := wantsStream(r)
		for _, o := range operations {
			path, _, _ := strings.Cut(o.path, "?")
			if r.Method == o.op.Method && r.URL.Path == basePath+path && streamed == o.stream {
				reply(200, o.contentType(), o.reply)(w, r)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
	})
	visitor, err := client.ForVisitor("device-2")
	require.NoError(t, err)
	var wait sync.WaitGroup
	for range 5 {
		for _, c := range []*Client{client, visitor} {
			for _, o := range operations {
				wait.Go(func() { assert.NoError(t, o.call(t.Context(), c), o.name) })
			}
		}
	}
	wait.Wait()
	assert.Len(t, server.Requests(), 2*5*len(operations)+1, "one session beside the calls")
}

func wantsStream(r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	return strings.Contains(string(body), `"stream":true`)
}

// TestStream_ConcurrentUse reads and closes one stream from many goroutines. One reader gets it, and no goroutine waits
// for ever.
func TestStream_ConcurrentUse(t *testing.T) {
	for range 50 {
		s := stream(t,
			inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return newSilent(hello[:200]) }))
		var wait sync.WaitGroup
		var readers atomic.Int64
		for range 4 {
			wait.Go(func() {
				for _, err := range s.Chunks() {
					if err == nil {
						readers.Add(1)
						assert.False(t, s.Queued())
						_ = s.Close()
						break
					}
					assert.ErrorIs(t, err, ErrClosed)
				}
			})
		}
		wait.Wait()
		assert.LessOrEqual(t, readers.Load(), int64(1))
	}
}
