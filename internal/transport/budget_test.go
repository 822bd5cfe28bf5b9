package transport

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestBudget_ServedCallsRefillIt(t *testing.T) {
	fail := true
	url, n := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		if fail {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	})
	c := newTestClient(t, url, nil)
	for c.settings.budget.take() {
	}
	fail = false
	for range 10 {
		assert.ErrorIs(t, use(t, c, get), parley.ErrNotFound, "an answer below 500 is service")
	}
	fail = true
	n.Store(0)
	for range 5 {
		require.Error(t, use(t, c, get))
	}
	assert.EqualValues(t, 15, n.Load(), "five calls had two retries each")
}

func TestBudget_StopsAStormOnADeadServer(t *testing.T) {
	t.Parallel()
	url, n := counted(t, status(500))
	c := newTestClient(t, url, nil)
	var spent int
	for range 400 {
		if err := use(t, c, get); assert.Error(t, err) && asFailure(t, err).Attempts == 1 {
			assert.ErrorContains(t, err, "retry budget spent")
			spent++
		}
	}
	assert.LessOrEqual(t, n.Load(), int32(600))
	assert.Positive(t, spent)
}

func TestBudget_AQuietClientAlwaysHasItsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(2)
		for b.take() {
		}
		for range 20 {
			time.Sleep(2 * time.Second) // fake time: the calls of a quiet client
			assert.True(t, b.take())
			assert.True(t, b.take())
		}
		assert.False(t, b.take())
		b.refund()
		assert.True(t, b.take(), "a served call gives one back")
	})
}

func TestBudget_HoldsAllRetriesOfOneCall(t *testing.T) {
	t.Parallel()
	url, n := counted(t, status(500))
	c := newTestClient(t, url, func(cfg *Config) { cfg.MaxRetries, cfg.MaxRetryWait = 200, time.Microsecond })
	assert.ErrorIs(t, use(t, c, get), parley.ErrServer)
	assert.EqualValues(t, 201, n.Load())
}

func TestBudget_HoldsNoMoreThanItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(2)
		for range 1000 {
			b.refund()
		}
		time.Sleep(24 * time.Hour)
		for range 1000 {
			b.refund()
		}
		taken := 0
		for b.take() {
			taken++
		}
		assert.Equal(t, 60, taken)
	})
}
