package parleyredis

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-127a5941/parley"
)

// lockPoll is the pause between two attempts to get a lock that another replica holds.
const lockPoll = 50 * time.Millisecond

// freeLock removes the lock of KEYS[1] if ARGV[1] holds it.
var freeLock = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
	return redis.call('DEL', KEYS[1])
end
return 0`)

// Lock waits for the lock of key until ctx ends. The lock ends with unlock, or after ttl at the latest. A call of
// unlock after that does not free a lock that another replica holds by then. unlock tries for 2 seconds. The error
// matches parley.ErrInvalidArgument if ttl is below a millisecond.
func (s *TokenStore) Lock(ctx context.Context, key string, ttl time.Duration) (unlock func(), err error) {
	if ttl < time.Millisecond {
		return nil, fmt.Errorf("parleyredis: lock token: %w: ttl is below a millisecond", parley.ErrInvalidArgument)
	}
	name, holder := s.prefix+"tokenlock:"+key, rand.Text()
	free := func() { s.free(context.WithoutCancel(ctx), name, holder) }
	for {
		held, err := call(ctx, "lock token", func(ctx context.Context) (bool, error) {
			return s.tryLock(ctx, name, holder, ttl)
		}, func(bool) { free() })
		if err != nil {
			return nil, err
		}
		if held {
			return sync.OnceFunc(free), nil
		}
		pause(ctx, lockPoll)
	}
}

// takeLock gives the lock of KEYS[1] to ARGV[1] for ARGV[2] milliseconds if it is free or held by ARGV[1] already. The
// latter happens when go-redis repeats a command whose reply was lost.
var takeLock = redis.NewScript(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
	return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`)

func (s *TokenStore) tryLock(ctx context.Context, name, holder string, ttl time.Duration) (bool, error) {
	return takeLock.Run(ctx, s.client, []string{name}, holder, ttl.Milliseconds()).Bool()
}

// free gives a lock back. If Redis cannot be reached, the lock ends by itself.
func (s *TokenStore) free(ctx context.Context, name, holder string) {
	ctx, cancel := context.WithTimeout(ctx, afterTime)
	defer cancel()
	_, _ = call(ctx, "unlock token", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, freeLock.Run(ctx, s.client, []string{name}, holder).Err()
	}, nil)
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
