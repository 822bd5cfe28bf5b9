package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/redact"
)

const warningPause = time.Minute // the least time between two warnings about a store

// Store is a user's TokenStore under the key of one credential. Its methods report success and no error, because the
// client can fetch a token of its own whatever the store does. A Store is safe for concurrent use.
type Store struct {
	store  parley.TokenStore
	locker parley.TokenLocker // nil if the store has no lock
	key    string
	logger *slog.Logger // nil disables the warnings

	mu      sync.Mutex
	warned  time.Time
	hanging int // uses that were abandoned and have not returned
}

// NewStore returns the Store of key. It returns nil if store is nil.
func NewStore(store parley.TokenStore, key string, logger *slog.Logger) *Store {
	if store == nil {
		return nil
	}
	locker, _ := store.(parley.TokenLocker)
	return &Store{store: store, locker: locker, key: key, logger: logger}
}

// StoreKey returns the key under which a vendor's credential is stored. The parts tell the credential from others of
// the same vendor. They go into the key only as a hash, because they may be secret.
func StoreKey(vendor string, parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write(fmt.Appendf(nil, "%d:%s,", len(part), part)) // the lengths keep two lists of parts apart
	}
	return vendor + ":" + hex.EncodeToString(hash.Sum(nil)[:16])
}

// load returns the stored token. It is zero if the store holds no token.
func (s *Store) load(ctx context.Context) (token parley.Token, ok bool) {
	return use(ctx, s, storeUse[parley.Token]{what: "load", f: func(ctx context.Context) (parley.Token, error) {
		return s.store.Load(ctx, s.key)
	}})
}

// save stores token and reports whether it succeeded.
func (s *Store) save(ctx context.Context, token parley.Token) bool {
	return s.do(ctx, "save", func(ctx context.Context) error { return s.store.Save(ctx, s.key, token) })
}

// delete removes the stored token while it is still the refused one.
func (s *Store) delete(ctx context.Context, refused string) bool {
	return s.do(ctx, "delete", func(ctx context.Context) error {
		return s.store.Delete(ctx, s.key, parley.Token{AccessToken: refused})
	})
}

// lock waits for the lock, for at most half of the time that is left, so that a fetch without it is still possible. It
// returns nil if it did not get the lock. A lock that comes after that wait is unlocked at once.
func (s *Store) lock(ctx context.Context, ttl time.Duration) (unlock func()) {
	if s.locker == nil {
		return nil
	}
	release, _ := use(ctx, s, storeUse[func()]{
		what: "lock", limit: ttl,
		f:    func(ctx context.Context) (func(), error) { return s.locker.Lock(ctx, s.key, ttl) },
		late: func(release func()) { s.unlock(context.WithoutCancel(ctx), release) },
	})
	if release == nil {
		return nil
	}
	return func() { s.unlock(ctx, release) }
}

// unlock calls release even while another use of the store hangs, because other replicas wait for the lock.
func (s *Store) unlock(ctx context.Context, release func()) {
	if release != nil {
		use(ctx, s, storeUse[struct{}]{what: "unlock", always: true, f: func(context.Context) (struct{}, error) {
			release()
			return struct{}{}, nil
		}})
	}
}

// do calls a method of the store that returns only an error.
func (s *Store) do(ctx context.Context, what string, f func(context.Context) error) bool {
	_, ok := use(ctx, s, storeUse[struct{}]{what: what, f: func(ctx context.Context) (struct{}, error) {
		return struct{}{}, f(ctx)
	}})
	return ok
}

// warn logs that the store failed, at most once a minute.
func (s *Store) warn(ctx context.Context, what string, err error) {
	s.mu.Lock()
	now := time.Now()
	quiet := s.logger == nil || !s.warned.IsZero() && now.Sub(s.warned) < warningPause
	if !quiet {
		s.warned = now
	}
	s.mu.Unlock()
	if quiet {
		return
	}
	text := redact.OneLine(fmt.Sprint(what, ": ", redact.WithoutURLs(err)))
	s.logger.LogAttrs(ctx, slog.LevelWarn, "token store failed", slog.String("key", s.key), slog.String("error", text))
}
