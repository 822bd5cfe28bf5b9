package websocket_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
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
	padding := strings.Repeat("x", 5000) // several writes a frame
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for i := range each {
				assert.NoError(t, c.Send(t.Context(), text(fmt.Sprintf("%d %d %s", sender, i, padding))))
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

func TestRead_UnreadFloodArrivesInOrderOnOneConnection(t *testing.T) {
	const frames = 3000
	sent := make(chan error, 1)
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, n int64) {
		body := strings.Repeat("y", 10_000) // 30 MB in all: more than the sockets hold
		for i := range frames {
			if err := p.Write(ctx, fmt.Appendf(nil, "%d %s", i, body)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
		listen(ctx, p, n)
	})
	var cfg websocket.Config
	cfg.PingInterval, cfg.PongTimeout = 50*time.Millisecond, 50*time.Millisecond // pings go on during the pause
	q := inbox(&cfg)
	dial(t, s, cfg)
	t.Cleanup(func() { q.End(io.EOF) }) // before Close, which waits for the reader
	select {
	case err := <-sent:
		require.FailNow(t, "the server was not held up", "%v", err)
	case <-time.After(2 * time.Second): // the user does not read
	}
	for i := range frames {
		require.True(t, strings.HasPrefix(pop(t, q), fmt.Sprintf("%d ", i)))
	}
	require.NoError(t, get(t, sent))
	assert.EqualValues(t, 1, s.conns.Load())
}

func TestReconnect_NothingTwiceAndOrderKept(t *testing.T) {
	const messages = 40
	var mu sync.Mutex
	var arrived []string
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, _ int64) {
		m, err := p.Read(ctx)
		if err != nil {
			return
		}
		mu.Lock()
		arrived = append(arrived, string(m))
		mu.Unlock()
	})
	reconnects := make(chan error, messages)
	c := dial(t, s, websocket.Config{
		MinBackoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond,
		OnReconnect: func(cause error) { reconnects <- cause },
	})
	for i := range messages {
		require.NoError(t, ignoreUnknown(c.Send(t.Context(), text(fmt.Sprintf("%03d", i)))))
	}
	require.Error(t, get(t, reconnects))
	c.Close()
	mu.Lock()
	defer mu.Unlock()
	assert.NotEmpty(t, arrived)
	for i := 1; i < len(arrived); i++ {
		assert.Less(t, arrived[i-1], arrived[i])
	}
}

func ignoreUnknown(err error) error {
	if errors.Is(err, parley.ErrDeliveryUnknown) {
		return nil
	}
	return err
}

func TestReconnect_AcceptAndDropMakesBackoffGrow(t *testing.T) {
	bubble(t, accepting(func(context.Context, *fakeserver.Peer) {}), func(t *testing.T, cfg websocket.Config, network *pipes) {
		c, err := websocket.Dial(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(6 * time.Second)
		assert.LessOrEqual(t, network.dials.Load(), int64(14))
		assert.Greater(t, network.dials.Load(), int64(1))
		time.Sleep(10 * time.Minute)
		before := network.dials.Load()
		time.Sleep(10 * time.Minute)
		assert.Less(t, network.dials.Load()-before, int64(120), "waits up to 30 s, 15 s on average")
		c.Close()
	})
}

func TestReconnect_HealthResetsTheBackoff(t *testing.T) {
	lives := []time.Duration{0, 0, 0, 0, 0, 0, 0, 31 * time.Second, 31 * time.Second}
	var n atomic.Int64
	h := accepting(func(ctx context.Context, p *fakeserver.Peer) {
		life := time.Hour
		if i := int(n.Add(1)) - 1; i < len(lives) {
			life = lives[i]
		}
		ctx, cancel := context.WithTimeout(ctx, life)
		defer cancel()
		listen(ctx, p, 0)
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, network *pipes) {
		lost := make(chan time.Time, 100)
		cfg.Lost = func(error) { lost <- time.Now() }
		up := make(chan time.Time, 100)
		cfg.OnReconnect = func(error) { up <- time.Now() }
		c, err := websocket.Dial(t.Context(), cfg)
		require.NoError(t, err)
		for _, life := range lives {
			down := <-lost
			back := <-up
			if life > 0 {
				assert.LessOrEqual(t, back.Sub(down), 500*time.Millisecond)
			}
		}
		c.Close()
	})
}

func TestReconnect_ReportedInOrderByOneGoroutineWithoutLock(t *testing.T) {
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, n int64) {
		if n < 6 {
			_ = p.Close(4000+int(n), "again")
			return
		}
		listen(ctx, p, n)
	})
	got := make(chan int, 10)
	ready := make(chan *websocket.Conn, 1)
	var running, overlaps int
	var mu sync.Mutex
	c := dial(t, s, websocket.Config{MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond, OnReconnect: func(cause error) {
		mu.Lock()
		running++
		overlaps += running - 1
		mu.Unlock()
		c := <-ready
		assert.NoError(t, ignoreUnknown(c.Send(context.Background(), text("from the callback"))))
		ready <- c
		var closed *websocket.CloseError
		assert.ErrorAs(t, cause, &closed)
		mu.Lock()
		running--
		mu.Unlock()
		got <- closed.Code
	}})
	ready <- c
	for i := 1; i < 6; i++ {
		assert.Equal(t, 4000+i, get(t, got))
	}
	assert.Zero(t, overlaps)
}

