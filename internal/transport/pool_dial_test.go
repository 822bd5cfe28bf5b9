package transport

import (
	"context"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// The least of three bursts counts, because a machine that is busy elsewhere delays dials and calls as it likes.
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
	least := int32(math.MaxInt32)
	for burst := 0; burst < 3 && least > 96; burst++ {
		sharedPool().CloseIdleConnections()
		opened.Store(0)
		var senders sync.WaitGroup
		for range 64 {
			senders.Go(func() {
				for range 30 {
					assert.NoError(t, use(t, c, post))
				}
			})
		}
		senders.Wait()
		least = min(least, opened.Load())
	}
	assert.LessOrEqual(t, least, int32(96))
}

// Callers that come together need a connection each, and callers that come later find them idle. The clock of the
// bubble moves only when all goroutines wait, so a slow machine changes no figure of this test.
func TestSharedPool_FiveHundredAndTwelveCallersKeepTheirConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := fakeserver.NewMemory()
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			time.Sleep(10 * time.Millisecond)
			_, _ = io.WriteString(w, `{"id":"1"}`)
		})}
		go func() { _ = server.Serve(memory) }()
		defer server.Close()
		var made atomic.Int32
		dials := &dialLimiter{slots: newDialSlots(), connect: func(
			ctx context.Context, network, address string,
		) (net.Conn, error) {
			made.Add(1)
			return memory.DialContext(ctx, network, address)
		}}
		pool := newSharedPool()
		pool.DialContext = dials.dial
		defer pool.CloseIdleConnections()
		c := newTestClient(t, "http://127.0.0.1", func(cfg *Config) { cfg.HTTPClient = nil })
		c.settings.transport = pool // in place of the pool of the process
		for range 3 {
			var callers sync.WaitGroup
			for range 512 {
				callers.Go(func() { assert.NoError(t, use(t, c, post)) })
			}
			callers.Wait()
			assert.EqualValues(t, 512, made.Load(), "connections so far")
		}
	})
}

func TestDialLimiter_AHostThatDoesNotRespondDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		dials := &dialLimiter{slots: newDialSlots(), connect: func(
			ctx context.Context, _, address string,
		) (net.Conn, error) {
			if address == "silent.example:443" {
				<-ctx.Done()
			}
			return nil, ctx.Err()
		}}
		var silent sync.WaitGroup
		for range 20 {
			silent.Go(func() { _, _ = dials.dial(ctx, "tcp", "silent.example:443") })
		}
		synctest.Wait()
		began := time.Now()
		_, err := dials.dial(t.Context(), "tcp", "api.example:443")
		require.NoError(t, err)
		assert.Zero(t, time.Since(began))
		stop()
		silent.Wait()
	})
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
