package bench

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestConnections_OfManyCallersAreKept verifies that the SDK's own pool keeps the connections of 512 calls that ran at
// the same time: as many calls at the same time find them again.
func TestConnections_OfManyCallersAreKept(t *testing.T) {
	format := raiaSend()
	var waiting sync.WaitGroup
	target := Loopback(func() Site {
		site := format.Site()
		return func(r *http.Request, size int64) Answer {
			waiting.Done()
			waiting.Wait() // no call ends before all have arrived, so each has a connection of its own
			return site(r, size)
		}
	}())
	defer target.Close()
	run, err := ownPool(format.Subjects[0]).Open(target)
	require.NoError(t, err)
	wave := func() int64 {
		waiting.Add(idlePerHost)
		require.NoError(t, all(t.Context(), idlePerHost, run))
		return target.Seen.Connections.Load()
	}
	first := wave()
	assert.GreaterOrEqual(t, first, int64(idlePerHost))
	// net/http gives a connection back shortly after the call, so that a few calls of the next wave may miss it.
	assert.LessOrEqual(t, wave(), first+idlePerHost/4)
}

// all lets n goroutines call run once.
func all(ctx context.Context, n int, run Run) error {
	failures := make(chan error, n)
	for range n {
		go func() {
			_, err := run(ctx)
			failures <- err
		}()
	}
	for range n {
		if err := <-failures; err != nil {
			return err
		}
	}
	return nil
}

// TestConnections_AreCounted verifies that the server tells how many connections were opened.
func TestConnections_AreCounted(t *testing.T) {
	all, late, err := countDials(t.Context(), Plan{Quick: true}, raiaSend().Floor, 8)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, all, int64(1))
	assert.LessOrEqual(t, late, all)
}