func TestEnd_TerminalCloseCodes(t *testing.T) {
	for _, code := range []int{1008, 4401} {
		s := serve(t, func(_ context.Context, p *fakeserver.Peer, _ int64) {
			_ = p.Close(code, "token s3cret-token\nis refused")
		})
		ended := make(chan error, 1)
		c := dial(t, s, websocket.Config{
			MinBackoff: 1, MaxBackoff: 1, Ended: func(err error) { ended <- err },
			Mask: func(s string) string { return strings.ReplaceAll(s, "s3cret-token", "[redacted]") },
		})
		err := get(t, ended)
		assert.ErrorIs(t, err, parley.ErrUnauthorized)
		assert.EqualError(t, err,
			fmt.Sprintf("the server closed the connection with code %d: token [redacted] is refused", code))
		assert.ErrorIs(t, c.Send(t.Context(), text("x")), parley.ErrUnauthorized)
		assert.EqualValues(t, 1, s.conns.Load())
	}
}

func TestEnd_RefusedHandshakeOnReconnect(t *testing.T) {
	for status, class := range map[int]error{401: parley.ErrUnauthorized, 403: parley.ErrForbidden} {
		s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, n int64) {
			switch n {
			case 1:
				if p, err := fakeserver.Accept(w, r); err == nil {
					p.Drop()
				}
			case 2:
				w.WriteHeader(http.StatusBadGateway) // not terminal
			default:
				w.WriteHeader(status)
			}
		})
		ended := make(chan error, 1)
		dial(t, s, websocket.Config{MinBackoff: 1, MaxBackoff: 1, Ended: func(err error) { ended <- err }})
		assert.ErrorIs(t, get(t, ended), class)
		assert.EqualValues(t, 3, s.conns.Load())
	}
}

func TestEnd_NoReconnect(t *testing.T) {
	s := serve(t, func(_ context.Context, p *fakeserver.Peer, _ int64) { _ = p.Close(1000, "bye") })
	ended := make(chan error, 1)
	lost := make(chan error, 1)
	c := dial(t, s, websocket.Config{
		NoReconnect: true, Ended: func(err error) { ended <- err }, Lost: func(err error) { lost <- err },
	})
	var closed *websocket.CloseError
	require.ErrorAs(t, get(t, lost), &closed)
	assert.Equal(t, 1000, closed.Code)
	assert.NotErrorIs(t, get(t, ended), parley.ErrClosed)
	assert.EqualError(t, c.Send(t.Context(), text("x")), "the server closed the connection with code 1000: bye")
	c.Close()
	assert.ErrorIs(t, c.Send(t.Context(), text("x")), parley.ErrClosed)
}

func TestRead_TooLarge(t *testing.T) {
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, n int64) {
		_ = p.Write(ctx, make([]byte, 1000))
		_ = p.Write(ctx, make([]byte, 1001))
		listen(ctx, p, n)
	})
	ended := make(chan error, 1)
	sizes := make(chan int, 2)
	dial(t, s, websocket.Config{
		NoReconnect: true, ReadLimit: 1000,
		Handle: func(m []byte) { sizes <- len(m) }, Ended: func(err error) { ended <- err },
	})
	err := get(t, ended)
	assert.ErrorIs(t, err, parley.ErrResponseTooLarge)
	assert.EqualError(t, err, "response too large: a message exceeds the limit of 1000 bytes")
	assert.Equal(t, 1000, get(t, sizes))
	assert.Empty(t, sizes)
}

func TestKeepAlive_SilentPeerIsNoticedWithin40s(t *testing.T) {
	h := raw(func(_ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) }) // takes all, says nothing
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		cfg.NoReconnect = true
		ended := make(chan error, 1)
		cfg.Ended = func(err error) { ended <- err }
		begun := time.Now()
		c, err := websocket.Dial(t.Context(), cfg)
		require.NoError(t, err)
		assert.ErrorIs(t, <-ended, websocket.ErrSilent)
		assert.Equal(t, 40*time.Second, time.Since(begun))
		c.Close()
	})
}

