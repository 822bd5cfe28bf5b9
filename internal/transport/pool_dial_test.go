package transport

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSharedPool_SixtyFourSendersOpenFewConnections(t *testing.T) {
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}))
	s.Config.ConnState = countNew(&opened)
	s.Start()
	t.Cleanup(s.Close)
	t.Cleanup(sharedPool().CloseIdleConnections)
	c := newTestClient(t, s.URL, func(cfg *Config) { cfg.HTTPClient = nil })
	var senders sync.WaitGroup
	for range 64 {
		senders.Go(func() {
			for range 30 {
				assert.NoError(t, use(t, c, post))
			}
		})
	}
	senders.Wait()
	assert.LessOrEqual(t, opened.Load(), int32(96))
}
