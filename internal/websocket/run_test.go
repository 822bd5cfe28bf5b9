package websocket_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
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
		require.NoError(t, ignoreUnknown(send(t.Context(), c, []byte(fmt.Sprintf("%03d", i)))))
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
	bubble(t, accepting(func(context.Context, *fakeserver.Peer) {}),
		func(t *testing.T, cfg websocket.Config, network *pipes) {
			c, err := open(t.Context(), cfg)
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
		cfg.OnLost = func(error) { lost <- time.Now() }
		up := make(chan time.Time, 100)
		cfg.OnReconnect = func(error) { up <- time.Now() }
		c, err := open(t.Context(), cfg)
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
	ready := make(chan *websocket.Session, 1)
	var running, overlaps int
	var mu sync.Mutex
	c := dial(t, s, websocket.Config{
		MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond, OnReconnect: func(cause error) {
			mu.Lock()
			running++
			overlaps += running - 1
			mu.Unlock()
			c := <-ready
			assert.NoError(t, ignoreUnknown(send(context.Background(), c, text("from the callback"))))
			ready <- c
			var closed *websocket.CloseError
			assert.ErrorAs(t, cause, &closed)
			mu.Lock()
			running--
			mu.Unlock()
			got <- closed.Code
		},
	})
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
			MinBackoff: 1, MaxBackoff: 1, OnEnd: func(err error) { ended <- err },
			Redact: func(s string) string { return strings.ReplaceAll(s, "s3cret-token", "[redacted]") },
		})
		err := get(t, ended)
		assert.ErrorIs(t, err, parley.ErrUnauthorized)
		assert.EqualError(t, err,
			fmt.Sprintf("the server closed the connection with code %d: token [redacted] is refused", code))
		assert.ErrorIs(t, send(t.Context(), c, text("x")), parley.ErrUnauthorized)
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
		dial(t, s, websocket.Config{MinBackoff: 1, MaxBackoff: 1, OnEnd: func(err error) { ended <- err }})
		assert.ErrorIs(t, get(t, ended), class)
		assert.EqualValues(t, 3, s.conns.Load())
	}
}

func TestEnd_NoReconnect(t *testing.T) {
	s := serve(t, func(_ context.Context, p *fakeserver.Peer, _ int64) { _ = p.Close(1000, "bye") })
	ended := make(chan error, 1)
	lost := make(chan error, 1)
	c := dial(t, s, websocket.Config{
		NoReconnect: true, OnEnd: func(err error) { ended <- err }, OnLost: func(err error) { lost <- err },
	})
	var closed *websocket.CloseError
	require.ErrorAs(t, get(t, lost), &closed)
	assert.Equal(t, 1000, closed.Code)
	assert.NotErrorIs(t, get(t, ended), parley.ErrClosed)
	assert.EqualError(t, send(t.Context(), c, text("x")), "the server closed the connection with code 1000: bye")
	c.Close()
	assert.ErrorIs(t, send(t.Context(), c, text("x")), parley.ErrClosed)
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
	// These are the goroutines of the server.
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+3 }, patience, time.Millisecond)
}

func TestReconnect_ObeysRetryAfter(t *testing.T) {
	var handshakes []time.Time
	h := after(accepting(func(context.Context, *fakeserver.Peer) {}), func(w http.ResponseWriter, _ *http.Request) {
		handshakes = append(handshakes, time.Now())
		w.Header().Set("Retry-After", "20")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(5 * time.Minute)
		c.Close()
		require.Greater(t, len(handshakes), 3)
		for i := 1; i < len(handshakes); i++ {
			wait := handshakes[i].Sub(handshakes[i-1])
			assert.GreaterOrEqual(t, wait, 20*time.Second)
			assert.LessOrEqual(t, wait, 51*time.Second)
		}
	})
}

