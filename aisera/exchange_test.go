package aisera_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func modes(t *testing.T, conn *aisera.Conn, m aisera.Message) (got []aisera.Mode, err error) {
	t.Helper()
	for r, err := range conn.Exchange(soon(t), m) {
		if err != nil {
			return got, err
		}
		got = append(got, r.Mode)
	}
	return got, nil
}

func TestExchange_YieldsAllFramesOfItsAnswer(t *testing.T) {
	for _, echo := range []bool{true, false} {
		s := newServer(t)
		s.EchoRequestIDs(echo)
		s.Answer(func(aiseratest.Message) []aiseratest.Reply { return aiseratest.Stream("Hel", "lo") })
		conn := dial(t, s, aisera.DialOptions{})
		for range 2 {
			got, err := modes(t, conn, aisera.Text("x"))
			require.NoError(t, err)
			assert.Equal(t, []aisera.Mode{
				aisera.ModeStatusUpdate, aisera.ModeStreamingInProgress, aisera.ModeStreamingInProgress,
				aisera.ModeStreamingCompleted,
			}, got)
		}
	}
}

func TestExchange_RangedTwiceSendsOnce(t *testing.T) {
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{})
	exchange := conn.Exchange(soon(t), aisera.Text("once"))
	for _, err := range exchange {
		require.NoError(t, err)
	}
	n := 0
	for r, err := range exchange {
		n++
		assert.Nil(t, r)
		assert.ErrorIs(t, err, aisera.ErrInvalidArgument)
	}
	assert.Equal(t, 1, n)
	assert.Len(t, s.Frames(), 1)
}

func TestExchange_IsNotSentBeforeItIsRangedOver(t *testing.T) {
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{})
	_ = conn.Exchange(t.Context(), aisera.Text("never"))
	_, err := conn.Ask(soon(t), aisera.Text("x"))
	require.NoError(t, err)
	assert.Len(t, s.Frames(), 1)
}

// held answers a message once it was released.
type held struct {
	gates map[string]chan struct{}
}

func hold(texts ...string) *held {
	h := &held{gates: map[string]chan struct{}{}}
	for _, text := range texts {
		h.gates[text] = make(chan struct{})
	}
	return h
}

func (h *held) answer(m aiseratest.Message) []aiseratest.Reply {
	if gate := h.gates[m.Text]; gate != nil {
		<-gate
	}
	return []aiseratest.Reply{aiseratest.Say("to " + m.Text)}
}

func (h *held) release(text string) { close(h.gates[text]) }

func TestAsk_LeftByItsCtxGivesItsLateAnswerToReceive(t *testing.T) {
	for _, echo := range []bool{true, false} {
		bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
			s.EchoRequestIDs(echo)
			h := hold("slow")
			s.Answer(h.answer)
			conn := open(t, client, aisera.DialOptions{})
			defer conn.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := conn.Ask(ctx, aisera.Text("slow"))
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
			h.release("slow")
			for i := range 3 {
				text := fmt.Sprint("later ", i)
				r, err := conn.Ask(soon(t), aisera.Text(text))
				require.NoError(t, err)
				assert.Equal(t, "to "+text, r.Text())
			}
			assert.Equal(t, "to slow", receive(t, conn).Text())
		})
	}
}

func TestExchange_BreakGivesTheRestToReceive(t *testing.T) {
	for _, echo := range []bool{true, false} {
		for _, callback := range []bool{true, false} {
			s := newServer(t)
			s.EchoRequestIDs(echo)
			s.Answer(func(m aiseratest.Message) []aiseratest.Reply { return aiseratest.Stream("1", "2", "3", "4") })
			got := make(chan *aisera.Response, 100)
			var opts aisera.DialOptions
			if callback {
				opts.OnUnsolicited = func(r *aisera.Response) { got <- r }
			}
			conn := dial(t, s, opts)
			for r, err := range conn.Exchange(soon(t), aisera.Text("x")) {
				require.NoError(t, err)
				assert.Equal(t, aisera.ModeStatusUpdate, r.Mode)
				break
			}
			answer, err := conn.Ask(soon(t), aisera.Text("y"))
			require.NoError(t, err)
			assert.Equal(t, aisera.ModeStreamingCompleted, answer.Mode)
			for _, want := range []string{"1", "12", "123", "1234", "1234"} {
				var r *aisera.Response
				if callback {
					r = <-got
				} else {
					r = receive(t, conn)
				}
				assert.Equal(t, want, r.Text())
			}
		}
	}
}

