package parleyredis

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCall_ReturnsWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("the caller has left")
		ctx, cancel := context.WithCancelCause(t.Context())
		var late string
		began := time.Now()
		time.AfterFunc(time.Second, func() { cancel(gone) })
		_, err := call(ctx, "load", func(context.Context) (string, error) {
			time.Sleep(5 * time.Second)
			return "value", nil
		}, func(value string) { late = value })
		assert.Equal(t, time.Second, time.Since(began))
		assert.ErrorIs(t, err, gone)
		assert.ErrorContains(t, err, "parleyredis: load: ")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.Equal(t, "value", late, "the value that came too late is given to late")

		_, err = call(ctx, "load", func(context.Context) (string, error) { panic("not called") }, nil)
		assert.ErrorIs(t, err, gone)
	})
}

func TestPatiently_RepeatsWhatMayPass(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for name, tt := range map[string]struct {
		err     error
		repeats bool
	}{
		"refused":  {refused, true},
		"cut":      {io.EOF, true},
		"loading":  {serverError("LOADING Redis is loading the dataset in memory"), true},
		"READONLY": {serverError("READONLY You can't write against a read only replica."), true},
		"no right": {serverError("NOPERM this user has no permissions to run the 'get' command"), false},
		"none":     {redis.Nil, false},
		"closed":   {redis.ErrClosed, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			began, calls := time.Now(), 0
			_, err := patiently(t.Context(), "load", func(context.Context) (int, error) {
				calls++
				return 0, tt.err
			}, nil)
			assert.Error(t, err, name)
			assert.Equal(t, tt.repeats, calls > 10, "%s: %d calls", name, calls)
			assert.LessOrEqual(t, time.Since(began), patience+retryPause, name)
		})
	}
}

func TestPatiently_EndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := patiently(ctx, "load", func(context.Context) (int, error) { return 0, io.EOF }, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(began))
	})
}

func TestClean_ShowsNoArgument(t *testing.T) {
	for text, want := range map[string]string{
		"ERR unknown command 'EVALSHA', with args beginning with: 'secret' ": "ERR unknown command",
		"ERR unknown command `EVALSHA`, with args beginning with: `secret`":  "ERR unknown command",
		"OOM command not allowed when used memory > 'maxmemory'.": "OOM command not allowed when used " +
			"memory >",
		"WRONGPASS invalid pair": "WRONGPASS invalid pair",
		"ERR wrong number, with args beginning with: secret, 'secret'": "ERR wrong number",
	} {
		assert.EqualError(t, clean("op", serverError(text)), "parleyredis: op: redis responded: "+want)
	}
	assert.NoError(t, clean("op", nil))
}

// serverError is an error that the server answered.
type serverError string

func (e serverError) Error() string { return string(e) }
func (e serverError) RedisError()   {}
