package chat

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
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
		assert.NoError(t, w.sleep(t.Context(), time.Second, nil))
		assert.Equal(t, time.Second, time.Since(began))
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("enough")
		cancel(cause)
		assert.ErrorIs(t, w.sleep(ctx, 0, nil), cause)
	})
}

// asking is an error of a call whose server asks to wait.
type asking time.Duration

func (a asking) Error() string               { return "slow down" }
func (a asking) ErrorInfo() parley.ErrorInfo { return parley.ErrorInfo{RetryAfter: time.Duration(a)} }

func TestWaits_AreAsLongAsTheVendorAsks(t *testing.T) {
	w := &waits{interval: time.Second}
	assert.Equal(t, time.Minute, w.after(asking(time.Minute)))
	assert.Equal(t, maxAsked, w.after(asking(time.Hour)))
	assert.LessOrEqual(t, w.after(errors.New("other")), 8*time.Second)
}