func TestAsk_ConcurrentCallsGetTheirOwnAnswers(t *testing.T) {
	for _, echo := range []bool{true, false} {
		s := newServer(t)
		s.EchoRequestIDs(echo)
		conn := dial(t, s, aisera.DialOptions{})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for j := range 20 {
					text := fmt.Sprint(i, " ", j)
					r, err := conn.Ask(soon(t), aisera.Text(text))
					if assert.NoError(t, err) {
						assert.Equal(t, "You said: "+text, r.Text())
					}
				}
			})
		}
		wg.Wait()
	}
}

func TestAsk_SendBeforeItKeepsItsAnswer(t *testing.T) {
	s := newServer(t)
	s.EchoRequestIDs(false)
	conn := dial(t, s, aisera.DialOptions{})
	_, err := conn.Send(t.Context(), aisera.Text("first"))
	require.NoError(t, err)
	r, err := conn.Ask(soon(t), aisera.Text("second"))
	require.NoError(t, err)
	assert.Equal(t, "You said: second", r.Text())
	assert.Equal(t, "You said: first", receive(t, conn).Text())
}

func TestAsk_WhatALiveAgentJustReadsHasNoAnswer(t *testing.T) {
	s := newServer(t)
	s.EchoRequestIDs(false)
	s.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		if m.Text == "to the agent" {
			return nil
		}
		return []aiseratest.Reply{aiseratest.Say("to " + m.Text)}
	})
	conn := dial(t, s, aisera.DialOptions{})
	_, err := conn.Ask(soon(t), aisera.Text("begin"))
	require.NoError(t, err)
	handover := aiseratest.HandOver("Hello, how can I help?")
	s.Push(handover[:len(handover)-1]...)
	for _, want := range handover[:len(handover)-1] {
		r := receive(t, conn)
		assert.Equal(t, want.Mode, r.Mode)
		assert.True(t, r.LiveAgent())
	}
	for range 3 {
		_, err = conn.Send(t.Context(), aisera.Text("to the agent"))
		require.NoError(t, err)
	}
	r, err := conn.Ask(soon(t), aisera.Text("the bot"))
	require.NoError(t, err)
	assert.Equal(t, "to the bot", r.Text())
	s.Push(handover[len(handover)-1])
	assert.Equal(t, aisera.ModeLiveAgentExited, receive(t, conn).Mode)
}

func TestExchange_FramesThatComeOnTheirOwn(t *testing.T) {
	for _, echo := range []bool{true, false} {
		s := newServer(t)
		s.EchoRequestIDs(echo)
		aside := []aisera.Mode{aisera.ModeCampaign, aisera.ModeAskForApproval, aisera.ModeLiveAgentTyping}
		s.Answer(func(aiseratest.Message) []aiseratest.Reply {
			replies := aiseratest.Stream("x")
			for _, mode := range aside {
				replies = append([]aiseratest.Reply{{Mode: mode}}, replies...)
			}
			return replies
		})
		conn := dial(t, s, aisera.DialOptions{})
		got, err := modes(t, conn, aisera.Text("x"))
		if echo { // Campaign has the id in this case, and is final
			require.NoError(t, err)
			assert.Equal(t, []aisera.Mode{aisera.ModeLiveAgentTyping, aisera.ModeAskForApproval}, got)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, aisera.ModeStreamingCompleted, got[len(got)-1])
		assert.Len(t, got, 3)
		for range aside {
			assert.Contains(t, aside, receive(t, conn).Mode)
		}
	}
}

func TestExchange_EchoingServerMayInterruptWithoutID(t *testing.T) {
	s := newServer(t)
	s.EchoRequestIDs(false)
	s.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		answer := aiseratest.Say("mine")
		answer.RequestID = m.RequestID
		if m.RequestID == "" {
			answer.RequestID = "lost"
		}
		return []aiseratest.Reply{aiseratest.Say("late result of a flow"), answer}
	})
	conn := dial(t, s, aisera.DialOptions{MatchByID: true})
	m := aisera.Text("x")
	m.RequestID = "r1"
	r, err := conn.Ask(soon(t), m)
	require.NoError(t, err)
	assert.Equal(t, "mine", r.Text())
	assert.Equal(t, "late result of a flow", receive(t, conn).Text())
}