func TestEnd_IsAWarningInTheLog(t *testing.T) {
	s := serve(t, func(_ context.Context, p *fakeserver.Peer, _ int64) { _ = p.Close(1008, "no") })
	var log bytes.Buffer
	c := dial(t, s, websocket.Config{Name: "test", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	<-c.Done()
	assert.Contains(t, log.String(),
		`level=WARN msg="test: connection ended" cause="the server closed the connection with code 1008: no"`)
}

// A stall is reported once for each time that the reader waits too long for room.
func TestStall_IsReportedOncePerWait(t *testing.T) {
	bubble(t, patient(600), func(t *testing.T, cfg websocket.Config, _ *pipes) {
		const limit = 10 * time.Second
		stalls := make(chan time.Time, 10)
		var s *websocket.Session
		q := inbox(&cfg)
		cfg.StallAfter, cfg.OnStall = limit, func() {
			assert.True(t, s.Stalled())
			stalls <- time.Now()
		}
		s, err := websocket.Dial(t.Context(), cfg)
		require.NoError(t, err)
		assert.False(t, s.Stalled())
		s.Start()
		held := time.Now()
		time.Sleep(limit - 1)
		synctest.Wait()
		assert.False(t, s.Stalled())
		assert.Empty(t, stalls)
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.True(t, s.Stalled())
		assert.Equal(t, held.Add(limit), <-stalls)

		pop(t, q) // there is room, and the reader may not have noticed yet
		assert.False(t, s.Stalled())
		held = time.Now()
		time.Sleep(limit - 1) // it took one message and waits anew
		synctest.Wait()
		assert.False(t, s.Stalled())
		pop(t, q)
		time.Sleep(limit - 1)
		synctest.Wait()
		assert.Empty(t, stalls, "each wait was shorter than the limit")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		assert.True(t, s.Stalled())
		assert.Equal(t, held.Add(2*limit-1), <-stalls)

		pop(t, q)
		time.Sleep(limit / 2)
		synctest.Wait()
		s.Close()
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.Empty(t, stalls, "the session has ended")
		assert.False(t, s.Stalled())
	})
}

// Without OnStall the reader may wait for ever.
func TestStall_OfAReaderThatMayWait(t *testing.T) {
	bubble(t, patient(300), func(t *testing.T, cfg websocket.Config, _ *pipes) {
		inbox(&cfg)
		s, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.False(t, s.Stalled())
		assert.Equal(t, time.Hour, s.Held())
		s.Close()
	})
}

// The wait for room goes on over a reconnect, and so does its time.
func TestStall_CountsOnOverAReconnect(t *testing.T) {
	h := after(raw(func(conn net.Conn, _ *bufio.Reader) {
		_, _ = conn.Write(bytes.Repeat([]byte{0x81, 1, 'x'}, 300))
	}), patient(0))
	bubble(t, h, func(t *testing.T, cfg websocket.Config, network *pipes) {
		inbox(&cfg)
		begun := time.Now()
		stalls := make(chan time.Time, 10)
		cfg.StallAfter, cfg.OnStall = time.Hour, func() { stalls <- time.Now() }
		s, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		assert.EqualValues(t, 2, network.dials.Load())
		assert.Equal(t, begun.Add(time.Hour), <-stalls)
		assert.True(t, s.Stalled())
		assert.Empty(t, stalls)
		s.Close()
	})
}

// The reader does not wait for room on a connection that was cut before the wait began.
func TestRead_DoesNotWaitOnAConnectionThatWasCut(t *testing.T) {
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, n int64) {
		_ = p.Write(ctx, text("x"))
		listen(ctx, p, n)
	})
	var c *websocket.Session
	made := make(chan struct{})
	room := &fullAfter{}
	cfg := websocket.Config{URL: s.url, Buffer: room, OnMessage: func([]byte) {
		<-made
		room.full.Store(true)
		c.Fail(errors.New("enough"))
	}}
	c, err := open(t.Context(), cfg)
	require.NoError(t, err)
	close(made)
	get(t, c.Done())
	assert.EqualError(t, c.Err(), "enough")
	c.Close()
}

// fullAfter is a Buffer that has room until full is set.
type fullAfter struct{ full atomic.Bool }

func (f *fullAfter) HasRoom() bool              { return !f.full.Load() }
func (*fullAfter) WaitRoom(ctx context.Context) { <-ctx.Done() }
