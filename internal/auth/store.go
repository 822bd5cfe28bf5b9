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

const (
	storeTimeout = 2 * time.Second // limits one use of a TokenStore, whose failure must not cost the call
	warningPause = time.Minute     // between two warnings that the store failed
)

// Store is a user's TokenStore under the key of one credential. Its methods return no error but whether they succeeded:
// whatever the store does, the client can fetch a token of its own. A Store is safe for concurrent use.
type Store struct {
	store  parley.TokenStore
	locker parley.TokenLocker // nil if the store has no lock
	key    string
	logger *slog.Logger // nil disables the warnings

	mu     sync.Mutex
	warned time.Time
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
// the vendor. They go into the key as a hash, which shows nothing of them.
func StoreKey(vendor string, parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write(fmt.Appendf(nil, "%d:%s,", len(part), part)) // the lengths keep two lists of parts apart
	}
	return vendor + ":" + hex.EncodeToString(hash.Sum(nil)[:16])
}

// load returns the stored token. It is zero if nothing is stored.
func (s *Store) load(ctx context.Context) (token parley.Token, ok bool) {
	ok = s.use(ctx, storeTimeout, "load", func(ctx context.Context) (err error) {
		token, err = s.store.Load(ctx, s.key)
		return err
	})
	return token, ok
}

// save stores token and returns whether it did.
func (s *Store) save(ctx context.Context, token parley.Token) bool {
	return s.use(ctx, storeTimeout, "save", func(ctx context.Context) error { return s.store.Save(ctx, s.key, token) })
}

// delete removes the stored token while it is still the refused one.
func (s *Store) delete(ctx context.Context, refused string) bool {
	return s.use(ctx, storeTimeout, "delete", func(ctx context.Context) error {
		return s.store.Delete(ctx, s.key, parley.Token{AccessToken: refused})
	})
}

// lock waits for the lock, for half of the time that is left, so that a fetch without it is still possible. It returns
// nil if there is no lock to be had.
func (s *Store) lock(ctx context.Context, ttl time.Duration) (unlock func()) {
	if s.locker == nil {
		return nil
	}
	var release func()
	s.use(ctx, ttl, "lock", func(ctx context.Context) (err error) {
		release, err = s.locker.Lock(ctx, s.key, ttl)
		return err
	})
	if release == nil {
		return nil
	}
	return func() { s.use(ctx, storeTimeout, "unlock", func(context.Context) error { release(); return nil }) }
}

// use runs f within limit and half of the time that is left. It returns whether f succeeded. A panic counts as a
// failure.
func (s *Store) use(ctx context.Context, limit time.Duration, what string, f func(context.Context) error) (ok bool) {
	ctx, cancel := withHalf(ctx, limit)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			ok = false
			s.warn(ctx, what, newPanicError("TokenStore", value))
		}
	}()
	if err := f(ctx); err != nil {
		s.warn(ctx, what, err)
		return false
	}
	return true
}

// withHalf returns a context that ends after limit, and after half of the time that is left for ctx.
func withHalf(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/2)
	}
	return context.WithTimeout(ctx, limit)
}

// warn logs that the store failed, once a minute at most.
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