func TestKeepAlive_PeerThatTakesNothingIsNoticed(t *testing.T) {
	wait := make(chan struct{})
	h := raw(func(net.Conn, *bufio.Reader) { <-wait })
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		wait = make(chan struct{})
		cfg.NoReconnect = true
		ended := make(chan error, 1)
		cfg.Ended = func(err error) { ended <- err }
		begun := time.Now()
		c, err := websocket.Dial(t.Context(), cfg)
		require.NoError(t, err)
		sent := make(chan error, 1)
		go func() { sent <- c.Send(context.Background(), text("stuck")) }()
		assert.Error(t, <-ended)
		assert.LessOrEqual(t, time.Since(begun), 40*time.Second)
		assert.Error(t, <-sent)
		close(wait)
		c.Close()
	})
}

func TestKeepAlive_OwnPauseIsNoDeath(t *testing.T) {
	h := accepting(func(ctx context.Context, p *fakeserver.Peer) {
		go func() {
			for range 600 {
				if p.Write(ctx, []byte("flood")) != nil {
					return
				}
			}
		}()
		listen(ctx, p, 0)
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, network *pipes) {
		q := inbox(&cfg)
		c, err := websocket.Dial(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(30 * time.Minute) // the user reads nothing, and then slowly
		for range 600 {
			_, err := q.Pop(t.Context())
			require.NoError(t, err)
			time.Sleep(7 * time.Second)
		}
		assert.EqualValues(t, 1, network.dials.Load())
		q.End(parley.ErrClosed)
		c.Close()
	})
}

func TestKeepAlive_IdleConnectionLives(t *testing.T) {
	h := accepting(func(ctx context.Context, p *fakeserver.Peer) { listen(ctx, p, 0) })
	bubble(t, h, func(t *testing.T, cfg websocket.Config, network *pipes) {
		c, err := websocket.Dial(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(24 * time.Hour)
		assert.NoError(t, c.Send(t.Context(), text("still here")))
		assert.EqualValues(t, 1, network.dials.Load())
		c.Close()
	})
}

func TestSend_CtxEndsAStuckWrite(t *testing.T) {
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, n int64) {
		if n == 1 {
			<-ctx.Done() // reads nothing
			return
		}
		listen(ctx, p, n)
	})
	c := dial(t, s, websocket.Config{MinBackoff: 1, MaxBackoff: 1})
	large := make([]byte, 16<<20) // more than the sockets buffer
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	err := c.Send(ctx, websocket.Message{Encode: func(context.Context) ([]byte, error) { return large, nil }})
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NoError(t, c.Send(t.Context(), text("on the next connection")))
	assert.EqualValues(t, 2, s.conns.Load())
}

func TestSend_WaitsForTheConnectionUntilCtxEnds(t *testing.T) {
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
	c := dial(t, s, websocket.Config{Lost: func(err error) { lost <- err }})
	get(t, lost)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := c.Send(ctx, text("x"))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	assert.ErrorIs(t, c.Send(cancelled, text("x")), context.Canceled)
}

func TestSend_EncodeErrorSendsNothing(t *testing.T) {
	s := serve(t, listen)
	c := dial(t, s, websocket.Config{})
	fails := errors.New("no token")
	err := c.Send(t.Context(), websocket.Message{Encode: func(context.Context) ([]byte, error) { return nil, fails }})
	assert.Equal(t, fails, err)
}

func TestDial_CtxEndsTheDialNotTheConnection(t *testing.T) {
	s := serve(t, echo)
	var cfg websocket.Config
	q := inbox(&cfg)
	cfg.URL = s.url
	ctx, cancel := context.WithCancel(t.Context())
	c, err := websocket.Dial(ctx, cfg)
	require.NoError(t, err)
	defer c.Close()
	cancel()
	require.NoError(t, c.Send(t.Context(), text("alive")))
	assert.Equal(t, "alive", pop(t, q))
	_, err = websocket.Dial(ctx, cfg)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestDrops_LeaveNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	s := serve(t, func(context.Context, *fakeserver.Peer, int64) {})
	back := make(chan struct{}, 200)
	c := dial(t, s, websocket.Config{MinBackoff: 1, MaxBackoff: 1, OnReconnect: func(error) { back <- struct{}{} }})
	for range 100 {
		get(t, back)
	}
	c.Close()
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+3 }, patience, time.Millisecond) // the server's
}

func TestBubble_Sanity(t *testing.T) {
	bubble(t, accepting(func(ctx context.Context, p *fakeserver.Peer) { echo(ctx, p, 0) }), func(t *testing.T, cfg websocket.Config, _ *pipes) {
		q := inbox(&cfg)
		c, err := websocket.Dial(t.Context(), cfg)
		require.NoError(t, err)
		require.NoError(t, c.Send(t.Context(), text("hello")))
		m, err := q.Pop(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "hello", m)
		c.Close()
		synctest.Wait()
	})
}
