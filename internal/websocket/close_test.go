package websocket_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/internal/websocket"
)

func TestClose_DeadPeerIsBounded(t *testing.T) {
	h := raw(func(_ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) })
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		begun := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(c.Close)
		}
		wg.Wait()
		assert.Less(t, time.Since(begun), 5*time.Second)
		c.Close()
	})
}

func TestClose_WriteStuckOnDeadPeerIsBounded(t *testing.T) {
	dead := make(chan struct{})
	h := raw(func(net.Conn, *bufio.Reader) { <-dead })
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		dead = make(chan struct{})
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		sent, waiting := make(chan error, 1), make(chan error, 1)
		go func() { sent <- send(context.Background(), c, text("stuck")) }()
		synctest.Wait()
		go func() { waiting <- send(context.Background(), c, text("behind")) }()
		synctest.Wait()
		begun := time.Now()
		c.Close()
		assert.Less(t, time.Since(begun), 5*time.Second)
		assert.Error(t, <-sent)
		assert.ErrorIs(t, <-waiting, parley.ErrClosed)
		close(dead)
	})
}

func TestClose_AgreedIsQuickAndCleanForThePeer(t *testing.T) {
	ended := make(chan error, 1)
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, _ int64) {
		_, err := p.Read(ctx)
		ended <- err
	})
	c := dial(t, s, websocket.Config{CloseTimeout: time.Hour})
	c.Close()
	assert.ErrorContains(t, get(t, ended), "StatusNormalClosure")
}

func TestClose_NothingIsWrittenAfterItBegan(t *testing.T) {
	t.Parallel()
	frames := make(chan []byte, 1)
	h := raw(func(_ net.Conn, r *bufio.Reader) {
		all, _ := io.ReadAll(r)
		frames <- all
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		cfg.CloseTimeout = 300 * time.Millisecond
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		done := make(chan struct{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for send(t.Context(), c, text("x")) == nil {
				}
				<-done
				assert.ErrorIs(t, send(t.Context(), c, text("x")), parley.ErrClosed)
			})
		}
		require.NoError(t, send(t.Context(), c, text("first")))
		c.Close()
		close(done)
		wg.Wait()
	})
	assertClosesLast(t, get(t, frames))
}

// assertClosesLast verifies that the last frame is the close frame. It reads client frames below 126 bytes.
func assertClosesLast(t *testing.T, frames []byte) {
	t.Helper()
	for len(frames) > 0 {
		size := 2 + 4 + int(frames[1]&0x7f)
		require.LessOrEqual(t, size, len(frames))
		if frames[0]&0xf == 8 {
			assert.Len(t, frames, size, "bytes after the close frame")
			return
		}
		frames = frames[size:]
	}
	assert.Fail(t, "no close frame")
}

func TestSend_NothingFollowsTheAnswerToAPeersCloseFrame(t *testing.T) {
	for range 20 {
		frames := make(chan []byte, 1)
		s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, n int64) {
			raw(func(conn net.Conn, r *bufio.Reader) {
				_, _ = conn.Write([]byte{0x88, 2, 0x03, 0xe8})
				all, _ := io.ReadAll(r)
				frames <- all
			})(w, r)
		})
		ended := make(chan error, 1)
		c := dial(t, s, websocket.Config{NoReconnect: true, OnEnd: func(err error) { ended <- err }})
		for send(t.Context(), c, text("x")) == nil {
		}
		var closed *websocket.CloseError
		require.ErrorAs(t, get(t, ended), &closed, "a write that failed must not hide what the peer said")
		assertClosesLast(t, get(t, frames))
	}
}

func TestClose_FromUserCode(t *testing.T) {
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, n int64) {
		if n == 1 {
			return
		}
		_ = p.Write(ctx, []byte("hello"))
		listen(ctx, p, n)
	})
	ready, done := make(chan *websocket.Session, 2), make(chan struct{}, 2)
	shut := func() {
		c := <-ready
		ready <- c
		c.Close()
		done <- struct{}{}
	}
	cfg := websocket.Config{MinBackoff: 1, MaxBackoff: 1}
	cfg.OnReconnect = func(error) { shut() }
	ready <- dial(t, s, cfg)
	get(t, done)
}

func TestClose_WithAFullBuffer(t *testing.T) {
	h := accepting(func(ctx context.Context, p *fakeserver.Peer) {
		for p.Write(ctx, []byte("flood")) == nil {
		}
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		inbox(&cfg)
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		assert.Equal(t, time.Minute, c.Held())
		begun := time.Now()
		c.Close()
		assert.Less(t, time.Since(begun), 5*time.Second)
	})
}

func TestClose_WhileDisconnected(t *testing.T) {
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, n int64) {
		if n > 1 {
			<-r.Context().Done() // a handshake that hangs
			return
		}
		if p, err := fakeserver.Accept(w, r); err == nil {
			p.Drop()
		}
	})
	lost := make(chan error, 1)
	c := dial(t, s, websocket.Config{MinBackoff: 1, MaxBackoff: 1, OnLost: func(err error) { lost <- err }})
	get(t, lost)
	waiting := make(chan error, 1)
	go func() { waiting <- send(context.Background(), c, text("x")) }()
	require.Eventually(t, func() bool { return s.conns.Load() == 2 }, patience, time.Millisecond)
	c.Close()
	assert.ErrorIs(t, get(t, waiting), parley.ErrClosed)
	<-c.Done()
	assert.ErrorIs(t, c.Err(), parley.ErrClosed)
}

func TestClose_CallsOnReconnectNoMore(t *testing.T) {
	n := 0
	h := raw(func(conn net.Conn, r *bufio.Reader) {
		if n++; n <= 5 {
			return // dropped
		}
		time.Sleep(time.Minute) // it sends no byte and reads no close frame
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		var closing, late atomic.Bool
		cfg.MinBackoff, cfg.MaxBackoff = time.Millisecond, time.Millisecond
		cfg.PingInterval = -1
		cfg.OnReconnect = func(error) {
			late.CompareAndSwap(false, closing.Load())
			time.Sleep(100 * time.Millisecond)
		}
		s, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(50 * time.Millisecond)
		closing.Store(true)
		s.Close()
		assert.False(t, late.Load())
	})
}

// When Close returns, the reader's goroutine has ended and has told OnLost and OnEnd.
func TestClose_WaitsForTheReader(t *testing.T) {
	bubble(t, accepting(func(ctx context.Context, p *fakeserver.Peer) { listen(ctx, p, 0) }),
		func(t *testing.T, cfg websocket.Config, _ *pipes) {
			var lost, ended time.Time
			cfg.OnLost = func(error) { time.Sleep(time.Minute); lost = time.Now() }
			cfg.OnEnd = func(error) { time.Sleep(time.Minute); ended = time.Now() }
			c, err := open(t.Context(), cfg)
			require.NoError(t, err)
			begun := time.Now()
			c.Close()
			assert.Equal(t, time.Minute, lost.Sub(begun))
			assert.Equal(t, 2*time.Minute, ended.Sub(begun))
			select {
			case <-c.Done():
			default:
				assert.Fail(t, "Done is still open")
			}
		})
}

func TestClose_OnLostIsToldThatItWasClosed(t *testing.T) {
	bubble(t, accepting(func(ctx context.Context, p *fakeserver.Peer) { listen(ctx, p, 0) }),
		func(t *testing.T, cfg websocket.Config, _ *pipes) {
			var lost error
			cfg.OnLost = func(cause error) { lost = cause }
			c, err := open(t.Context(), cfg)
			require.NoError(t, err)
			c.Close()
			assert.ErrorIs(t, lost, parley.ErrClosed)
		})
}
