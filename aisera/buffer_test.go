package aisera_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

// flood answers with frames of another conversation, and then with the answer.
func flood(frames int) func(aiseratest.Message) []aiseratest.Reply {
	return func(m aiseratest.Message) []aiseratest.Reply {
		var replies []aiseratest.Reply
		for i := range frames {
			replies = append(replies, aiseratest.Reply{
				Mode: aisera.ModeCampaign, Answers: []string{fmt.Sprint(i)}, RequestID: "other",
			})
		}
		return append(replies, aiseratest.Say("to "+m.Text))
	}
}

func TestAsk_FramesThatNobodyReceivesDoNotHangIt(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		s.Answer(flood(300))
		conn := open(t, client, aisera.DialOptions{})
		defer conn.Close()
		begun := time.Now()
		_, err := conn.Ask(t.Context(), aisera.Text("x"))
		require.ErrorContains(t, err, "DialOptions.OnUnsolicited")
		require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
		assert.Equal(t, 10*time.Second, time.Since(begun))
		_, err = conn.Ask(t.Context(), aisera.Text("y"))
		require.ErrorContains(t, err, "DialOptions.OnUnsolicited")
		require.ErrorIs(t, err, aisera.ErrNotSent)
		require.NotErrorIs(t, err, aisera.ErrDeliveryUnknown)
		for i := range 300 {
			require.Equal(t, fmt.Sprint(i), receive(t, conn).Text(), "nothing is dropped")
		}
		assert.Equal(t, "to x", receive(t, conn).Text())

		taken := 0
		other := open(t, client, aisera.DialOptions{OnUnsolicited: func(*aisera.Response) { taken++ }})
		r, err := other.Ask(soon(t), aisera.Text("x"))
		require.NoError(t, err)
		assert.Equal(t, "to x", r.Text())
		synctest.Wait()
		assert.Equal(t, 300, taken)
		other.Close()
	})
}

// parts answers with many parts.
func parts(n int) func(aiseratest.Message) []aiseratest.Reply {
	return func(aiseratest.Message) []aiseratest.Reply {
		var replies []aiseratest.Reply
		for i := range n {
			replies = append(replies, aiseratest.Reply{
				Mode: aisera.ModeStreamingInProgress, Answers: []string{fmt.Sprint(i)},
			})
		}
		return append(replies, aiseratest.Say("end"))
	}
}

// If a loop over an Exchange is slow, it ends the other Exchanges, whose frames wait behind its own, but not itself.
func TestExchange_SlowLoopEndsOnlyTheOthers(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		s.Answer(parts(600))
		conn := open(t, client, aisera.DialOptions{})
		n := 0
		for r, err := range conn.Exchange(t.Context(), aisera.Text("slow")) {
			require.NoError(t, err)
			if n == 0 {
				begun := time.Now()
				_, err := conn.Ask(t.Context(), aisera.Text("other"))
				require.ErrorContains(t, err, "no frame was read for 10 s")
				require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
				assert.Equal(t, 10*time.Second, time.Since(begun))
				time.Sleep(time.Hour)
			}
			if n < 600 {
				require.Equal(t, fmt.Sprint(n), r.Text())
			}
			n++
		}
		assert.Equal(t, 601, n)
		for range conn.Exchange(t.Context(), aisera.Text("x")) {
			synctest.Wait() // the reader waits for this loop
			begun := time.Now()
			conn.Close()
			assert.Less(t, time.Since(begun), 5*time.Second)
			break
		}
	})
}

func TestExchange_LeftWhileTheReaderWaitsForIt(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		const frames = 400 // more than the Exchange and the reader hold
		s.Answer(parts(frames))
		conn := open(t, client, aisera.DialOptions{})
		defer conn.Close()
		for range conn.Exchange(t.Context(), aisera.Text("x")) {
			synctest.Wait()
			break
		}
		for i := 1; i < frames; i++ {
			require.Equal(t, fmt.Sprint(i), receive(t, conn).Text(), "nothing is lost, and the order is kept")
		}
		assert.Equal(t, "end", receive(t, conn).Text())
	})
}
