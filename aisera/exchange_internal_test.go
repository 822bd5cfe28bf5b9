package aisera

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/queue"
)

// newState is a connection without a socket.
func newState() *connState {
	s := &connState{client: new(Client), buffer: queue.NewBuffer[*Response](bufferedFrames)}
	s.inbox = s.buffer.NewQueue()
	return s
}

// The loop over an Exchange may be left between two frames, or while one is being routed. The reader here is the real
// one, without a socket, so that the test meets many such moments.
func TestLeave_KeepsTheOrderOfFrames(t *testing.T) {
	const frames = 12
	rounds := 10_000
	if testing.Short() {
		rounds = 1000
	}
	for round := range rounds {
		s := newState()
		x := &exchange{frames: s.buffer.NewQueue()}
		require.NoError(t, s.router.add(&pendingMessage{id: "q", x: x, asked: true}, ""))

		var reader sync.WaitGroup
		reader.Go(func() {
			for n := range frames {
				s.handle(fmt.Appendf(nil, `{"reqId":"q","modeType":"StreamingInProgress","answers":[{"text":"%d"}]}`,
					n))
			}
		})
		var got []string
		for range round % frames {
			r, err := x.frames.Pop(t.Context())
			require.NoError(t, err)
			got = append(got, r.Text())
		}
		s.leave(x)
		reader.Wait()
		for {
			r, ok, _ := s.inbox.TryPop()
			if !ok {
				break
			}
			got = append(got, r.Text())
		}
		var want []string
		for n := range frames {
			want = append(want, fmt.Sprint(n))
		}
		require.Equal(t, want, got, "round %d", round)
		assert.Len(t, s.router.pending, 1, "its late frames are still expected")
		assert.True(t, s.buffer.HasRoom())
	}
}

// However many Exchanges are left unread, no more frames are kept than the buffer allows.
func TestLeave_UnreadFramesCountAgainstTheBuffer(t *testing.T) {
	s := newState()
	kept := 0
	for n := 0; s.buffer.HasRoom(); n++ { // the reader reads only while there is room
		x := &exchange{frames: s.buffer.NewQueue()}
		id := fmt.Sprint(n)
		require.NoError(t, s.router.add(&pendingMessage{id: id, x: x, asked: true}, ""))
		for range 10 {
			if s.buffer.HasRoom() {
				s.handle(fmt.Appendf(nil, `{"reqId":%q,"modeType":"StreamingInProgress"}`, id))
				kept++
			}
		}
		s.leave(x)
	}
	assert.Equal(t, bufferedFrames, kept)
}

// An Ask that leaves at the moment at which its answer comes returns the answer. One whose write failed gives it to
// Receive.
func TestAsk_AnswerThatComesAsItLeavesIsNotDropped(t *testing.T) {
	answer := []byte(`{"reqId":"q","modeType":"Normal"}`)
	part := []byte(`{"reqId":"q","modeType":"StreamingInProgress"}`)
	ask := func(frames ...[]byte) (*connState, *exchange) {
		s, x := newState(), newExchange(nil)
		x.pending.id = "q"
		require.NoError(t, s.router.add(&x.pending, ""))
		for _, frame := range frames {
			s.handle(frame)
		}
		return s, x
	}

	s, x := ask(part, answer)
	r, arrived, err := s.router.conclude(x, context.Canceled)
	require.NoError(t, err)
	assert.Equal(t, ModeNormal, r.Mode)
	assert.EqualValues(t, len(part)+len(answer), arrived.bytes)

	s, x = ask(part)
	_, _, err = s.router.conclude(x, context.Canceled)
	require.ErrorIs(t, err, context.Canceled)
	s.handle(answer)
	r, ok, _ := s.inbox.TryPop()
	require.True(t, ok, "its late answer goes to Receive")
	assert.Equal(t, ModeNormal, r.Mode)
	assert.Empty(t, s.router.pending)

	s, x = ask(part, answer)
	s.router.abandon(x, s.inbox)
	for _, want := range []Mode{ModeStreamingInProgress, ModeNormal} {
		r, ok, _ = s.inbox.TryPop()
		require.True(t, ok)
		assert.Equal(t, want, r.Mode)
	}

	s, x = ask()
	s.router.abandon(x, s.inbox)
	_, ok, _ = s.inbox.TryPop()
	assert.False(t, ok)
	s.router.remove(&x.pending, s.inbox)
	assert.Empty(t, s.router.pending)
}

