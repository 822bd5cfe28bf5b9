package websocket_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/internal/websocket"
)

func TestKeepAlive_SilentPeerIsNoticedWithin40s(t *testing.T) {
	h := raw(func(_ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) }) // it reads all and sends no byte
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		cfg.NoReconnect = true
		ended := make(chan error, 1)
		cfg.OnEnd = func(err error) { ended <- err }
		begun := time.Now()
		c, err := open(t.Context(), cfg)
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
		cfg.OnEnd = func(err error) { ended <- err }
		begun := time.Now()
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		sent := make(chan error, 1)
		go func() { sent <- send(context.Background(), c, text("stuck")) }()
		assert.Error(t, <-ended)
		assert.LessOrEqual(t, time.Since(begun), 40*time.Second)
		assert.Error(t, <-sent)
		close(wait)
		c.Close()
	})
}

func TestKeepAlive_OwnPauseIsNoDeath(t *testing.T) {
	bubble(t, patient(600), func(t *testing.T, cfg websocket.Config, network *pipes) {
		q := inbox(&cfg)
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(30 * time.Minute) // the user does not read, and later reads slowly
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
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(24 * time.Hour)
		assert.NoError(t, send(t.Context(), c, text("still here")))
		assert.EqualValues(t, 1, network.dials.Load())
		c.Close()
	})
}

// countingPings counts pings without answering them, and sends sends once a second.
func countingPings(pings *atomic.Int64, sends []byte) http.HandlerFunc {
	return raw(func(conn net.Conn, r *bufio.Reader) {
		go func() {
			for {
				if _, err := conn.Write(sends); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		for {
			header, _, err := readFrame(r)
			if err != nil {
				return
			}
			if header == 0x89 {
				pings.Add(1)
			}
		}
	})
}

func TestKeepAlive_PeerThatSendsButAnswersNoPingIsGivenUp(t *testing.T) {
	for name, sends := range map[string][]byte{"pings of its own": {0x89, 0}, "messages": {0x81, 1, 'x'}} {
		t.Run(name, func(t *testing.T) {
			pings := new(atomic.Int64)
			bubble(t, countingPings(pings, sends), func(t *testing.T, cfg websocket.Config, _ *pipes) {
				cfg.NoReconnect = true
				begun := time.Now()
				c, err := open(t.Context(), cfg)
				require.NoError(t, err)
				<-c.Done()
				assert.ErrorIs(t, c.Err(), websocket.ErrSilent)
				assert.Equal(t, 70*time.Second, time.Since(begun))
				c.Close()
			})
		})
	}
}

func TestKeepAlive_PingsGoOnWhileTheReaderWaits(t *testing.T) {
	pings := new(atomic.Int64)
	h := countingPings(pings, bytes.Repeat([]byte{0x81, 1, 'x'}, 300))
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		cfg.NoReconnect = true
		q := inbox(&cfg)
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(time.Hour)
		require.NoError(t, c.Err())
		assert.InDelta(t, 120, pings.Load(), 1)
		go func() {
			for { // faster than they come
				if _, err := q.Pop(context.Background()); err != nil {
					return
				}
			}
		}()
		resumed := time.Now()
		<-c.Done()
		assert.ErrorIs(t, c.Err(), websocket.ErrSilent)
		assert.LessOrEqual(t, time.Since(resumed), 80*time.Second, "judged again once the reader reads")
		c.Close()
	})
}

// If a peer dies while the reader waits for room, that is noticed in time once the reader reads again.
func TestKeepAlive_DeathDuringAPauseIsNoticedAfterIt(t *testing.T) {
	h := raw(func(conn net.Conn, r *bufio.Reader) {
		go func() { _, _ = conn.Write(bytes.Repeat([]byte{0x81, 1, 'x'}, 300)) }()
		_, _ = io.Copy(io.Discard, r)
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		cfg.NoReconnect = true
		q := inbox(&cfg)
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(10 * time.Minute)
		require.NoError(t, c.Err())
		for range 300 {
			_, err := q.Pop(t.Context())
			require.NoError(t, err)
		}
		resumed := time.Now()
		<-c.Done()
		assert.ErrorIs(t, c.Err(), websocket.ErrSilent)
		assert.LessOrEqual(t, time.Since(resumed), 40*time.Second)
		c.Close()
	})
}

