package websocket

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestReconnectWait_FullJitterThatDoubles(t *testing.T) {
	b := reconnectWait{min: time.Second, max: 30 * time.Second}
	for n := range 100 {
		bound := 30 * time.Second
		if n < 5 {
			bound = time.Second << n
		}
		assert.LessOrEqual(t, b.next(errors.New("lost")), bound)
	}
}

func TestReconnectWait_AddsRetryAfter(t *testing.T) {
	b := reconnectWait{min: 1, max: 1}
	assert.InDelta(t, 20*time.Second, b.next(&HandshakeError{RetryAfter: 20 * time.Second}), 1)
	assert.Positive(t, b.next(&HandshakeError{RetryAfter: math.MaxInt64}))
}

// Many clients that lose their connections at once must not come back at once.
func TestReconnectWait_IsSpread(t *testing.T) {
	for n := range 6 {
		bound := min(time.Second<<n, 30*time.Second)
		low, high := bound, time.Duration(0)
		for range 200 {
			b := reconnectWait{min: time.Second, max: 30 * time.Second, tries: n}
			wait := b.next(errors.New("lost"))
			low, high = min(low, wait), max(high, wait)
		}
		assert.Less(t, low, bound/4, "try %d", n)
		assert.Greater(t, high, bound*3/4, "try %d", n)
	}
}
