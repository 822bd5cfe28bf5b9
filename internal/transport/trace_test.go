package transport

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestDo_ARequestHandedToAConnectionAndThenInterruptedMayBeWritten(t *testing.T) {
	var n atomic.Int32
	handed := roundTripper(func(r *http.Request) (*http.Response, error) {
		n.Add(1)
		hooks := httptrace.ContextClientTrace(r.Context())
		hooks.GetConn("api.example:443")
		hooks.GotConn(httptrace.GotConnInfo{})
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient, cfg.Timeout = &http.Client{Transport: handed}, 5*time.Millisecond
	})
	assert.ErrorIs(t, use(t, c, post), parley.ErrDeliveryUnknown)
	assert.EqualValues(t, 1, n.Load())
}

func TestDo_RoundTripperWithoutHooksProvesNothing(t *testing.T) {
	var n atomic.Int32
	broken := roundTripper(func(*http.Request) (*http.Response, error) { n.Add(1); return nil, io.ErrUnexpectedEOF })
	c := newTestClient(t, "https://api.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: broken} })
	err := use(t, c, post)
	assert.EqualValues(t, 1, n.Swap(0))
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Error(t, use(t, c, get))
	assert.EqualValues(t, 3, n.Load())
}

// helping makes requests of its own with the context of each request that it sends.
type helping struct {
	pool    *http.Transport
	other   string
	helpers int
}

func (h helping) RoundTrip(r *http.Request) (*http.Response, error) {
	for range h.helpers {
		helper, _ := http.NewRequestWithContext(r.Context(), http.MethodPost, h.other, nil)
		resp, err := h.pool.RoundTrip(helper)
		if err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
	}
	return h.pool.RoundTrip(r)
}

func TestTrace_RequestsOfAUsersRoundTripperCountForNothing(t *testing.T) {
	other, helped := counted(t, status(200))
	base, n := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	pool := &http.Transport{}
	t.Cleanup(pool.CloseIdleConnections)
	for _, helpers := range []int{0, 1, 5} {
		with := func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: helping{pool, other, helpers}} }
		for _, op := range []*Operation{get, post} {
			require.NoError(t, use(t, newTestClient(t, base, with), op))
			assert.EqualValues(t, 1, n.Swap(0))
			assert.EqualValues(t, helpers, helped.Swap(0))
		}
		// The helpers were sent, so a refused dial after them proves no loss. Without them it does.
		err := use(t, newTestClient(t, "http://127.0.0.1:1", with), post)
		assert.Equal(t, helpers > 0, errors.Is(err, parley.ErrDeliveryUnknown), "%v", err)
		helped.Store(0)
	}
}

func TestTrace_NeverSent(t *testing.T) {
	for name, tt := range map[string]struct {
		asked, connected               int32
		written, standard, interrupted bool
		want                           bool
	}{
		"no hooks":                        {standard: true},
		"asked":                           {asked: 1, want: true},
		"asked and interrupted":           {asked: 1, interrupted: true, want: true},
		"connected":                       {asked: 1, connected: 1, standard: true, want: true},
		"connected, unknown RoundTripper": {asked: 1, connected: 1},
		"connected and interrupted":       {asked: 1, connected: 1, standard: true, interrupted: true},
		"written":                         {asked: 1, connected: 1, standard: true, written: true},
	} {
		var tr trace
		tr.asked.Store(tt.asked)
		tr.connected.Store(tt.connected)
		tr.written.Store(tt.written)
		tr.standard = tt.standard
		assert.Equal(t, tt.want, tr.neverSent(tt.interrupted), name)
	}
}

func TestHostPortOf(t *testing.T) {
	for raw, want := range map[string]string{
		"https://api.example/x": "api.example:443", "http://api.example": "api.example:80",
		"https://[::1]:7/": "[::1]:7",
	} {
		u, err := url.Parse(raw)
		require.NoError(t, err)
		assert.Equal(t, want, hostPortOf(u))
	}
}

// A firewall has forgotten the idle connections: each resets at its next byte, while new ones work.
func TestTrace_StaleConnectionsFailNoRead(t *testing.T) {
	const idle = 12
	var arrived atomic.Int32
	all := make(chan struct{})
	var stale atomic.Bool
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if arrived.Add(1) == idle {
			close(all)
		}
		<-all
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}))
	s.Listener = &poisoned{s.Listener, &stale}
	s.Start()
	t.Cleanup(s.Close)
	c := newTestClient(t, s.URL, func(cfg *Config) { cfg.MaxRetries = -1 })
	var callers sync.WaitGroup
	for range idle {
		callers.Go(func() { assert.NoError(t, use(t, c, get)) })
	}
	callers.Wait()
	stale.Store(true)
	assert.NoError(t, use(t, c, get))
}

// poisoned resets connections that were made before when they are used.
type poisoned struct {
	net.Listener
	stale *atomic.Bool
}

func (p *poisoned) Accept() (net.Conn, error) {
	conn, err := p.Listener.Accept()
	if err != nil || p.stale.Load() {
		return conn, err
	}
	return &poisonedConn{Conn: conn, stale: p.stale}, nil
}

type poisonedConn struct {
	net.Conn
	stale *atomic.Bool
}

func (p *poisonedConn) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if n > 0 && p.stale.Load() {
		_ = p.Conn.(*net.TCPConn).SetLinger(0)
		_ = p.Close()
		return 0, io.EOF
	}
	return n, err
}
