package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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

func TestCost_AllocationsAboveAHandWrittenCall(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates too: only the plain run counts")
		return
	}
	memory := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, r.Body)
		return answer(200, `{"id":"1"}`), nil
	})}
	c := newTestClient(t, "http://127.0.0.1/base", func(cfg *Config) { cfg.HTTPClient = memory })
	floor := testing.AllocsPerRun(200,
		func() { require.NoError(t, handWritten(memory, "http://127.0.0.1/base/things/42")) })
	ours := testing.AllocsPerRun(200, func() { require.NoError(t, use(t, c, post)) })
	t.Logf("floor %v, ours %v", floor, ours)
	assert.LessOrEqual(t, ours, floor+16)
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
