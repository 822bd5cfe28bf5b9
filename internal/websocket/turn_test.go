package websocket_test

import (
	"bufio"
	"context"
	"fmt"
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

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/internal/websocket"
)

func TestSend_ConcurrentMessagesArriveWholeAndInOrder(t *testing.T) {
	t.Parallel()
	const senders, each = 16, 50
	got := make(chan string, senders*each)
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, _ int64) {
		for {
			m, err := p.Read(ctx)
			if err != nil {
				return
			}
			got <- string(m)
		}
	})
	c := dial(t, s, websocket.Config{})
	padding := strings.Repeat("x", 5000) // several writes for each frame
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for i := range each {
				assert.NoError(t, send(t.Context(), c, []byte(fmt.Sprintf("%d %d %s", sender, i, padding))))
			}
		})
	}
	wg.Wait()
	next := [senders]int{}
	for range senders * each {
		var sender, i int
		var rest string
		_, err := fmt.Sscanf(get(t, got), "%d %d %s", &sender, &i, &rest)
		require.NoError(t, err)
		assert.Equal(t, next[sender], i)
		assert.Equal(t, padding, rest)
		next[sender]++
	}
}

func TestSend_WaitsForTheConnectionUntilCtxEnds(t *testing.T) {
	t.Parallel()
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, n int64) {
		if n > 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if p, err := fakeserver.Accept(w, r); err == nil {
			p.Drop()
		}
	})
	lost := make(chan error, 1)
	c := dial(t, s, websocket.Config{OnLost: func(err error) { lost <- err }})
	get(t, lost)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := send(ctx, c, text("x"))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	assert.ErrorIs(t, send(cancelled, c, text("x")), context.Canceled)
}

// after serves connection n with the nth handler, and all further ones with the last handler.
func after(handlers ...http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		handlers[min(int(n.Add(1)), len(handlers))-1](w, r)
	}
}

// listening reads until the connection ends.
var listening = accepting(func(ctx context.Context, p *fakeserver.Peer) { listen(ctx, p, 0) })

// resting does not read for d, and then reads all.
func resting(d time.Duration) http.HandlerFunc {
	return raw(func(_ net.Conn, r *bufio.Reader) {
		time.Sleep(d)
		_, _ = io.Copy(io.Discard, r)
	})
}

var large = make([]byte, 100_000) // more than the library's buffer

func TestSend_WriteThatMakesNoProgressEndsTheConnection(t *testing.T) {
	bubble(t, after(resting(time.Hour), listening), func(t *testing.T, cfg websocket.Config, network *pipes) {
		cfg.MinBackoff, cfg.MaxBackoff = 1, 1
		causes := make(chan error, 1)
		cfg.OnReconnect = func(cause error) { causes <- cause }
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		err = send(ctx, c, large)
		assert.Equal(t, 500*time.Millisecond, time.Since(begun))
		assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NoError(t, send(t.Context(), c, text("on the next connection")))
		assert.InDelta(t, 10, time.Since(begun).Seconds(), 0.1)
		assert.ErrorIs(t, <-causes, websocket.ErrStuck)
		assert.EqualValues(t, 2, network.dials.Load())
		c.Close()
	})
}

func TestSend_CtxOfOneCallerEndsNoConnection(t *testing.T) {
	got := make(chan int, 2)
	h := accepting(func(ctx context.Context, p *fakeserver.Peer) {
		time.Sleep(8 * time.Second) // the message of the caller that leaves is written in part
		for range 2 {
			m, err := p.Read(ctx)
			if err != nil {
				return
			}
			got <- len(m)
		}
		listen(ctx, p, 0)
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, network *pipes) {
		got = make(chan int, 2)
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		others := make(chan error, 2)
		go func() {
			time.Sleep(time.Millisecond)
			others <- send(ctx, c, text("taken back"))
		}()
		go func() {
			time.Sleep(2 * time.Millisecond)
			others <- send(t.Context(), c, text("behind"))
		}()
		assert.ErrorIs(t, send(ctx, c, large), parley.ErrDeliveryUnknown)
		err = <-others
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown, "it waited for the lock")
		assert.NoError(t, <-others)
		assert.Equal(t, len(large), <-got, "the write goes on")
		assert.Equal(t, len("behind"), <-got)
		assert.EqualValues(t, 1, network.dials.Load())
		c.Close()
	})
}

func TestSend_KeepsTheOrderOfTheCallsWhileTheConnectionIsDown(t *testing.T) {
	const messages = 20
	got := make(chan string, messages)
	h := after(
		accepting(func(context.Context, *fakeserver.Peer) {}),
		accepting(func(ctx context.Context, p *fakeserver.Peer) {
			for {
				m, err := p.Read(ctx)
				if err != nil {
					return
				}
				got <- string(m)
			}
		}),
	)
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		got = make(chan string, messages)
		cfg.MinBackoff, cfg.MaxBackoff = time.Minute, time.Minute
		lost := make(chan error, 1)
		cfg.OnLost = func(cause error) { lost <- cause }
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		<-lost
		var all sync.WaitGroup
		for i := range messages {
			all.Go(func() { assert.NoError(t, send(t.Context(), c, fmt.Appendf(nil, "%02d", i))) })
			synctest.Wait() // it is waiting now
		}
		all.Wait()
		for i := range messages {
			assert.Equal(t, fmt.Sprintf("%02d", i), <-got)
		}
		c.Close()
	})
}

