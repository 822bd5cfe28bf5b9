package auth

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/internal/testing/memstore"
)

// realm issues tokens that live for a second. While it is faulty, it fails, is slow or hangs, and revokes tokens. It is
// safe for concurrent use.
type realm struct {
	t      testing.TB
	faulty atomic.Bool

	mu       sync.Mutex
	random   *rand.Rand
	issued   map[string]time.Time // the expiry of each token; zero once it is revoked
	spent    map[string]bool      // the refresh tokens that were used
	fetches  int
	newest   string
	rotation bool // it issues refresh tokens
}

func newRealm(t testing.TB, seed uint64) *realm {
	r := &realm{t: t, random: rand.New(rand.NewPCG(seed, 1)), issued: map[string]time.Time{}, spent: map[string]bool{}}
	r.faulty.Store(true)
	r.rotation = seed%2 == 0
	return r
}

func (r *realm) roll(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.random.IntN(n)
}

// client returns a client's Fetcher, which is called by one goroutine at a time.
func (r *realm) client() Fetcher {
	var active atomic.Int32
	return func(ctx context.Context, refreshToken string) (Token, error) {
		assert.EqualValues(r.t, 1, active.Add(1), "one fetch at a time")
		defer active.Add(-1)
		takes := 50 * time.Millisecond
		fault := 0
		if r.faulty.Load() {
			fault = r.roll(5)
			takes = time.Duration(r.roll(900)) * time.Millisecond
		}
		if fault == 1 {
			takes = time.Hour
		}
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return Token{}, ctx.Err()
		}
		if fault == 2 {
			return Token{}, errors.New("500")
		}
		return r.issue(refreshToken), nil
	}
}

func (r *realm) issue(refreshToken string) Token {
	r.mu.Lock()
	defer r.mu.Unlock()
	if refreshToken != "" {
		assert.False(r.t, r.spent[refreshToken], "a refresh token is used once")
		r.spent[refreshToken] = true
	}
	r.fetches++
	token := NewToken(fmt.Sprint("token-", r.fetches), time.Second)
	r.issued[token.AccessToken], r.newest = token.Expiry, token.AccessToken
	if r.rotation {
		token.RefreshToken = fmt.Sprint("refresh-", r.fetches)
	}
	return token
}

// accepts judges a call with token.
func (r *realm) accepts(token string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Before(r.issued[token])
}

func (r *realm) revoke() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.issued[r.newest] = time.Time{}
}

// call is a call with a deadline. After a 401 it is sent again.
func (r *realm) call(ctx context.Context, a Authorizer) error {
	limit := time.Duration(r.roll(2000)+1) * time.Millisecond
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer func() { assert.LessOrEqual(r.t, time.Since(start), limit) }()
	header, err := token(ctx, a)
	used := strings.TrimPrefix(header, "Bearer ")
	if err != nil || r.accepts(used) {
		return err
	}
	if again, err := a.Refresh(ctx, used); err != nil || !again {
		return errors.Join(err, errors.New("401"))
	}
	header, err = token(ctx, a)
	if err == nil && !r.accepts(strings.TrimPrefix(header, "Bearer ")) {
		err = errors.New("401 twice")
	}
	return err
}

// storm has several callers of each client call for 30 s, while the endpoint and the store fail at random.
func (r *realm) storm(ctx context.Context, store *memstore.Store, clients []*Tokens) (succeeded int64) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	var good atomic.Int64
	for _, client := range clients {
		for range 8 {
			wg.Go(func() {
				for ctx.Err() == nil {
					if r.call(ctx, client) == nil {
						good.Add(1)
					}
					time.Sleep(time.Duration(r.roll(100)) * time.Millisecond)
				}
			})
		}
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			time.Sleep(time.Duration(r.roll(2000)) * time.Millisecond)
			r.revoke()
			switch r.roll(4) {
			case 0:
				store.Break(breakages["error"])
			case 1:
				store.Break(breakages["hangs"])
			default:
				store.Break(nil)
			}
		}
	})
	wg.Wait()
	return good.Load()
}

// Three clients share a store, and tokens of a second are revoked, while the endpoint and the store fail. No call
// outlasts its deadline, no refresh token is used twice, and once the faults end, no call fails or waits, and one fetch
// serves all clients.
func TestShared_FaultsOfEndpointAndStore(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRealm(t, seed)
				store := memstore.NewStore()
				var clients []*Tokens
				for range 3 {
					clients = append(clients, NewTokens(TokensConfig{
						Fetcher: r.client(), Timeout: 4 * time.Second, Store: NewStore(store, "key", nil),
					}))
				}
				assert.Greater(t, r.storm(t.Context(), store, clients), int64(500))

				r.faulty.Store(false)
				store.Break(nil)
				time.Sleep(6 * time.Second) // a fetch that hangs, and the pause after it
				for _, client := range clients {
					mustToken(t, client)
				}
				before := r.fetches
				var wg sync.WaitGroup
				loads := make([]load, len(clients))
				for i := range clients {
					wg.Go(func() { loads[i].run(t.Context(), clients[i], 8, 10*time.Second) })
				}
				wg.Wait()
				for i := range loads {
					assert.Zero(t, loads[i].waited.Load())
					assert.Zero(t, loads[i].failed.Load())
				}
				settle()
				assert.LessOrEqual(t, r.fetches-before, 2*10+3)
			})
		})
	}
}