func TestExchange_LostConnectionYieldsWhatCame(t *testing.T) {
	s := newServer(t)
	s.Answer(func(aiseratest.Message) []aiseratest.Reply { return aiseratest.Stream("a", "b", "c") })
	s.Behave(aiseratest.Behavior{DropAfterReplies: 2})
	conn := dial(t, s, quick)
	got, err := modes(t, conn, aisera.Text("x"))
	assert.Equal(t, []aisera.Mode{aisera.ModeStatusUpdate, aisera.ModeStreamingInProgress}, got)
	assert.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
	s.Behave(aiseratest.Behavior{})
	got, err = modes(t, conn, aisera.Text("y"))
	require.NoError(t, err)
	assert.Len(t, got, 5)
}

func TestAsk_InBandFailure(t *testing.T) {
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{})
	for mode, fails := range map[aisera.Mode]bool{
		aisera.ModeError: true, aisera.ModeExternalSystemError: true, aisera.ModeFormError: false,
	} {
		s.Answer(func(aiseratest.Message) []aiseratest.Reply {
			return []aiseratest.Reply{aiseratest.Fault(mode, "ERR-009 - Host Unavailable")}
		})
		r, err := conn.Ask(soon(t), aisera.Text("x"))
		assert.Equal(t, mode, r.Mode)
		assert.ErrorIs(t, r.Err(), aisera.CodeUnknownHost)
		assert.Equal(t, fails, err != nil)
		assert.Equal(t, fails, errors.Is(err, aisera.ErrAnswerFailed))
		assert.Equal(t, fails, errors.Is(r.Err(), aisera.ErrAnswerFailed))
	}
	s.Answer(func(aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{
			{Raw: []byte(`{"code":401,"error":"no ` + aiseratest.Token + `","errors":[{"message":"m","path":"p"}]}`)},
		}
	})
	s.EchoRequestIDs(false)
	other := dial(t, s, aisera.DialOptions{})
	r, err := other.Ask(soon(t), aisera.Text("x"))
	assert.NotNil(t, r)
	assert.EqualError(t, err, "aisera: reply: no [redacted]: p: m")
}

func TestAsk_AnswerThatIsNoReply(t *testing.T) {
	s := newServer(t)
	s.EchoRequestIDs(false)
	s.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		if m.Text == "bad" {
			return []aiseratest.Reply{{Raw: []byte("<html>")}}
		}
		return []aiseratest.Reply{aiseratest.Say(m.Text)}
	})
	conn := dial(t, s, aisera.DialOptions{})
	_, err := conn.Ask(soon(t), aisera.Text("bad"))
	assert.ErrorIs(t, err, aisera.ErrDecode)
	assert.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
	r, err := conn.Ask(soon(t), aisera.Text("good"))
	require.NoError(t, err)
	assert.Equal(t, "good", r.Text())
}

// If the server echoes no ids, the message of an Exchange may be written to the next connection, and is answered there.
func TestAsk_OnTheNextConnection(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		for _, echo := range []bool{true, false} {
			s.EchoRequestIDs(echo)
			conn := open(t, client, aisera.DialOptions{})
			s.CloseConnections(0, "")
			r, err := conn.Ask(soon(t), aisera.Text("x")) // it is written to a connection whose loss is not known yet
			if !unknownOrNil(t, err) {
				r, err = conn.Ask(soon(t), aisera.Text("x"))
			}
			require.NoError(t, err)
			assert.Equal(t, "You said: x", r.Text())
			conn.Close()
		}
	})
}

func TestAsk_PendingRequestIDIsRefused(t *testing.T) {
	s := newServer(t)
	h := hold("slow")
	s.Answer(h.answer)
	conn := dial(t, s, aisera.DialOptions{})
	slow, again := aisera.Text("slow"), aisera.Text("again")
	slow.RequestID, again.RequestID = "REQ123", "REQ123"
	_, err := conn.Send(t.Context(), slow)
	require.NoError(t, err)
	_, err = conn.Ask(t.Context(), again)
	require.ErrorIs(t, err, aisera.ErrInvalidArgument)
	assert.EqualError(t, err,
		`aisera: ask: invalid argument: RequestID "REQ123" is that of a message that was not answered yet`)
	h.release("slow")
	assert.Equal(t, "to slow", receive(t, conn).Text())
	r, err := conn.Ask(soon(t), again)
	require.NoError(t, err)
	assert.Equal(t, "to again", r.Text())
	assert.Len(t, s.Frames(), 2)
}
