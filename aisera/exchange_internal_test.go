package aisera

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
	for round := range 10_000 {
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
