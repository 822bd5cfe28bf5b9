package chat

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestWaits_GrowToEightIntervals(t *testing.T) {
	w := &waits{interval: time.Second}
	assert.True(t, w.first())
	bounds := []time.Duration{1000, 1500, 2250, 3375, 5062, 7593, 8000, 8000}
	for i, most := range bounds {
		most *= time.Millisecond
		wait := w.next()
		assert.LessOrEqual(t, wait, most+time.Millisecond, "wait %d", i)
		assert.GreaterOrEqual(t, wait, most*4/5-time.Millisecond, "wait %d", i)
	}
	assert.False(t, w.first())
	w.reset()
	assert.LessOrEqual(t, w.next(), time.Second)
}

func TestWaits_SleepEndsInTimeForADecisionAndWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &waits{interval: time.Minute}
		began := time.Now()
		assert.NoError(t, w.sleep(t.Context(), time.Second))
		assert.Equal(t, time.Second, time.Since(began))
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("enough")
		cancel(cause)
		assert.ErrorIs(t, w.sleep(ctx, 0), cause)
	})
}