// inInbox returns the texts of the frames that wait for Receive.
func inInbox(s *connState) (texts []string) {
	for {
		r, ok, _ := s.inbox.TryPop()
		if !ok {
			return texts
		}
		texts = append(texts, r.Text())
	}
}

// Frames may come between the moment when a message was recorded and its write, which then proves not to have happened.
// They belong to no message. The message is written to the next connection, and its answer is still to come.
func TestExchange_FramesBeforeAWriteThatIsRepeatedAreNotItsAnswer(t *testing.T) {
	const part, final = `{"modeType":"StreamingInProgress","answers":[{"text":"%s"}]}`, `{"answers":[{"text":"%s"}]}`
	for name, open := range map[string]func(*connState) *exchange{
		"Ask":  func(*connState) *exchange { return newExchange(nil) },
		"loop": func(s *connState) *exchange { return newExchange(s.buffer.NewQueue()) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newState()
			x := open(s)
			x.pending.id = "q"
			require.NoError(t, s.router.add(&x.pending, ""))
			s.router.stall()
			s.handle(fmt.Appendf(nil, part, "1"))
			s.handle(fmt.Appendf(nil, final, "2"))
			s.takeBack(&x.pending)
			s.router.lost(errLeft)
			assert.Equal(t, []string{"1", "2"}, inInbox(s))
			assert.True(t, s.buffer.HasRoom())

			require.NoError(t, s.router.add(&x.pending, ""))
			assert.Empty(t, x.done)
			s.handle(fmt.Appendf(nil, part, "3"))
			if x.frames == nil {
				s.router.written(x)
				assert.Empty(t, x.done)
			}
			s.handle(fmt.Appendf(nil, final, "4"))
			if x.frames == nil {
				<-x.done
				r, arrived, err := s.router.conclude(x, nil)
				require.NoError(t, err)
				assert.Equal(t, "4", r.Text())
				assert.EqualValues(t, len(part)+len(final)-2, arrived.bytes)
			} else {
				for _, want := range []string{"3", "4"} {
					r, err := x.frames.Pop(t.Context())
					require.NoError(t, err)
					assert.Equal(t, want, r.Text())
				}
			}
			assert.Empty(t, inInbox(s))
			assert.Empty(t, s.router.pending)
			select {
			case <-s.router.shutdown():
			default:
				assert.Fail(t, "Shutdown waits for an exchange that is over")
			}
		})
	}
}

// The early frames of an Ask count against the buffer until its message is known to be written.
func TestAsk_EarlyFramesCountAgainstTheBuffer(t *testing.T) {
	for _, written := range []bool{true, false} {
		s, x := newState(), newExchange(nil)
		x.pending.id = "q"
		require.NoError(t, s.router.add(&x.pending, ""))
		for range bufferedFrames {
			assert.True(t, s.buffer.HasRoom())
			s.handle([]byte(`{"reqId":"q","modeType":"StreamingInProgress"}`))
		}
		assert.False(t, s.buffer.HasRoom())
		if written {
			s.router.written(x)
			assert.True(t, s.buffer.HasRoom())
			assert.Empty(t, inInbox(s))
		} else {
			s.router.abandon(x, s.inbox)
			assert.Len(t, inInbox(s), bufferedFrames)
		}
		s.handle([]byte(`{"reqId":"q","modeType":"StreamingInProgress"}`))
		assert.True(t, s.buffer.HasRoom())
	}
}

// The first end of an Ask counts.
func TestAsk_AnswerAndLossAndStall(t *testing.T) {
	final := &Response{RequestID: "q", Mode: ModeNormal, reply: true}
	ends := map[string]func(*connState){
		"answer": func(s *connState) { s.router.deliver(final, s.inbox, s.buffer) },
		"loss":   func(s *connState) { s.router.lost(parley.ErrClosed) },
		"stall":  func(s *connState) { s.router.stall() },
	}
	for first, end := range ends {
		for _, then := range ends {
			s, x := newState(), newExchange(nil)
			x.pending.id = "q"
			require.NoError(t, s.router.add(&x.pending, ""))
			end(s)
			<-x.done
			if first != "stall" { // after which the answer still counts, if it comes before the caller has gone
				then(s)
			}
			r, _, err := s.router.conclude(x, nil)
			switch first {
			case "answer":
				assert.NoError(t, err)
				assert.Same(t, final, r)
			case "loss":
				assert.ErrorIs(t, err, parley.ErrClosed)
				assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
			case "stall":
				assert.ErrorIs(t, err, errStalled)
				assert.Len(t, s.router.pending, 1, "its answer is still expected")
			}
		}
	}
}
