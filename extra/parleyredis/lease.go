package parleyredis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/chat/uistream"
)

const (
	leaseTime   = 10 * time.Second        // the lock's, after which another holder can get it
	leaseMargin = 2 * time.Second         // by which the Context ends earlier
	renewPause  = 2500 * time.Millisecond // between two renewals
	renewLimit  = time.Second             // limits one attempt to renew
	logTime     = leaseTime + time.Minute // for which a log is kept after the last renewal
	logAfter    = time.Minute             // for which a log is kept after its end
)

var (
	errUnsure  = fmt.Errorf("the lock could not be renewed in time: %w", uistream.ErrLocked)
	errLost    = fmt.Errorf("the lock is lost: %w", uistream.ErrLocked)
	errLogLost = errors.New("redis has lost a part of the log")
)

// leaseNames are the names that the commands of a lease need.
type leaseNames struct {
	place
	holder string
}

func (n leaseNames) logName() string { return n.log + n.holder }

// lease is a lock that is held. It implements uistream.Lease.
type lease struct {
	leaseNames
	store *Store

	ctx      context.Context
	end      context.CancelCauseFunc
	renewing sync.WaitGroup
	unlock   func()

	saving sync.Mutex
	saves  int // how often Save was called

	appending sync.Mutex // held during an Append, so that chunks keep their order
	appended  int        // how many chunks the log is known to have
	doubtful  [][]byte   // the chunks of the last failed Append, which the log may have or not
}

// newLease returns the lease of a lock. asked is the time at which the request for the lock was sent. The lease is
// renewed until Unlock.
func newLease(ctx context.Context, s *Store, names leaseNames, asked time.Time) *lease {
	l := &lease{leaseNames: names, store: s}
	l.ctx, l.end = context.WithCancelCause(context.WithoutCancel(ctx))
	l.unlock = sync.OnceFunc(l.release)
	l.renewing.Go(func() { l.renew(asked) })
	return l
}

// Context ends 2 seconds before another holder can get the lock, and when the lock is found to be lost.
func (l *lease) Context() context.Context { return l.ctx }

// renew renews the lock until ctx ends, and tries again after an error. It ends ctx when the lock is lost, or 8 seconds
// after the last successful request was sent.
func (l *lease) renew(asked time.Time) {
	deadline := time.AfterFunc(time.Until(asked.Add(leaseTime-leaseMargin)), func() { l.end(errUnsure) })
	defer deadline.Stop()
	wait := renewPause
	for {
		pause(l.ctx, wait)
		if l.ctx.Err() != nil {
			return
		}
		asked := time.Now()
		held, err := l.renewOnce()
		switch {
		case err != nil:
			wait = retryPause
		case !held:
			l.end(errLost)
		default:
			wait = renewPause
			deadline.Reset(time.Until(asked.Add(leaseTime - leaseMargin)))
		}
	}
}

func (l *lease) renewOnce() (held bool, err error) {
	ctx, cancel := context.WithTimeout(l.ctx, renewLimit)
	defer cancel()
	return call(ctx, "renew lock", func(ctx context.Context) (bool, error) {
		keys := []string{l.lock, l.logName()}
		args := []any{l.holder, leaseTime.Milliseconds(), logTime.Milliseconds()}
		return renewLease.Run(ctx, l.store.client, keys, args...).Bool()
	}, nil)
}

// Save replaces the Record. The error matches uistream.ErrLocked, and the Record stays as it was, if the lock is lost.
// After another error Redis may already have the new Record or get it late. A late one never overwrites that of a later
// Save.
func (l *lease) Save(ctx context.Context, r uistream.Record) error {
	const op = "save conversation"
	raw, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("parleyredis: %s: the record cannot be encoded", op) // the error may quote it
	}
	count := l.countSave()
	stored, life := l.store.seal.seal(l.record, raw), l.store.ttl.Milliseconds()
	held, err := patiently(ctx, op, func(ctx context.Context) (bool, error) {
		keys := []string{l.lock, l.record}
		return saveRecord.Run(ctx, l.store.client, keys, l.holder, count, stored, life).Bool()
	}, nil)
	return l.judge(op, held, err)
}

func (l *lease) countSave() int {
	l.saving.Lock()
	defer l.saving.Unlock()
	l.saves++
	return l.saves
}

// judge returns the error of a command that reports whether the lock is held. A lost lock ends the Context.
func (l *lease) judge(op string, held bool, err error) error {
	if err != nil || held {
		return err
	}
	l.end(errLost)
	return fmt.Errorf("parleyredis: %s: %w", op, errLost)
}

// Append adds chunks to the log. The error matches uistream.ErrLocked if the lock is lost. If ctx has ended
// before the call, the chunks are dropped. After any other error the log may have them or not, and the next Append adds
// those that it lacks. The caller may pass the same chunks again at the beginning of that Append, and they are not
// added twice.
func (l *lease) Append(ctx context.Context, chunks ...[]byte) error {
	const op = "append to the log"
	l.appending.Lock()
	defer l.appending.Unlock()
	if ctx.Err() != nil {
		return fmt.Errorf("parleyredis: %s: %w", op, context.Cause(ctx)) // and the log does not have the chunks
	}
	if !beginsWith(chunks, l.doubtful) {
		chunks = slices.Concat(l.doubtful, chunks)
	}
	l.doubtful = slices.Clone(chunks)
	args := []any{l.holder, l.appended + 1, logTime.Milliseconds()}
	for _, chunk := range chunks {
		args = append(args, l.store.seal.seal(l.logName(), chunk))
	}
	outcome, err := patiently(ctx, op, func(ctx context.Context) (int, error) {
		return appendLog.Run(ctx, l.store.client, []string{l.lock, l.logName()}, args...).Int()
	}, nil)
	if err == nil && outcome == logGap {
		err = fmt.Errorf("parleyredis: %s: %w", op, errLogLost)
	}
	if err := l.judge(op, outcome != lockLost, err); err != nil {
		return err
	}
	l.appended += len(chunks)
	l.doubtful = nil
	return nil
}

// The values that appendLog returns beside 1.
const (
	lockLost = 0
	logGap   = 2
)

func beginsWith(chunks, beginning [][]byte) bool {
	return len(chunks) >= len(beginning) && slices.EqualFunc(chunks[:len(beginning)], beginning, slices.Equal)
}

// Unlock gives the lock back and ends the Context. It tries for 2 seconds. After that the lock ends by itself.
func (l *lease) Unlock() { l.unlock() }

func (l *lease) release() {
	l.end(context.Canceled)
	l.renewing.Wait()
	l.store.unlock(context.WithoutCancel(l.ctx), l.place, l.holder)
}
