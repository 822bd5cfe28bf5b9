package websocket_test

import (
	"bufio"
	"context"
	"fmt"
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

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/internal/websocket"
)

// A message that is cut when exactly as much of it came as the limit allows was lost with the connection. It was not
// too large.
func TestRead_CutAtTheLimit(t *testing.T) {
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, _ int64) {
		raw(func(conn net.Conn, _ *bufio.Reader) {
			_, _ = conn.Write(append([]byte{0x81, 20}, make([]byte, 10)...))
		})(w, r)
	})
	c := dial(t, s, websocket.Config{NoReconnect: true, ReadLimit: 10})
	get(t, c.Done())
	assert.ErrorContains(t, c.Err(), "connection lost")
	assert.NotErrorIs(t, c.Err(), parley.ErrResponseTooLarge)
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
		OnMessage: func(m []byte) { sizes <- len(m) }, OnEnd: func(err error) { ended <- err },
	})
	err := get(t, ended)
	assert.ErrorIs(t, err, parley.ErrResponseTooLarge)
	assert.EqualError(t, err, "response too large: a message exceeds the limit of 1000 bytes")
	assert.Equal(t, 1000, get(t, sizes))
	assert.Empty(t, sizes)
}

func TestRead_UnreadFloodArrivesInOrderOnOneConnection(t *testing.T) {
	t.Parallel()
	const frames = 3000
	sent := make(chan error, 1)
	s := serve(t, func(ctx context.Context, p *fakeserver.Peer, n int64) {
		body := strings.Repeat("y", 10_000) // 30 MB in total, which is more than the sockets hold
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
	q := inbox(&cfg)
	c := dial(t, s, cfg)
	require.Eventually(t, func() bool { return c.Held() > 0 }, patience, time.Millisecond)
	assert.Empty(t, sent, "the server is held up")
	for i := range frames {
		require.True(t, strings.HasPrefix(pop(t, q), fmt.Sprintf("%d ", i)))
	}
	require.NoError(t, get(t, sent))
	assert.EqualValues(t, 1, s.conns.Load())
}

func TestRead_CutAfterEachByteOfTheFrame(t *testing.T) {
	frame := append([]byte{0x81, 126, 0, 200}, strings.Repeat("x", 200)...)
	for cut := range len(frame) + 1 {
		h := raw(func(conn net.Conn, _ *bufio.Reader) { _, _ = conn.Write(frame[:cut]) })
		bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
			cfg.NoReconnect = true
			messages := 0
			cfg.OnMessage = func([]byte) { messages++ }
			c, err := open(t.Context(), cfg)
			require.NoError(t, err)
			<-c.Done()
			assert.Equal(t, cut == len(frame), messages == 1, "%d bytes", cut)
			assert.ErrorContains(t, c.Err(), "connection lost: ")
			assert.NotErrorIs(t, c.Err(), parley.ErrClosed)
			c.Close()
		})
	}
}

func TestRead_AServersPingWaitsForALongWrite(t *testing.T) {
	for _, fragments := range []bool{false, true} {
		got := make(chan int, 1)
		h := raw(func(conn net.Conn, r *bufio.Reader) {
			if fragments {
				_, _ = conn.Write([]byte{0x01, 1, 'a'})
			}
			_, _ = r.Peek(2) // the client has begun to write
			_, _ = conn.Write([]byte{0x89, 0})
			if fragments {
				_, _ = conn.Write([]byte{0x80, 1, 'b'}) // read after the pong was given up, after 5 s
			} else {
				time.Sleep(8 * time.Second)
			}
			n, _ := io.ReadFull(r, make([]byte, len(large)))
			got <- n
			_, _ = io.Copy(io.Discard, r)
		})
		bubble(t, h, func(t *testing.T, cfg websocket.Config, network *pipes) {
			got = make(chan int, 1)
			messages := make(chan string, 1)
			cfg.OnMessage = func(m []byte) { messages <- string(m) }
			c, err := open(t.Context(), cfg)
			require.NoError(t, err)
			assert.NoError(t, send(t.Context(), c, large))
			assert.Equal(t, len(large), <-got)
			if fragments {
				assert.Equal(t, "ab", <-messages)
			}
			assert.NoError(t, c.Err())
			assert.EqualValues(t, 1, network.dials.Load())
			c.Close()
		})
	}
}

