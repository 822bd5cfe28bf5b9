package siteassist

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// events writes body as an event stream and then calls then.
func events(body string, then func(*http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, body)
		_ = http.NewResponseController(w).Flush()
		if then != nil {
			then(r)
		}
	}
}

func hang(r *http.Request) { <-r.Context().Done() }

// counting makes the client count its connections.
func counting(dials, open *atomic.Int64) func(*Config) {
	return func(cfg *Config) {
		pool := cfg.HTTPClient.Transport.(*http.Transport)
		pool.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			dials.Add(1)
			open.Add(1)
			return &countedConn{Conn: conn, open: open}, nil
		}
	}
}

type countedConn struct {
	net.Conn
	open   *atomic.Int64
	closed atomic.Bool
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.open.Add(-1)
	}
	return c.Conn.Close()
}

func TestStream_GivesTheConnectionBack(t *testing.T) {
	var dials, open atomic.Int64
	client, _ := serve(t, events(hello, nil), counting(&dials, &open))
	for range 20 {
		text, err := stream(t, client).Text()
		require.NoError(t, err)
		require.Equal(t, helloText, text)
	}
	for chunk, err := range stream(t, client).Chunks() { // leaving the loop at the end counts as the end too
		require.NoError(t, err)
		if _, ok := chunk.(*FinishChunk); ok {
			break
		}
	}
	_, err := stream(t, client).Text()
	require.NoError(t, err)
	assert.EqualValues(t, 1, dials.Load())
}

func TestStream_QueuedGivesTheConnectionBack(t *testing.T) {
	var dials, open atomic.Int64
	client, _ := serve(t, reply(202, "text/plain", "Message sent"), counting(&dials, &open))
	for range 5 {
		require.True(t, stream(t, client).Queued())
	}
	assert.EqualValues(t, 1, dials.Load())
}

func TestStream_AbandonedOnesLeaveNothingBehind(t *testing.T) {
	streams := 1000
	if testing.Short() {
		streams = 200
	}
	first, _, _ := strings.Cut(hello, `data: {"type":"text-end"`)
	var dials, open atomic.Int64
	client, server := serve(t, events(first, hang), counting(&dials, &open))
	before := runtime.NumGoroutine()

	for i := range streams {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel() // deferred, because leaving a stream must work without it
		s, err := client.Messages.Stream(ctx, testID, SendMessageParams{Content: "Hi"})
		require.NoError(t, err)
		abandon(t, s, cancel, i%4)
	}
	require.Len(t, server.Requests(), streams)
	const eventually = 1 // polls from a goroutine of its own
	assert.Eventually(t, func() bool { return open.Load() == 0 && runtime.NumGoroutine() <= before+eventually },
		10*time.Second, time.Millisecond, "connections: %d, goroutines before: %d", open.Load(), before)
}

// abandon leaves a stream in one of the possible ways.
func abandon(t *testing.T, s *Stream, cancel func(), how int) {
	switch how {
	case 0:
		require.NoError(t, s.Close())
	case 1:
		for range s.Chunks() {
			break
		}
	case 2:
		for chunk := range s.Chunks() {
			if _, ok := chunk.(*TextDeltaChunk); ok {
				break
			}
		}
	case 3:
		for _, err := range s.Chunks() {
			if err != nil {
				assert.ErrorIs(t, err, context.Canceled)
			}
			cancel()
		}
	}
}

func TestStream_OpenConnectionOnASocket(t *testing.T) {
	client, _ := serve(t, events(hello, hang))
	start := time.Now()
	text, err := stream(t, client).Text()
	require.NoError(t, err)
	assert.Equal(t, helloText, text)
	assert.Less(t, time.Since(start), 5*time.Second,
		"exactly a second where time is not real: see KeptOpenDelaysNobody")
}

func TestStream_IdleOnASocket(t *testing.T) {
	first, _, _ := strings.Cut(hello, `data: {"type":"text-end"`)
	client, _ := serve(t, events(first, hang), func(c *Config) { c.StreamIdleTimeout = 50 * time.Millisecond })
	text, err := stream(t, client).Text()
	assert.ErrorIs(t, err, ErrTruncated)
	assert.True(t, strings.HasPrefix(helloText, text))
}

func TestStream_HugeEventOnASocket(t *testing.T) {
	var sent atomic.Int64
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"type":"file","url":"`)
		block := bytes.Repeat([]byte("x"), 64<<10)
		for sent.Load() < 200<<20 {
			if _, err := w.Write(block); err != nil {
				return
			}
			sent.Add(int64(len(block)))
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := stream(t, client).Text()
	runtime.ReadMemStats(&after)
	assert.ErrorIs(t, err, ErrResponseTooLarge)
	assert.Less(t, sent.Load(), int64(64<<20), "the server was heard out")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), "allocated in all, the server included")
}

func TestStream_ResetOnASocket(t *testing.T) {
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"type\":\"start\"}\n\n")
		_ = http.NewResponseController(w).Flush()
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	})
	_, err := types(stream(t, client))
	assert.ErrorIs(t, err, ErrTruncated)
	_, ok := errors.AsType[*Error](err)
	assert.True(t, ok)
}

func TestStream_HTTP2(t *testing.T) {
	client, requests := serveHTTP2(t, events(hello, nil))
	for range 3 {
		text, err := stream(t, client).Text()
		require.NoError(t, err)
		assert.Equal(t, helloText, text)
	}
	assert.EqualValues(t, 3, requests.Load())
}

func TestStream_HTTP2AbandonedAndIdle(t *testing.T) {
	first, _, _ := strings.Cut(hello, `data: {"type":"text-end"`)
	client, _ := serveHTTP2(t, events(first, hang), func(c *Config) { c.StreamIdleTimeout = 50 * time.Millisecond })
	for range 20 {
		for range stream(t, client).Chunks() {
			break
		}
	}
	_, err := stream(t, client).Text()
	assert.ErrorIs(t, err, ErrTruncated)
}
