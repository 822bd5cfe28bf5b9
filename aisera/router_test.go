package aisera

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/queue"
)

// Not every message of Send is answered, so from a server that echoes no id its claim to the next answer runs out.
func TestRouter_SendWaitsForItsAnswerNoLongerThan30s(t *testing.T) {
	for name, tt := range map[string]struct {
		untilAsk, untilAnswer time.Duration
		sends                 bool // the answer is that of the Send
	}{
		"at once":               {0, 0, true},
		"in time":               {15 * time.Second, 15 * time.Second, true},
		"late for the answer":   {15 * time.Second, 15*time.Second + time.Millisecond, false},
		"late before the Ask":   {30*time.Second + time.Millisecond, 0, false},
		"an Ask waits for ever": {time.Minute, time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var rt router
				ask := new(exchange)
				rt.add(&place{id: "send"})
				time.Sleep(tt.untilAsk)
				rt.add(&place{id: "ask", x: ask})
				time.Sleep(tt.untilAnswer)
				if tt.sends {
					assert.Nil(t, rt.route(&Response{Mode: ModeNormal}))
				}
				assert.Same(t, ask, rt.route(&Response{Mode: ModeNormal}))
				assert.Empty(t, rt.places)
			})
		})
	}
}

// A user who only sends, and never asks, does not fill the memory.
func TestRouter_ForgetsSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rt router
		for range 100 {
			rt.add(&place{id: "send"})
			time.Sleep(time.Second)
		}
		assert.LessOrEqual(t, len(rt.places), 31)
	})
}

// A loop over an Exchange that takes its time ends the others, whose frames wait behind its own, and not itself.
func TestRouter_SlowLoopEndsOnlyTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &session{client: new(Client), ready: make(chan struct{}), inbox: queue.NewQueue[*Response](bufferedFrames)}
		close(s.ready)
		slow := &exchange{frames: queue.NewQueue[*Response](bufferedFrames)}
		other := &exchange{frames: queue.NewQueue[*Response](bufferedFrames)}
		s.router.add(&place{id: "slow", x: slow})
		s.router.add(&place{id: "other", x: other})
		const frames = bufferedFrames + 10
		go func() {
			for n := range frames {
				s.handle(fmt.Appendf(nil, `{"reqId":"slow","modeType":"StreamingInProgress","answers":[{"text":"%d"}]}`, n))
			}
		}()
		begun := time.Now()
		_, err := other.next(t.Context())
		require.ErrorIs(t, err, errStarved)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		assert.Equal(t, patience, time.Since(begun))
		require.ErrorIs(t, s.begin(t.Context(), Text("x"), other), errStarved)

		time.Sleep(time.Hour)
		for n := range frames {
			r, err := slow.next(t.Context())
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(n), r.Text())
		}
		synctest.Wait()
		assert.False(t, s.router.isStarved())
	})
}
