package transport

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// closable notices that its idle connections are closed.
type closable struct {
	http.RoundTripper
	closed atomic.Bool
}

func (c *closable) CloseIdleConnections() { c.closed.Store(true) }

func TestDo_LeavesTheUsersClientAlone(t *testing.T) {
	base, _ := counted(t, status(500))
	pool := &http.Transport{DisableKeepAlives: true}
	user := &http.Client{
		Transport:     &closable{RoundTripper: pool},
		CheckRedirect: func(*http.Request, []*http.Request) error { panic("not asked") },
	}
	before := *user
	require.Error(t, use(t, newTestClient(t, base, func(cfg *Config) { cfg.HTTPClient = user }), get))
	assert.False(t, user.Transport.(*closable).closed.Load(), "CloseIdleConnections was called")
	assert.Equal(t, before.Transport, user.Transport)
	assert.NotNil(t, user.CheckRedirect)
}

func TestSharedPool_IsOneForAllClients(t *testing.T) {
	_, a := attemptClient(nil)
	_, b := attemptClient(nil)
	assert.Same(t, a, b)
	_, own := attemptClient(&http.Client{})
	assert.Same(t, http.DefaultTransport, own)
}

// mutable is a connection whose path can die silently: no byte arrives any more, and writes are swallowed.
type mutable struct {
	net.Conn
	dead   *atomic.Bool
	closed chan struct{}
	once   sync.Once
}

func (m *mutable) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	if m.dead.Load() {
		<-m.closed
		return 0, net.ErrClosed
	}
	return n, err
}

func (m *mutable) Write(p []byte) (int, error) {
	if m.dead.Load() {
		return len(p), nil
	}
	return m.Conn.Write(p)
}

func (m *mutable) Close() error {
	m.once.Do(func() { close(m.closed) })
	return m.Conn.Close()
}

func TestSharedPool_GivesUpASilentHTTP2Connection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := fakeserver.NewMemory()
		protocols := &http.Protocols{}
		protocols.SetUnencryptedHTTP2(true)
		server := &http.Server{
			Protocols: protocols, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, 2, r.ProtoMajor)
				_, _ = io.WriteString(w, `{"id":"1"}`)
			}),
		}
		go func() { _ = server.Serve(memory) }()
		defer server.Close()

		var dials atomic.Int32
		dead := &atomic.Bool{}
		pool := sharedPool().Clone()
		pool.Protocols = protocols
		pool.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := memory.DialContext(ctx, network, address)
			if dials.Add(1) > 1 {
				return conn, err
			}
			return &mutable{Conn: conn, dead: dead, closed: make(chan struct{})}, err
		}
		defer pool.CloseIdleConnections()
		c := newTestClient(t, "http://127.0.0.1", func(cfg *Config) {
			cfg.HTTPClient, cfg.Timeout, cfg.MaxRetries = &http.Client{Transport: pool}, time.Second, -1
		})
		require.NoError(t, use(t, c, get))

		dead.Store(true)
		for began := time.Now(); use(t, c, get) != nil; {
			require.Less(t, time.Since(began), 2*pingAfter+2*time.Second, "each call still goes to the dead connection")
		}
		assert.EqualValues(t, 2, dials.Load())
	})
}

// countingJar is the user's Jar.
type countingJar struct{ set, asked atomic.Int32 }

func (j *countingJar) SetCookies(*url.URL, []*http.Cookie) { j.set.Add(1) }

func (j *countingJar) Cookies(*url.URL) []*http.Cookie {
	j.asked.Add(1)
	return []*http.Cookie{{Name: "affinity", Value: "b"}}
}

func TestDo_JarOfTheUsersClientStaysInForce(t *testing.T) {
	base, _ := counted(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		assert.Equal(t, "affinity=b", r.Header.Get("Cookie"))
		http.SetCookie(w, &http.Cookie{Name: "affinity", Value: "b"})
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	jar := &countingJar{}
	c := newTestClient(t, base, func(cfg *Config) { cfg.HTTPClient.Jar = jar })
	require.NoError(t, use(t, c, get))
	assert.EqualValues(t, 1, jar.set.Load())
	assert.EqualValues(t, 1, jar.asked.Load())
}

// Load balancers drop idle connections without a word, and a POST on a dropped one is of unknown delivery.
func TestSharedPool_IdleConnectionsEndAfter30s(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := fakeserver.NewMemory()
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"id":"1"}`)
		})}
		go func() { _ = server.Serve(memory) }()
		defer server.Close()
		var dials atomic.Int32
		pool := sharedPool().Clone()
		pool.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			dials.Add(1)
			return memory.DialContext(ctx, network, address)
		}
		defer pool.CloseIdleConnections()
		c := newTestClient(t, "http://127.0.0.1", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: pool} })
		for _, step := range []struct {
			idle  time.Duration
			dials int32
		}{{0, 1}, {29 * time.Second, 1}, {29 * time.Second, 1}, {31 * time.Second, 2}} {
			time.Sleep(step.idle)
			require.NoError(t, use(t, c, post))
			assert.Equal(t, step.dials, dials.Load(), "after %v without a call", step.idle)
		}
	})
}