func TestSend_CutAfterEachByteOfTheFrame(t *testing.T) {
	const frame = 2 + 4 + len("message")
	for cut := range frame + 1 {
		h := raw(func(conn net.Conn, _ *bufio.Reader) { _, _ = io.ReadFull(conn, make([]byte, cut)) })
		bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
			cfg.NoReconnect = true
			c, err := open(t.Context(), cfg)
			require.NoError(t, err)
			err = send(t.Context(), c, text("message"))
			switch cut {
			case 0:
				assert.Error(t, err)
				assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
			case frame:
				assert.NoError(t, err)
			default:
				assert.ErrorIs(t, err, parley.ErrDeliveryUnknown, "%d bytes", cut)
			}
			c.Close()
		})
	}
}

func TestTurn_ReleaseSendsNothing(t *testing.T) {
	s := serve(t, echo)
	var cfg websocket.Config
	q := inbox(&cfg)
	c := dial(t, s, cfg)
	turn, err := c.Acquire(t.Context())
	require.NoError(t, err)
	require.NoError(t, turn.Connect(t.Context()))
	require.True(t, turn.Begin())
	turn.Release()
	// The message is written in the goroutine of the caller, whose ctx never ends.
	require.NoError(t, send(context.Background(), c, text("next")))
	assert.Equal(t, "next", pop(t, q))
}

// A call after Close returns ErrClosed, even if its ctx has ended too.
func TestAcquire_AfterCloseSaysSoThoughCtxHasEnded(t *testing.T) {
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, _ int64) { _, _ = p.Read(ctx) })
	c := dial(t, s, websocket.Config{})
	c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 200 {
		turn, err := c.Acquire(ctx)
		if err == nil {
			err = turn.Connect(ctx)
			turn.Release()
		}
		require.ErrorIs(t, err, parley.ErrClosed)
	}
}

// When ctx ends, the count must be that of this message and not of the one before.
func TestSend_CtxThatEndsBeforeTheFirstByteIsNoSuccess(t *testing.T) {
	var stop chan struct{}
	var frames chan string
	h := raw(func(conn net.Conn, r *bufio.Reader) {
		_, p, err := readFrame(r) // the first message is whole; then the peer stops reading
		if err != nil {
			return
		}
		frames <- string(p)
		<-stop
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		stop, frames = make(chan struct{}), make(chan string, 10)
		cfg.NoReconnect = true
		s, err := open(t.Context(), cfg)
		require.NoError(t, err)
		require.NoError(t, send(t.Context(), s, text("one")))
		assert.Equal(t, "one", <-frames)
		ctx, cancel := context.WithCancel(t.Context())
		turn, err := s.Acquire(ctx)
		require.NoError(t, err)
		require.NoError(t, turn.Connect(ctx))
		require.True(t, turn.Begin())
		cancel() // the deadline passes while the frame is made
		assert.ErrorIs(t, turn.Write(ctx, text("two")), parley.ErrDeliveryUnknown,
			"no byte was written, and the write goes on")
		time.Sleep(time.Second)
		close(stop)
		s.Close()
		assert.Empty(t, frames)
	})
}

// jammed is a connection whose writes fail from a moment on without a byte, while its reads see nothing of that.
type jammed struct {
	net.Conn
	broken *atomic.Bool
}

func (j jammed) Write(p []byte) (int, error) {
	if j.broken.Load() {
		return 0, io.ErrClosedPipe
	}
	return j.Conn.Write(p)
}

func TestSend_WhatWasNotWrittenGoesToTheNextConnection(t *testing.T) {
	heard := make(chan string, 10)
	h := accepting(func(ctx context.Context, p *fakeserver.Peer) {
		for {
			message, err := p.Read(ctx)
			if err != nil {
				return
			}
			heard <- string(message)
		}
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, network *pipes) {
		heard = make(chan string, 10)
		var broken atomic.Bool
		pool := cfg.HTTPClient.Transport.(*http.Transport)
		pool.DialContext = func(ctx context.Context, network_, address string) (net.Conn, error) {
			conn, err := network.dial(ctx, network_, address)
			if err == nil && network.dials.Load() == 1 {
				conn = jammed{conn, &broken}
			}
			return conn, err
		}
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		require.NoError(t, send(t.Context(), c, text("one")))
		broken.Store(true)
		require.NoError(t, send(t.Context(), c, text("two")))
		require.NoError(t, send(t.Context(), c, text("three")))
		synctest.Wait()
		assert.EqualValues(t, 2, network.dials.Load())
		c.Close()
		close(heard)
		var all []string
		for message := range heard {
			all = append(all, message)
		}
		assert.Equal(t, []string{"one", "two", "three"}, all)
	})
}

func TestSend_MessagesOfAnyLength(t *testing.T) {
	s := serve(t, echo)
	var cfg websocket.Config
	q := inbox(&cfg)
	c := dial(t, s, cfg)
	for _, length := range []int{0, 1, 125, 126, 127, 4096, 65535, 65536, 65537, 300_000} {
		message := strings.Repeat("x", length)
		require.NoError(t, send(t.Context(), c, text(message)), "%d bytes", length)
		assert.Equal(t, message, pop(t, q), "%d bytes", length)
	}
	require.NoError(t, send(t.Context(), c, text("behind them")))
	assert.Equal(t, "behind them", pop(t, q))
	assert.EqualValues(t, 1, s.conns.Load())
}
