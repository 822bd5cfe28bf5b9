// Package memstore is a parley.TokenStore in memory that a test can break.
package memstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
)

// ErrDown is the error of a store that is down.
var ErrDown = errors.New("the store is down")

// Store is a TokenStore with a lock. NewStore makes one. It is safe for concurrent use.
type Store struct {
	*Unlocked
	locks map[string]chan struct{}
}

// Unlocked is a TokenStore without a lock. NewUnlocked makes one. It is safe for concurrent use.
type Unlocked struct {
	mu     sync.Mutex
	tokens map[string]parley.Token
	down   func(context.Context) error // nil while the store works
	calls  []string                    // such as "load"
}

// NewStore returns an empty store with a lock.
func NewStore() *Store { return &Store{Unlocked: NewUnlocked(), locks: map[string]chan struct{}{}} }

// NewUnlocked returns an empty store without a lock.
func NewUnlocked() *Unlocked { return &Unlocked{tokens: map[string]parley.Token{}} }

// Break makes each use of the store end as f does. Nil repairs it.
func (s *Unlocked) Break(f func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = f
}

// Tokens returns the stored tokens, by key.
func (s *Unlocked) Tokens() map[string]parley.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	tokens := make(map[string]parley.Token, len(s.tokens))
	for key, token := range s.tokens {
		tokens[key] = token
	}
	return tokens
}

// Calls returns the uses of the store so far, and clears them.
func (s *Unlocked) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

// use records a use of the store. It returns nil if the store works.
func (s *Unlocked) use(ctx context.Context, call string) error {
	s.mu.Lock()
	s.calls = append(s.calls, call)
	down := s.down
	s.mu.Unlock()
	if down != nil {
		return down(ctx)
	}
	return ctx.Err()
}

// Load returns the token under key, or the zero Token.
func (s *Unlocked) Load(ctx context.Context, key string) (parley.Token, error) {
	if err := s.use(ctx, "load"); err != nil {
		return parley.Token{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens[key], nil
}

// Save stores token under key.
func (s *Unlocked) Save(ctx context.Context, key string, token parley.Token) error {
	if err := s.use(ctx, "save"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[key] = token
	return nil
}

// Delete removes the token under key while it is the refused one.
func (s *Unlocked) Delete(ctx context.Context, key string, refused parley.Token) error {
	if err := s.use(ctx, "delete"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens[key].AccessToken == refused.AccessToken {
		delete(s.tokens, key)
	}
	return nil
}

// Lock waits for the lock of key until ctx ends. The lock ends after ttl by itself.
func (s *Store) Lock(ctx context.Context, key string, ttl time.Duration) (func(), error) {
	if err := s.use(ctx, "lock"); err != nil {
		return nil, err
	}
	lock := s.lockOf(key)
	select {
	case lock <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var once sync.Once
	unlock := func() { once.Do(func() { <-lock }) }
	expiry := time.AfterFunc(ttl, unlock)
	return func() { expiry.Stop(); unlock() }, nil
}

func (s *Store) lockOf(key string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locks[key] == nil {
		s.locks[key] = make(chan struct{}, 1)
	}
	return s.locks[key]
}
