package siteassist

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// ending is the end of a connection after its last byte.
type ending int

const (
	closes ending = iota
	resets
	fallsSilent
)

// cutConn is the server's end of a connection that ends after a number of bytes from the server.
type cutConn struct {
	net.Conn
	how  ending
	mu   sync.Mutex
	left int
	sent int
}

func (c *cutConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	part := p[:min(len(p), c.left)]
	if len(part) > 0 {
		if n, err := c.Conn.Write(part); err != nil {
			return n, err
		}
	}
	c.left -= len(part)
	c.sent += len(part)
	if c.left > 0 || c.how == fallsSilent {
		return len(p), nil
	}
	if tcp, ok := c.Conn.(*net.TCPConn); ok && c.how == resets {
		_ = tcp.SetLinger(0)
	}
	return len(part), errors.Join(c.Close(), io.ErrClosedPipe)
}

// cutListener wraps each connection in conn.
type cutListener struct {
	net.Listener
	wrap func(net.Conn) net.Conn
}

func (l cutListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.wrap(conn), nil
}

func unencrypted(http2 bool) *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(!http2)
	p.SetUnencryptedHTTP2(http2)
	return p
}

// readCut reads a stream of which the connection carries only so many bytes, headers and framing included. It returns
// the number of bytes in total.
func readCut(
	t *testing.T, network net.Listener, http2 bool, how ending, bytes int, events []string,
) (string, int, error) {
	cut := &cutConn{how: how, left: bytes}
	var arrived atomic.Bool
	server := &http.Server{
		Protocols: unencrypted(http2), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			arrived.Store(true)
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header()["Date"] = nil
			for _, event := range events {
				_, _ = io.WriteString(w, event)
				_ = http.NewResponseController(w).Flush()
			}
		}),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(cutListener{network, func(conn net.Conn) net.Conn { cut.Conn = conn; return cut }})
	}()
	transport := &http.Transport{Protocols: unencrypted(http2)}
	address := network.Addr().String()
	if memory, ok := network.(*fakeserver.Memory); ok {
		transport.DialContext, address = memory.DialContext, "127.0.0.1"
	}
	defer func() {
		_ = server.Close()
		<-served
		transport.CloseIdleConnections()
	}()
	client, err := NewClient(Config{BaseURL: "http://" + address, Token: testToken, MaxRetries: -1,
		HTTPClient: &http.Client{Transport: transport}})
	require.NoError(t, err)
	text := ""
	s, err := client.Messages.Stream(t.Context(), testID, SendMessageParams{Content: "Hi"})
	if err == nil {
		text, err = s.Text()
		if err != nil {
			assert.ErrorIs(t, err, ErrTruncated, "after %d bytes", bytes)
		}
	}
	if err != nil && arrived.Load() {
		assert.ErrorIs(t, err, ErrDeliveryUnknown, "after %d bytes", bytes)
	}
	cut.mu.Lock()
	defer cut.mu.Unlock()
	return text, cut.sent, err
}

// wireStreams are streams as a server flushes them, with the texts that count as whole.
var wireStreams = map[string]struct {
	events []string
	whole  []string
}{
	"one answer": {[]string{
		event(`{"type":"start"}`), event(`{"type":"text-delta","id":"1","delta":"Hel"}`),
		event(`{"type":"text-delta","id":"1","delta":"lo"}`),
		finishEvent, doneEvent,
	}, []string{"Hello"}},
	"two answers, no [DONE]": {[]string{
		event(`{"type":"text-delta","id":"1","delta":"Hello"}`) + finishEvent,
		event(`{"type":"text-delta","id":"2","delta":", you"}`), finishEvent,
	}, []string{"Hello, you", "Hello"}}, // the end may come right after the first finish chunk
}

func everyByte(t *testing.T, name string, listen func() net.Listener, http2 bool, how ending) {
	stream := wireStreams[name]
	text, total, err := readCut(t, listen(), http2, how, 1<<20, stream.events)
	require.NoError(t, err)
	require.Equal(t, stream.whole[0], text)
	wholes := 0
	for bytes := 0; bytes < total; bytes += stride() {
		text, _, err := readCut(t, listen(), http2, how, bytes, stream.events)
		if err == nil {
			wholes++
			require.Contains(t, stream.whole, text, "%s cut after %d of %d bytes", name, bytes, total)
			continue
		}
		require.True(t, strings.HasPrefix(stream.whole[0], text), "%s cut after %d of %d bytes: %q", name, bytes, total,
			text)
	}
	assert.Positive(t, wholes, "the end of the connection behind a finish chunk")
	assert.Less(t, wholes, total/stride()/3)
}

// The connection of a stream closes, or falls silent, after each byte of the response: its status line and headers, its
// framing and its events. With -short a sample of the bytes has to do. Silence takes no real time, because the clock is
// simulated.
func TestStream_ConnectionEndsAfterEachByte(t *testing.T) {
	for name := range wireStreams {
		for _, http2 := range []bool{false, true} {
			for _, how := range []ending{closes, fallsSilent} {
				synctest.Test(t, func(t *testing.T) {
					everyByte(t, name, func() net.Listener { return fakeserver.NewMemory() }, http2, how)
				})
			}
		}
	}
}

// The same as above with a reset, which needs a socket.
func TestStream_ConnectionIsResetAfterEachByte(t *testing.T) {
	t.Parallel()
	for name := range wireStreams {
		for _, http2 := range []bool{false, true} {
			everyByte(t, name, func() net.Listener {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				return l
			}, http2, resets)
		}
	}
}

func TestStream_SilenceBeforeTheHeadersIsBoundedByTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, _, err := readCut(t, fakeserver.NewMemory(), false, fallsSilent, 0, nil)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(start))
	})
}
