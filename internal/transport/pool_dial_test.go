package transport

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

// A user's test may make the first client of the process in a synctest bubble. The pool then has to serve other tests.
func TestSharedPool_MadeInABubbleServesOutsideOfIt(t *testing.T) {
	var pool *http.Transport
	synctest.Test(t, func(*testing.T) { pool = newSharedPool() })
	defer pool.CloseIdleConnections()
	address, _ := counted(t, status(204))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	require.NoError(t, err)
	response, err := pool.RoundTrip(request)
	require.NoError(t, err)
	assert.Equal(t, 204, response.StatusCode)
	assert.NoError(t, response.Body.Close())
}
