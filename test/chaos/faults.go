package chaos

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/redisserver"
)

// faults happen to the processes one after the other, and beside them to the vendors. The seed decides which, and in
// which order.
type faults struct {
	seed     uint64
	replicas []*replica
	redis    *redisserver.Server
	vendors  []*vendor
	talks    *atomic.Int64 // answers that are under way
	began    time.Time

	mu     sync.Mutex
	log    io.Writer
	counts map[string]int
}

// fault is a kind of fault of a process.
type fault struct {
	name   string
	weight int
	do     func(*faults, *rand.Rand) error
}

// The kinds of faults. Those of the vendors begin with their prefix.
const (
	replicaKilled     = "kill -9 of a replica"
	replicaTerminated = "SIGTERM of a replica"
	redisKilled       = "kill -9 of Redis"
	redisSilent       = "Redis is silent"
	vendorPrefix      = "vendor: "
	tokensRevoked     = vendorPrefix + "tokens revoked"
)

var kinds = []fault{
	{replicaKilled, 3, (*faults).killReplica},
	{replicaTerminated, 2, (*faults).terminateReplica},
	{redisKilled, 2, (*faults).killRedis},
	{redisSilent, 1, (*faults).pauseRedis},
}

// run lets faults happen until ctx ends.
func (f *faults) run(ctx context.Context) (err error) {
	var wait sync.WaitGroup
	wait.Go(func() { f.failVendors(ctx, rand.New(rand.NewPCG(f.seed, 1))) })
	err = f.disturb(ctx, rand.New(rand.NewPCG(f.seed, 2)))
	wait.Wait()
	return err
}

// happens records a fault of a kind. text describes it.
func (f *faults) happens(kind, text string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[kind]++
	_, _ = fmt.Fprintf(f.log, "%6.1f s  %s\n", time.Since(f.began).Seconds(), fmt.Sprintf(text, args...))
}

// disturb lets faults of the processes happen: each kind once, in any order, and then by their weights.
func (f *faults) disturb(ctx context.Context, random *rand.Rand) error {
	order := random.Perm(len(kinds))
	for {
		if !sleep(ctx, between(random, 500*time.Millisecond, 2*time.Second)) {
			return nil
		}
		kind := draw(random)
		if len(order) > 0 {
			kind, order = kinds[order[0]], order[1:]
		}
		err := kind.do(f, random)
		if err != nil {
			return fmt.Errorf("chaos: %s: %w", kind.name, err)
		}
	}
}

func draw(random *rand.Rand) fault {
	sum := 0
	for _, kind := range kinds {
		sum += kind.weight
	}
	at := random.IntN(sum)
	for _, kind := range kinds {
		if at -= kind.weight; at < 0 {
			return kind
		}
	}
	return kinds[0]
}

func between(random *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(random.Int64N(int64(most-least)))
}

func (f *faults) killReplica(random *rand.Rand) error {
	r, down := f.replicas[random.IntN(len(f.replicas))], between(random, 0, 2*time.Second)
	f.happens(replicaKilled, "kill -9 of replica %s while %d answers are under way", r.name, f.talks.Load())
	r.kill()
	time.Sleep(down)
	return r.start()
}

func (f *faults) terminateReplica(random *rand.Rand) error {
	r := f.replicas[random.IntN(len(f.replicas))]
	f.happens(replicaTerminated, "SIGTERM of replica %s while %d answers are under way", r.name, f.talks.Load())
	if err := r.terminate(); err != nil {
		return err
	}
	return r.start()
}

func (f *faults) killRedis(random *rand.Rand) error {
	down := between(random, 0, time.Second)
	f.happens(redisKilled, "kill -9 of Redis, for %s", down.Round(time.Millisecond))
	if err := f.redis.Kill(); err != nil {
		return err
	}
	time.Sleep(down)
	return f.redis.Restart()
}

func (f *faults) pauseRedis(random *rand.Rand) error {
	down := between(random, time.Second, 4*time.Second)
	f.happens(redisSilent, "Redis is silent for %s", down.Round(time.Millisecond))
	if err := f.redis.Pause(); err != nil {
		return err
	}
	time.Sleep(down)
	return f.redis.Resume()
}

// failVendors lets calls of the vendors fail, in every way at every vendor by turns, and revokes tokens.
func (f *faults) failVendors(ctx context.Context, random *rand.Rand) {
	for {
		for _, at := range random.Perm(len(f.vendors) * len(failures)) {
			if !sleep(ctx, between(random, 300*time.Millisecond, 900*time.Millisecond)) {
				return
			}
			v, kind := f.vendors[at%len(f.vendors)], failures[at/len(f.vendors)]
			if v.fails(kind.name) {
				n := v.burst(kind.fail, random)
				f.happens(vendorPrefix+kind.name, "%s: %s, %d times", v.name, kind.name, n)
			}
			if random.IntN(8) == 0 && v.revoke != nil {
				f.happens(tokensRevoked, "%s: tokens revoked", v.name)
				v.revoke()
			}
		}
	}
}

// missing returns an error if a kind of fault did not happen.
func (f *faults) missing() error {
	var names []string
	for _, kind := range kinds {
		names = append(names, kind.name)
	}
	for _, kind := range failures {
		names = append(names, vendorPrefix+kind.name)
	}
	names = slices.DeleteFunc(append(names, tokensRevoked), func(name string) bool { return f.counts[name] > 0 })
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("the run proves too little, because this did not happen: %s", strings.Join(names, ", "))
}

// sleep waits for d or until ctx ends. It reports whether ctx lives.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	return ctx.Err() == nil
}