// A ping that cannot be written ends a connection whose reader waits for room and so cannot notice its end.
func TestKeepAlive_LostConnectionIsNoticedWhileTheReaderWaits(t *testing.T) {
	h := after(raw(func(conn net.Conn, _ *bufio.Reader) {
		_, _ = conn.Write(bytes.Repeat([]byte{0x81, 1, 'x'}, 300))
	}), listening)
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		inbox(&cfg)
		back := make(chan error, 1)
		cfg.OnReconnect = func(cause error) { back <- cause }
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		begun := time.Now()
		cause := <-back
		assert.ErrorContains(t, cause, "ping")
		assert.NotErrorIs(t, cause, websocket.ErrStuck, "the write failed and did not hang")
		assert.LessOrEqual(t, time.Since(begun), 40*time.Second)
		require.NoError(t, send(t.Context(), c, text("although nobody reads")))
		c.Close()
	})
}

// answering answers that many pings of each connection and then no more. It drops the first connections at once.
func answering(pings int, dropped int64) http.HandlerFunc {
	var n atomic.Int64
	return raw(func(conn net.Conn, r *bufio.Reader) {
		if n.Add(1) <= dropped {
			return
		}
		for left := pings; ; {
			header, payload, err := readFrame(r)
			if err != nil {
				return
			}
			if header == 0x89 && left > 0 {
				left--
				_, _ = conn.Write(append([]byte{0x8a, byte(len(payload))}, payload...))
			}
		}
	})
}

func TestKeepAlive_EachPingIsJudgedAlsoAfterAReconnect(t *testing.T) {
	for _, dropped := range []int64{0, 1} {
		bubble(t, answering(3, dropped), func(t *testing.T, cfg websocket.Config, _ *pipes) {
			silent := make(chan time.Time, 10)
			cfg.OnLost = func(cause error) {
				if errors.Is(cause, websocket.ErrSilent) {
					silent <- time.Now()
				}
			}
			born := time.Now()
			up := make(chan time.Time, 10)
			cfg.OnReconnect = func(error) { up <- time.Now() }
			c, err := open(t.Context(), cfg)
			require.NoError(t, err)
			if dropped > 0 {
				born = <-up
			}
			assert.Equal(t, 4*30*time.Second+10*time.Second, (<-silent).Sub(born), "after %d dropped connections",
				dropped)
			c.Close()
		})
	}
}

// A ping that is answered makes up for one before it that was not.
func TestKeepAlive_APeerThatAnswersEachSecondPingLives(t *testing.T) {
	h := raw(func(conn net.Conn, r *bufio.Reader) {
		for pings := 0; ; {
			header, payload, err := readFrame(r)
			if err != nil {
				return
			}
			if header != 0x89 {
				continue
			}
			frame := []byte{0x81, 1, 'x'} // a byte shows that the peer is there
			if pings++; pings%2 == 0 {
				frame = append([]byte{0x8a, byte(len(payload))}, payload...)
			}
			_, _ = conn.Write(frame)
		}
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		cfg.NoReconnect = true
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(time.Hour)
		assert.NoError(t, c.Err())
		c.Close()
	})
}

// The time for a pong begins when the reader reads again, because no pong could be seen before.
func TestKeepAlive_ThePongHasItsTimeAfterAPause(t *testing.T) {
	h := raw(func(conn net.Conn, r *bufio.Reader) {
		_, _ = conn.Write(bytes.Repeat([]byte{0x81, 1, 'x'}, 256)) // as many as the inbox holds
		for {
			header, payload, err := readFrame(r)
			if err != nil {
				return
			}
			if header == 0x89 {
				time.Sleep(15 * time.Second)
				_, _ = conn.Write(append([]byte{0x8a, byte(len(payload))}, payload...))
			}
		}
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		cfg.NoReconnect = true
		q := inbox(&cfg)
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(38 * time.Second) // the ping was sent after 30
		for range 256 {
			_, err := q.Pop(t.Context())
			require.NoError(t, err)
		}
		time.Sleep(12 * time.Second)
		assert.NoError(t, c.Err())
		c.Close()
	})
}
