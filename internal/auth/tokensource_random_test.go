package auth

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// unruly is a source that is slow, hangs for longer than a fetch may take, fails, panics, ends its goroutine, and
// returns tokens with and without Expiry, some of which have expired already.
type unruly struct {
	t      testing.TB
	active atomic.Int32
	calls  atomic.Int64
	calm   atomic.Bool
}

func (u *unruly) Token() (*oauth2.Token, error) {
	assert.EqualValues(u.t, 1, u.active.Add(1), "one call at a time")
	defer u.active.Add(-1)
	token := &oauth2.Token{AccessToken: fmt.Sprint("own-", u.calls.Add(1)), Expiry: time.Now().Add(time.Second)}
	if u.calm.Load() {
		return token, nil
	}
	time.Sleep(rand.N(400 * time.Millisecond))
	switch rand.N(8) {
	case 0:
		time.Sleep(5 * time.Second)
	case 1:
		return nil, errors.New("down")
	case 2:
		panic("boom")
	case 3:
		runtime.Goexit()
	case 4:
		token.Expiry = time.Time{}
	case 5:
		token.Expiry = time.Now().Add(-time.Second)
	}
	return token, nil
}

// Random callers over an unruly source: each leaves at its deadline at the latest, the source is called once at a time,
// and afterwards the client works again.
func TestTokenSource_RandomLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &unruly{t: t}
		tokens := NewTokenSource(source, 2*time.Second, nil)
		var served atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				for range 300 {
					limit, start := rand.N(time.Second)+1, time.Now()
					ctx, cancel := context.WithTimeout(t.Context(), limit)
					header, err := token(ctx, tokens)
					if err == nil && rand.N(20) == 0 {
						_, err = refuse(ctx, tokens, header)
					}
					cancel()
					assert.LessOrEqual(t, time.Since(start), limit)
					if err == nil {
						served.Add(1)
					}
					time.Sleep(rand.N(200 * time.Millisecond))
				}
			})
		}
		wg.Wait()
		assert.Greater(t, served.Load(), int64(100))

		source.calm.Store(true)
		time.Sleep(10 * time.Second)      // a call that hangs, and the pause after it
		_, _ = token(t.Context(), tokens) // may be the error of a late panic
		time.Sleep(2 * time.Second)
		for range 20 {
			_, err := token(t.Context(), tokens)
			require.NoError(t, err)
			time.Sleep(100 * time.Millisecond)
		}
		settle()
	})
}
