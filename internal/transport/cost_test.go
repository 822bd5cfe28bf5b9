package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func countNew(n *atomic.Int32) func(net.Conn, http.ConnState) {
	return func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.Add(1)
		}
	}
}

// handWritten is the floor: the same exchange as use, without the work of the transport.
func handWritten(client *http.Client, url string) error {
	payload, err := json.Marshal(map[string]string{"message": "hello"})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(payload))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "floor")
	req.Header.Set("Agent-Secret-Key", testKey)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body := make([]byte, resp.ContentLength)
	if _, err := io.ReadFull(resp.Body, body); err != nil {
		return err
	}
	return json.Unmarshal(body, new(thing))
}

// costOf returns the allocations of one call of f, and their bytes.
func costOf(t *testing.T, f func() error) (allocs, bytes float64) {
	const runs = 400
	for range 50 {
		require.NoError(t, f())
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		require.NoError(t, f())
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / runs, float64(after.TotalAlloc-before.TotalAlloc) / runs
}

func TestCost_AllocationsAboveAHandWrittenCall(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates too: only the plain run counts")
		return
	}
	respond := roundTripper(func(r *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, r.Body)
		return answer(200, `{"id":"1"}`), nil
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}))
	t.Cleanup(server.Close)
	pool := &http.Transport{}
	t.Cleanup(pool.CloseIdleConnections)
	for _, tt := range []struct {
		name          string
		base          string
		transport     http.RoundTripper
		allocs, bytes float64 // above the hand-written call
	}{
		{"in memory", "http://127.0.0.1/base", respond, 5, 800},
		{"loopback", server.URL + "/base", pool, 9, 1300},
	} {
		client := &http.Client{Transport: tt.transport}
		c := newTestClient(t, tt.base, func(cfg *Config) { cfg.HTTPClient = client })
		allocs, bytes := costOf(t, func() error { return handWritten(client, tt.base+"/things/42") })
		ourAllocs, ourBytes := costOf(t, func() error { return use(t, c, post) })
		t.Logf("%s: by hand %.1f and %.0f B, ours %.1f and %.0f B", tt.name, allocs, bytes, ourAllocs, ourBytes)
		assert.LessOrEqual(t, ourAllocs, allocs+tt.allocs+0.5, tt.name)
		assert.LessOrEqual(t, ourBytes, bytes+tt.bytes, tt.name)
	}
}

// countingConn counts writes.
type countingConn struct {
	net.Conn
	writes *atomic.Int32
}

func (c countingConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

func TestCost_OneWritePerRequest(t *testing.T) {
	var writes atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}))
	t.Cleanup(s.Close)
	var d net.Dialer
	pool := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, addr)
		return countingConn{conn, &writes}, err
	}}
	t.Cleanup(pool.CloseIdleConnections)
	c := newTestClient(t, s.URL, func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: pool} })
	for range 20 {
		require.NoError(t, use(t, c, post))
	}
	assert.EqualValues(t, 20, writes.Load())
}
