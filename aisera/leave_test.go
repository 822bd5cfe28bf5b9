package aisera

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/queue"
)

// The loop over an Exchange may be left at any moment between two frames, or in the midst of one. Here the reader is the
// real one, without a socket, so that many such moments are met.
func TestLeave_KeepsTheOrderOfFrames(t *testing.T) {
	const frames = 12
	for round := range 10_000 {
		s := &session{client: new(Client), ready: make(chan struct{}), inbox: queue.NewQueue[*Response](bufferedFrames)}
		close(s.ready)
		x := &exchange{frames: queue.NewQueue[*Response](bufferedFrames)}
		s.router.add(&place{id: "q", x: x})

		var reader sync.WaitGroup
		reader.Go(func() {
			for n := range frames {
				s.handle(fmt.Appendf(nil, `{"reqId":"q","modeType":"StreamingInProgress","answers":[{"text":"%d"}]}`, n))
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
		for s.inbox.Len() > 0 {
			r, _, _ := s.inbox.TryPop()
			got = append(got, r.Text())
		}
		var want []string
		for n := range frames {
			want = append(want, fmt.Sprint(n))
		}
		require.Equal(t, want, got, "round %d", round)
		assert.Len(t, s.router.places, 1, "it keeps its place")
	}
}
