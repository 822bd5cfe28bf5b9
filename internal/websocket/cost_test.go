package websocket_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/websocket"
)

// bare completes a handshake without a library, so that the cost of the server is small.
func bare(t *testing.T, s *server) {
	t.Helper()
	conn, err := net.Dial("tcp", s.url.Host)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	require.NoError(t, err)
	_, err = conn.Read(make([]byte, 1024))
	require.NoError(t, err)
}

// cost measures the goroutines and the memory that remain after n uses of open, divided by n.
func cost(n int, open func()) (goroutines, heap float64) {
	measure := func() (float64, float64) {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(runtime.NumGoroutine()), float64(m.HeapAlloc)
	}
	open()
	g0, h0 := measure()
	for range n {
		open()
	}
	g1, h1 := measure()
	return (g1 - g0) / float64(n), (h1 - h0) / float64(n)
}

func TestIdleConnection_Costs(t *testing.T) {
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, _ int64) {
		raw(func(_ net.Conn, b *bufio.Reader) { _, _ = b.ReadByte() })(w, r)
	})
	serverGoroutines, serverHeap := cost(100, func() { bare(t, s) })
	goroutines, heap := cost(100, func() { dial(t, s, websocket.Config{CloseTimeout: 10 * time.Millisecond}) })
	goroutines, heap = goroutines-serverGoroutines, heap-serverHeap
	t.Logf("an idle connection holds %.1f goroutines and %.0f bytes of heap", goroutines, heap)
	assert.LessOrEqual(t, goroutines, 2.1, "the reader, and one of the library's")
	assert.LessOrEqual(t, heap, float64(13<<10), "the library's buffers and net/http, 11.5 KiB, included")
}

// TestCost_Write shows that a message costs only a goroutine if its ctx can end, because a write that hangs must not
// hold its caller up, and otherwise no memory at all.
func TestCost_Write(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates too: only the plain run counts")
		return
	}
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, _ int64) {
		raw(func(conn net.Conn, _ *bufio.Reader) {
			_, _ = io.CopyBuffer(onlyWriter{}, onlyReader{conn}, make([]byte, 1024))
		})(w, r)
	})
	c := dial(t, s, websocket.Config{CloseTimeout: 10 * time.Millisecond})
	message := text("message")
	for name, tt := range map[string]struct {
		ctx    context.Context
		allocs float64
	}{
		"ctx that never ends": {context.Background(), 0},
		"ctx that can end":    {t.Context(), 1},
	} {
		got := testing.AllocsPerRun(200, func() { require.NoError(t, send(tt.ctx, c, message)) })
		assert.LessOrEqual(t, got, tt.allocs, name)
	}
}

// onlyReader and onlyWriter hide the methods by which io.CopyBuffer would do without its buffer.
type (
	onlyReader struct{ io.Reader }
	onlyWriter struct{}
)

func (onlyWriter) Write(p []byte) (int, error) { return len(p), nil }

func FuzzRead_HostileServer(f *testing.F) {
	f.Add([]byte{0x81, 2, 'h', 'i'})
	f.Add([]byte{0x88, 2, 0x11, 0x31})
	f.Add([]byte{0x88, 1, 0})
	f.Add([]byte{0x89, 125})
	f.Add([]byte{0x81, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x01, 1, 'a', 0x00, 1, 'b', 0x80, 1, 'c', 0xc1, 0})
	f.Fuzz(func(t *testing.T, stream []byte) {
		network := &pipes{accept: make(chan net.Conn), closed: make(chan struct{})}
		srv := &http.Server{Handler: raw(func(conn net.Conn, r *bufio.Reader) {
			go func() { _, _ = r.WriteTo(onlyWriter{}) }()
			_, _ = conn.Write(stream)
		})}
		go func() { _ = srv.Serve(network) }()
		defer func() { close(network.closed); _ = srv.Close() }()
		ended := make(chan error, 1)
		c, err := open(context.Background(), websocket.Config{
			URL: new(serverURL), NoReconnect: true, ReadLimit: 1 << 10, OnEnd: func(err error) { ended <- err },
			HTTPClient: &http.Client{Transport: &http.Transport{DialContext: network.dial, DisableKeepAlives: true}},
			OnMessage:  func(m []byte) { assert.LessOrEqual(t, len(m), 1<<10) },
		})
		require.NoError(t, err)
		assert.Error(t, get(t, ended))
		c.Close()
	})
}
