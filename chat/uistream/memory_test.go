package uistream_test

import (
	"errors"
	"flag"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
	"github.com/seed-127a5941/parley/chat/uistream/storetest"
)

// TestMain lets many tests run in parallel, because most of them wait.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "16") // every test binary has the flag
	goleak.VerifyTestMain(m)
}

func TestMemoryStore(t *testing.T) {
	t.Parallel()
	storetest.TestStore(t, func(*testing.T) storetest.Harness {
		return storetest.Harness{Store: uistream.NewMemoryStore()}
	})
}

func TestMemoryStore_ForgetsWhatNobodyUses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := uistream.NewMemoryStore()
		for _, id := range []string{"old", "used", "locked"} {
			l, err := s.Lock(t.Context(), "ann", id)
			require.NoError(t, err)
			require.NoError(t, l.Save(t.Context(), uistream.Record{State: chat.State("{}")}))
			if id != "locked" {
				l.Unlock()
			}
		}
		time.Sleep(23 * time.Hour)
		_, err := s.Load(t.Context(), "ann", "used")
		require.NoError(t, err)
		time.Sleep(2 * time.Hour)
		for id, kept := range map[string]bool{"old": false, "used": true, "locked": true} {
			r, err := s.Load(t.Context(), "ann", id)
			require.NoError(t, err)
			assert.Equal(t, kept, r.State != nil, id)
		}
		_, err = s.Lock(t.Context(), "ann", "locked")
		assert.True(t, errors.Is(err, uistream.ErrLocked))
	})
}
