package aisera_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

// A slow func delays the connection only while it runs. Answers come until 256 frames wait for the func, and they come
// again when it is done.
func TestOnUnsolicited_SlowFuncLeavesNothingBehind(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		conn := open(t, client, aisera.DialOptions{
			OnUnsolicited: func(*aisera.Response) { time.Sleep(11 * time.Second) },
			PingInterval:  -1, // the fake server gives up a client that does not take its pong
		})
		defer conn.Close()
		s.Push(aiseratest.Say("unasked"))
		for range 3 {
			_, err := conn.Ask(soon(t), aisera.Text("x"))
			require.NoError(t, err)
		}
		s.Answer(flood(270))
		_, err := conn.Ask(t.Context(), aisera.Text("y"))
		require.ErrorContains(t, err, "DialOptions.OnUnsolicited")
		time.Sleep(2 * time.Hour)
		s.Answer(nil)
		_, err = conn.Ask(soon(t), aisera.Text("z"))
		require.NoError(t, err)
		assert.Equal(t, 1, s.Connections())
	})
}

func TestOnUnsolicited_MayAskAndSendAndClose(t *testing.T) {
	s := newServer(t)
	results := make(chan string, 1)
	ready := make(chan *aisera.Conn, 1)
	first := true
	conn := dial(t, s, aisera.DialOptions{OnUnsolicited: func(r *aisera.Response) {
		if !first {
			return // the answer to Send
		}
		first = false
		conn := <-ready
		answer, err := conn.Ask(context.Background(), aisera.Text("from within"))
		assert.NoError(t, err)
		_, err = conn.Send(context.Background(), aisera.Text("too"))
		assert.NoError(t, err)
		assert.NoError(t, conn.Close())
		results <- answer.Text()
	}})
	s.Push(aiseratest.Say("surprise"))
	ready <- conn
	select {
	case text := <-results:
		assert.Equal(t, "You said: from within", text)
	case <-time.After(patience):
		assert.Fail(t, "it hangs")
	}
	_, err := conn.Ask(t.Context(), aisera.Text("x"))
	assert.ErrorIs(t, err, aisera.ErrClosed)
}

// While the connection is down, and more frames wait than the reader may read, a func may send without a deadline.
func TestOnUnsolicited_MaySendWhileTheConnectionIsDownAndTheBufferFull(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		var conn *aisera.Conn
		sent := make(chan error, 1)
		calls := 0
		conn = open(t, client, aisera.DialOptions{OnUnsolicited: func(*aisera.Response) {
			if calls++; calls == 1 {
				time.Sleep(time.Minute)
				for s.Connections() < 2 { // the first write may go to a connection that is lost
					_, err := conn.Send(context.Background(), aisera.Text("x"))
					if err == nil && s.Connections() == 2 {
						break
					}
				}
				sent <- nil
			}
		}})
		defer conn.Close()
		go func() {
			var replies []aiseratest.Reply
			for range 300 {
				replies = append(replies, aiseratest.Say("unasked"))
			}
			s.Push(replies...)
		}()
		time.Sleep(time.Second)
		s.CloseConnections(0, "")
		require.NoError(t, <-sent)
		_, err := conn.Ask(soon(t), aisera.Text("y"))
		require.NoError(t, err)
	})
}

func TestOnUnsolicited_PanicIsTheErrorOfThoseWhoWait(t *testing.T) {
	s := newServer(t)
	s.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
	conn := dial(t, s, aisera.DialOptions{OnUnsolicited: func(*aisera.Response) { panic("oops") }, MatchByID: true})
	failed := make(chan error, 1)
	go func() {
		_, err := conn.Ask(context.Background(), aisera.Text("x"))
		failed <- err
	}()
	require.Eventually(t, func() bool { return len(s.Frames()) == 1 }, patience, time.Millisecond)
	s.Push(aiseratest.Say("unasked"))
	err := <-failed
	require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
	assert.ErrorContains(t, err, "aisera: ask: OnUnsolicited panicked: oops")
	_, err = conn.Send(t.Context(), aisera.Text("y"))
	assert.EqualError(t, err, "aisera: send: OnUnsolicited panicked: oops")
	assert.ErrorIs(t, err, aisera.ErrNotSent)
}
