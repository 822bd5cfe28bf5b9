package uistream

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"
)

// memoryLife is how long an unused conversation is kept in memory.
const memoryLife = 24 * time.Hour

// MemoryStore is a Store and a Tailer in the memory of one process. A restart loses all conversations. It forgets a
// conversation 24 hours after its last use. Use NewMemoryStore.
type MemoryStore struct {
	mu        sync.Mutex // guards the fields below and all entries
	entries   map[memoryKey]*memoryEntry
	sweepTime time.Time // when the next call looks for entries that are too old
}

type memoryKey struct{ user, id string }

type memoryEntry struct {
	record Record
	lease  *memoryLease // nil while the lock is free
	used   time.Time    // last, by the monotonic clock
}

// NewMemoryStore returns a store that holds no conversation. Several handlers of one process may share it.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{entries: map[memoryKey]*memoryEntry{}}
}

// Load returns the Record that was saved last.
func (s *MemoryStore) Load(ctx context.Context, user, id string) (Record, error) {
	if ctx.Err() != nil {
		return Record{}, context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	e := s.entries[memoryKey{user, id}]
	if e == nil {
		return Record{}, nil
	}
	e.used = time.Now()
	return e.record, nil
}

// Lock locks the conversation until Unlock.
func (s *MemoryStore) Lock(ctx context.Context, user, id string) (Lease, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	key := memoryKey{user, id}
	e := s.entries[key]
	if e == nil {
		e = &memoryEntry{}
		s.entries[key] = e
	}
	if e.lease != nil {
		return nil, ErrLocked
	}
	e.used = time.Now()
	e.lease = &memoryLease{store: s, key: key, entry: e, grown: make(chan struct{})}
	e.lease.ctx, e.lease.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return e.lease, nil
}

// sweep forgets old conversations, once an hour. The caller holds mu.
func (s *MemoryStore) sweep() {
	now := time.Now()
	if now.Before(s.sweepTime) {
		return
	}
	s.sweepTime = now.Add(time.Hour)
	for key, e := range s.entries {
		if e.lease == nil && now.Sub(e.used) > memoryLife {
			delete(s.entries, key)
		}
	}
}

// Tail yields the log of the Lease that is held now.
func (s *MemoryStore) Tail(ctx context.Context, user, id string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s.mu.Lock()
		var l *memoryLease
		if e := s.entries[memoryKey{user, id}]; e != nil {
			l = e.lease
		}
		s.mu.Unlock()
		for next := 0; l != nil; {
			chunks, grown, ended := l.since(next)
			for _, chunk := range chunks {
				if !yield(slices.Clone(chunk), nil) {
					return
				}
			}
			next += len(chunks)
			if ended {
				return
			}
			select {
			case <-grown:
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			}
		}
	}
}

// memoryLease is the Lease of a MemoryStore. The mutex of the store guards it.
type memoryLease struct {
	store  *MemoryStore
	key    memoryKey
	entry  *memoryEntry
	ctx    context.Context
	cancel context.CancelFunc

	log   [][]byte
	grown chan struct{} // closed when the log has grown or the lease has ended; then there is another
}

func (l *memoryLease) Context() context.Context { return l.ctx }

func (l *memoryLease) Save(ctx context.Context, r Record) error {
	return l.do(ctx, func() { l.entry.record = r })
}

func (l *memoryLease) Append(ctx context.Context, chunks ...[]byte) error {
	return l.do(ctx, func() {
		l.log = append(l.log, chunks...)
		l.wake()
	})
}

// do calls f while the lock is held.
func (l *memoryLease) do(ctx context.Context, f func()) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	if l.entry.lease != l {
		return ErrLocked
	}
	l.entry.used = time.Now()
	f()
	return nil
}

func (l *memoryLease) wake() {
	close(l.grown)
	l.grown = make(chan struct{})
}

func (l *memoryLease) Unlock() {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	if l.entry.lease == l {
		l.entry.lease = nil
		l.wake()
		if l.entry.record.State == nil && l.entry.record.Data == nil {
			delete(l.store.entries, l.key) // no Record was saved
		}
	}
	l.cancel()
}

// since returns the chunks from an index on, a channel that is closed when there are more, and whether the
// lease has ended.
func (l *memoryLease) since(index int) (chunks [][]byte, grown <-chan struct{}, ended bool) {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	return l.log[index:], l.grown, l.entry.lease != l
}
