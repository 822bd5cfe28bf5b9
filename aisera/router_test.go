package aisera

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

var normal = &Response{Mode: ModeNormal, reply: true}

func addTo(t *testing.T, rt *router, id string, x *exchange) *pendingMessage {
	t.Helper()
	p := &pendingMessage{id: id, x: x, asked: x != nil}
	require.NoError(t, rt.add(p, "token"))
	return p
}

// Not every message of Send is answered. If the server echoes no ids, the claim of such a message to the next answer
// expires.
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
				addTo(t, &rt, "send", nil)
				time.Sleep(tt.untilAsk)
				addTo(t, &rt, "ask", ask)
				time.Sleep(tt.untilAnswer)
				if tt.sends {
					assert.Nil(t, rt.route(normal))
				}
				assert.Same(t, ask, rt.route(normal))
				assert.Empty(t, rt.pending)
			})
		})
	}
}

// A user who only sends, or whose questions are never answered, does not fill the memory.
func TestRouter_Forgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rt router
		for n := range 100 {
			addTo(t, &rt, fmt.Sprint("send ", n), nil)
			x := new(exchange)
			addTo(t, &rt, fmt.Sprint("ask ", n), x)
			rt.leave(x)
			time.Sleep(time.Second)
		}
		assert.LessOrEqual(t, len(rt.pending), 62)
	})
}

// If the server echoes no ids, an Exchange that was left takes the answers that come within 30 s.
func TestRouter_LeftExchangeExpires(t *testing.T) {
	for wait, late := range map[time.Duration]bool{30 * time.Second: true, 30*time.Second + 1: false} {
		synctest.Test(t, func(t *testing.T) {
			var rt router
			left, next := new(exchange), new(exchange)
			addTo(t, &rt, "left", left)
			time.Sleep(time.Hour)
			rt.leave(left)
			addTo(t, &rt, "next", next)
			time.Sleep(wait)
			got := rt.route(normal)
			assert.Equal(t, late, got == nil)
		})
	}
}

// A message that is never answered shifts the answers of later ones for 30 s at most, however many Exchanges are left.
func TestRouter_LostAnswerDoesNotShiftAllLaterOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rt router
		lost := new(exchange)
		addTo(t, &rt, "lost", lost)
		rt.leave(lost)
		begun, wrong := time.Now(), 0
		for n := range 20 {
			x := new(exchange)
			addTo(t, &rt, fmt.Sprint(n), x)
			time.Sleep(time.Second)
			if rt.route(normal) != x { // the answer came at once
				wrong++
				assert.LessOrEqual(t, time.Since(begun), 31*time.Second)
			}
			time.Sleep(4 * time.Second)
			rt.leave(x)
		}
		assert.Positive(t, wrong)
		assert.Empty(t, rt.pending)
	})
}

func TestRouter_PendingIDIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rt router
		x := new(exchange)
		addTo(t, &rt, "a", x)
		err := rt.add(&pendingMessage{id: "a"}, "")
		assert.ErrorIs(t, err, parley.ErrInvalidArgument)
		assert.ErrorContains(t, err, `RequestID "a"`)
		assert.Same(t, x, rt.route(&Response{RequestID: "a"}))
		addTo(t, &rt, "a", x) // it was answered
		rt.leave(x)
		assert.Error(t, rt.add(&pendingMessage{id: "a"}, ""), "an answer may still come")
		time.Sleep(unclaimedLife + 1)
		addTo(t, &rt, "a", nil)
	})
}

// With ids, a late answer is never taken for another one.
func TestRouter_LateAnswerWithAnIDIsUnsolicited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rt router
		x := new(exchange)
		addTo(t, &rt, "a", x)
		rt.leave(x)
		time.Sleep(time.Hour)
		addTo(t, &rt, "b", x)
		assert.Nil(t, rt.route(&Response{RequestID: "a", Mode: ModeNormal, reply: true}))
		assert.Same(t, x, rt.route(&Response{RequestID: "b", Mode: ModeNormal, reply: true}))
		addTo(t, &rt, "c", x)
		assert.Nil(t, rt.route(normal), "the server echoes ids")
	})
}

func TestRouter_FrameThatIsNoReplyAnswersNothing(t *testing.T) {
	var rt router
	x := new(exchange)
	addTo(t, &rt, "a", x)
	for _, frame := range []string{`{}`, `{"type":"ping"}`, `{"data":{}}`, `{"score":1}`, `{"modeType":""}`} {
		assert.Nil(t, rt.route(decodeFrame([]byte(frame), nil)), frame)
	}
	for _, frame := range []string{
		`{"answers":[]}`, `{"error":"no"}`, `not JSON`, `{"followUpId":1}`, `{"data":{"modeType":"Normal"}}`,
	} {
		assert.Same(t, x, rt.route(decodeFrame([]byte(frame), nil)), frame)
		addTo(t, &rt, "a", x)
	}
}

func TestRouter_LostEndsEveryExchange(t *testing.T) {
	s := newState()
	x := &exchange{frames: s.buffer.NewQueue()}
	addTo(t, &s.router, "a", x)
	assert.Equal(t, "token", s.router.lost(errLeft))
	_, err := x.frames.Pop(t.Context())
	require.ErrorIs(t, err, errLeft)
	require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.Empty(t, s.router.pending)
}

// While a live agent is there, a message of Send has no answer of its own. Afterwards it has one again.
func TestRouter_AfterALiveAgentSendHasItsAnswerAgain(t *testing.T) {
	var rt router
	addTo(t, &rt, "before", nil)
	rt.route(&Response{Mode: ModeLiveAgentJoined, reply: true})
	assert.Empty(t, rt.pending)
	addTo(t, &rt, "to the agent", nil)
	assert.Empty(t, rt.pending)
	rt.route(&Response{Mode: ModeLiveAgentExited, reply: true})
	addTo(t, &rt, "after", nil)
	ask := new(exchange)
	addTo(t, &rt, "ask", ask)
	assert.Nil(t, rt.route(normal), "the answer to the Send")
	assert.Same(t, ask, rt.route(normal))
}

// The agent joined before this connection was made. Its exit shows that no Send before it will be answered.
func TestRouter_AfterALiveAgentNoEarlierSendHasAnAnswer(t *testing.T) {
	for _, mode := range []Mode{ModeLiveAgentJoined, ModeLiveAgentExited} {
		var rt router
		asked, ask := new(exchange), new(exchange)
		addTo(t, &rt, "asked", asked)
		addTo(t, &rt, "to the agent", nil)
		addTo(t, &rt, "to the agent too", nil)
		rt.route(&Response{Mode: ModeLiveAgentTyping, reply: true})
		rt.watchAgent(mode)
		addTo(t, &rt, "ask", ask)
		assert.Same(t, asked, rt.route(normal))
		assert.Same(t, ask, rt.route(normal))
	}
}

// A live agent of a connection that is gone does not concern the messages of the next one.
func TestRouter_ALostConnectionForgetsTheAgent(t *testing.T) {
	rt := router{agent: true}
	rt.lost(parley.ErrClosed)
	assert.False(t, rt.agent)
}

// Each Shutdown waits for the same end, however many goroutines call it.
func TestRouter_ASecondShutdownWaitsAsTheFirst(t *testing.T) {
	rt := &router{}
	x := newExchange(nil)
	addTo(t, rt, "1", x)
	first, second := rt.shutdown(), rt.shutdown()
	rt.leave(x)
	for _, idle := range []<-chan struct{}{first, second} {
		select {
		case <-idle:
		default:
			assert.Fail(t, "no Exchange is running any more")
		}
	}
}
