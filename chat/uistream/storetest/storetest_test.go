package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/chat/uistream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// leaky is a MemoryStore whose locks can be lost, and which can be broken in one way.
type leaky struct {
	*uistream.MemoryStore
	flaw string

	mu   sync.Mutex
	held map[string]*leakyLease
}

type leakyLease struct {
	uistream.Lease
	store  *leaky
	ctx    context.Context
	cancel context.CancelCauseFunc
}

func newHarness(flaw string) Harness {
	s := &leaky{MemoryStore: uistream.NewMemoryStore(), flaw: flaw, held: map[string]*leakyLease{}}
	return Harness{Store: s, Lose: s.lose}
}

func (s *leaky) key(user, id string) (string, string) {
	switch s.flaw {
	case "one user's conversations are another's":
		user = "everybody"
	case "keys run into each other":
		return "x", user + "-" + id
	case "ids are cut":
		id = id[:min(len(id), 20)]
	}
	return user, id
}

func (s *leaky) Load(ctx context.Context, user, id string) (uistream.Record, error) {
	if s.flaw == "contexts are ignored" {
		ctx = context.WithoutCancel(ctx)
	}
	r, err := s.MemoryStore.Load(ctx, first(s.key(user, id)), second(s.key(user, id)))
	if s.flaw == "an unknown conversation is an error" && r.Data == nil {
		return r, errors.New("unknown")
	}
	if s.flaw == "long Records are cut" && len(r.Data) > 1<<20 {
		r.Data = nil
	}
	return r, err
}

func first(a, _ string) string  { return a }
func second(_, b string) string { return b }

func (s *leaky) Lock(ctx context.Context, user, id string) (uistream.Lease, error) {
	caller := ctx
	user, id = s.key(user, id)
	l, err := s.MemoryStore.Lock(ctx, user, id)
	for s.flaw == "Lock waits" && err != nil && ctx.Err() == nil {
		<-time.After(time.Millisecond)
		l, err = s.MemoryStore.Lock(ctx, user, id)
	}
	if err != nil && s.flaw == "the lock excludes nobody" && errors.Is(err, uistream.ErrLocked) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.held[user+" "+id], nil
	}
	if err != nil {
		return nil, err
	}
	made := &leakyLease{Lease: l, store: s}
	made.ctx, made.cancel = context.WithCancelCause(l.Context())
	if s.flaw == "a lease ends with Lock's context" {
		context.AfterFunc(caller, func() { made.cancel(caller.Err()) })
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[user+" "+id] = made
	return made, nil
}

func (s *leaky) lose(user, id string) {
	s.mu.Lock()
	l := s.held[first(s.key(user, id))+" "+second(s.key(user, id))]
	s.mu.Unlock()
	if s.flaw != "a lost lease is not told" {
		l.cancel(fmt.Errorf("lost: %w", uistream.ErrLocked))
	}
	if s.flaw == "a lost lease may save" {
		return // and nobody gets the lock
	}
	l.Lease.Unlock()
}

func (s *leaky) Tail(ctx context.Context, user, id string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		user, id := s.key(user, id)
		n := 0
		for {
			for chunk, err := range s.MemoryStore.Tail(ctx, user, id) {
				n++
				switch {
				case s.flaw == "a Tail misses the first chunk" && n == 1:
					continue
				case s.flaw == "a Tail trims chunks" && err == nil:
					chunk = slices.DeleteFunc(chunk, func(b byte) bool { return b == '\n' || b == ' ' })
				case s.flaw == "a Tail ends in silence" && err != nil:
					return
				}
				if !yield(chunk, err) || err != nil {
					return
				}
			}
			if s.flaw != "a Tail goes on with the next lease" || ctx.Err() != nil || n == 0 {
				return
			}
			<-time.After(time.Millisecond)
		}
	}
}

func (l *leakyLease) Context() context.Context { return l.ctx }

func (l *leakyLease) Save(ctx context.Context, r uistream.Record) error {
	if l.store.flaw == "a refused Save is no error" {
		_ = l.Lease.Save(ctx, r)
		return nil
	}
	if l.store.flaw == "contexts are ignored" {
		ctx = context.WithoutCancel(ctx)
	}
	return l.Lease.Save(ctx, r)
}

func (l *leakyLease) Append(ctx context.Context, chunks ...[]byte) error {
	if l.store.flaw == "an appended batch is reversed" {
		chunks = slices.Clone(chunks)
		slices.Reverse(chunks)
	}
	return l.Lease.Append(ctx, chunks...)
}

func (l *leakyLease) Unlock() {
	if l.store.flaw != "Unlock is forgotten" {
		l.Lease.Unlock()
	}
	if l.store.flaw == "Unlock takes any lease" {
		l.store.mu.Lock()
		defer l.store.mu.Unlock()
		for _, other := range l.store.held {
			other.Lease.Unlock()
		}
	}
}

// plain is a Store that is no Tailer.
type plain struct{ uistream.Store }

func TestStore_SkipsWhatTheStoreOrTheHarnessCannot(t *testing.T) {
	for _, c := range cases() {
		harness := func() Harness { return Harness{Store: plain{uistream.NewMemoryStore()}} }
		assert.False(t, attempt(t, harness, c, patience), c.name)
	}
}

func TestStore_TheReferencePasses(t *testing.T) {
	TestStore(t, func(*testing.T) Harness { return newHarness("") })
}

// recorder is a test whose failures are counted.
type recorder struct {
	testing.TB
	failed bool
	clean  []func()
}

func (r *recorder) Helper()               {}
func (r *recorder) Cleanup(f func())      { r.clean = append(r.clean, f) }
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatal(...any)          { r.Fatalf("") }
func (r *recorder) Skip(...any)           { runtime.Goexit() }
func (r *recorder) Fatalf(string, ...any) {
	r.failed = true
	runtime.Goexit()
}

// attempt runs a case apart and reports whether it failed. What has to happen may take as long as patience, which is
// simulated time, because a case waits for something that a broken store never does.
func attempt(t *testing.T, newHarness func() Harness, c entry, patience time.Duration) (failed bool) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{TB: t}
		var wg sync.WaitGroup
		wg.Go(func() { run(r, newHarness(), c, patience) })
		wg.Wait()
		for _, f := range slices.Backward(r.clean) {
			f()
		}
		failed = r.failed
	})
	return failed
}

// notices requires that one of the cases fails for each flaw. The case with a large Record takes longest, so it is the
// last.
func notices(t *testing.T, cases []entry, flaws ...string) {
	slices.SortStableFunc(cases, func(a, b entry) int {
		return strings.Index(a.name, "megabytes") - strings.Index(b.name, "megabytes")
	})
	for _, flaw := range flaws {
		t.Run(flaw, func(t *testing.T) {
			assert.True(t, slices.ContainsFunc(cases, func(c entry) bool {
				return attempt(t, func() Harness { return newHarness(flaw) }, c, time.Second/4)
			}))
		})
	}
}