// A close frame that came before a write failed still tells why.
func TestRead_AFailedWriteDoesNotHideTheCloseFrame(t *testing.T) {
	h := raw(func(conn net.Conn, r *bufio.Reader) {
		_, _ = r.Peek(1)
		_, _ = conn.Write([]byte{0x88, 2, 0x11, 0x31}) // 4401
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		assert.ErrorIs(t, send(t.Context(), c, large), parley.ErrDeliveryUnknown)
		<-c.Done()
		assert.ErrorIs(t, c.Err(), parley.ErrUnauthorized)
		c.Close()
	})
}

// A write that makes no progress is noticed after 10 s, whether or not others were written before and however long ago.
func TestSend_StuckAfterOthersIsNoticed(t *testing.T) {
	for _, pause := range []time.Duration{0, 3 * time.Second, 16 * time.Second, time.Hour + time.Second} {
		h := raw(func(conn net.Conn, r *bufio.Reader) {
			for messages := 0; messages < 3; {
				header, payload, err := readFrame(r)
				switch {
				case err != nil:
					return
				case header == 0x89:
					_, _ = conn.Write(append([]byte{0x8a, byte(len(payload))}, payload...))
				default:
					messages++
				}
			}
			time.Sleep(time.Minute)
		})
		bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
			cfg.NoReconnect = true
			lost := make(chan error, 1)
			cfg.OnLost = func(cause error) { lost <- cause }
			s, err := open(t.Context(), cfg)
			require.NoError(t, err)
			for range 2 {
				require.NoError(t, send(t.Context(), s, text("x")))
				time.Sleep(pause)
			}
			require.NoError(t, send(t.Context(), s, text("the last one that is read")))
			time.Sleep(time.Second)
			begun := time.Now()
			assert.Error(t, send(t.Context(), s, text("stuck")), "after pauses of %s", pause)
			require.ErrorIs(t, <-lost, websocket.ErrStuck)
			assert.InDelta(t, stuckAfter.Seconds(), time.Since(begun).Seconds(), 0.1, "after pauses of %s", pause)
			s.Close()
		})
	}
}

// stuckAfter is how long a write may make no progress.
const stuckAfter = 10 * time.Second

// closing reports that it is closed.
type closing struct {
	jammed
	closed chan struct{}
}

func (c closing) Close() error {
	defer func() { c.closed <- struct{}{} }()
	return c.jammed.Close()
}

// A message that was not written is not lost with its connection: the loss is reported only when the sender goes on.
func TestWrite_LossIsReportedAfterTheSenderKnowsThatNothingWasWritten(t *testing.T) {
	h := accepting(func(ctx context.Context, p *fakeserver.Peer) { listen(ctx, p, 0) })
	bubble(t, h, func(t *testing.T, cfg websocket.Config, network *pipes) {
		var broken atomic.Bool
		closed := make(chan struct{}, 10)
		pool := cfg.HTTPClient.Transport.(*http.Transport)
		pool.DialContext = func(ctx context.Context, network_, address string) (net.Conn, error) {
			conn, err := network.dial(ctx, network_, address)
			return closing{jammed{conn, &broken}, closed}, err
		}
		lost := make(chan error, 1)
		cfg.OnLost, cfg.MinBackoff, cfg.CloseTimeout = func(cause error) { lost <- cause }, time.Second, time.Second
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		defer c.Close()
		for _, ctx := range []context.Context{t.Context(), context.Background()} {
			turn, err := c.Acquire(ctx)
			require.NoError(t, err)
			require.NoError(t, turn.Connect(ctx))
			require.True(t, turn.Begin())
			broken.Store(true)
			require.ErrorIs(t, turn.Write(ctx, text("x")), websocket.ErrNotWritten)
			broken.Store(false)
			<-closed         // the reader has noticed
			for range 1000 { // not synctest.Wait, because the reader waits for a lock
				runtime.Gosched()
				require.Empty(t, lost, "the sender may still expect an answer")
			}
			require.NoError(t, turn.Connect(ctx))
			<-lost
			require.True(t, turn.Begin())
			require.NoError(t, turn.Write(ctx, text("x")))
		}
	})
}
