package websocket

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// time.Time tells its monotonic reading only in its text. Without it, the times below would follow a system clock that
// is set during a connection.
func TestClock_IsMonotonic(t *testing.T) {
	c := newClock()
	assert.Contains(t, c.start.String(), " m=")
	assert.Contains(t, c.time(c.now()).String(), " m=")
}

func TestClock_TellsMoments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, begun := newClock(), time.Now()
		assert.Positive(t, first.now(), "zero stands for no moment")
		time.Sleep(time.Second)
		second := newClock()
		moment := first.now()
		assert.Equal(t, begun.Add(time.Second), first.time(moment))
		assert.Equal(t, first.time(moment), second.time(second.now()))
		time.Sleep(time.Minute)
		assert.Equal(t, time.Minute, first.since(moment))
		assert.Equal(t, time.Minute+time.Second+1, first.age())
	})
}
