package uistream_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat/uistream"
)

// shared is a Store and Tailer whose locks can be lost, as if their holder had been suspended for too long.
type shared struct {
	*uistream.MemoryStore
	mu    sync.Mutex
	held  []*sharedLease
	fail  map[string]int // how many calls of a name fail
	loads int            // how many calls of Load there were
	saved func()         // called when a Record is saved, before Save returns; nil calls nothing
}

func newShared() *shared {
	return &shared{MemoryStore: uistream.NewMemoryStore(), fail: map[string]int{}}
}

type sharedLease struct {
	uistream.Lease
	store  *shared
	ctx    context.Context
	cancel context.CancelCauseFunc
}

func (s *shared) failing(call string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if call == "load" {
		s.loads++
	}
	if s.fail[call] > 0 {
		s.fail[call]--
		return fmt.Errorf("shared: %s fails", call)
	}
	return nil
}

// break lets the next n calls fail.
func (s *shared) failNext(call string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail[call] = n
}

func (s *shared) Load(ctx context.Context, user, id string) (uistream.Record, error) {
	if err := s.failing("load"); err != nil {
		return uistream.Record{}, err
	}
	return s.MemoryStore.Load(ctx, user, id)
}

func (s *shared) Lock(ctx context.Context, user, id string) (uistream.Lease, error) {
	if err := s.failing("lock"); err != nil {
		return nil, err
	}
	l, err := s.MemoryStore.Lock(ctx, user, id)
	if err != nil {
		return nil, err
	}
	held := &sharedLease{Lease: l, store: s}
	held.ctx, held.cancel = context.WithCancelCause(l.Context())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, held)
	return held, nil
}

func (s *shared) Tail(ctx context.Context, user, id string) iter.Seq2[[]byte, error] {
	if err := s.failing("tail"); err != nil {
		return func(yield func([]byte, error) bool) { yield(nil, err) }
	}
	return s.MemoryStore.Tail(ctx, user, id)
}

// lose makes all locks expire.
func (s *shared) lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.held {
		l.cancel(uistream.ErrLocked)
		l.Unlock()
	}
	s.held = nil
}

func (l *sharedLease) Context() context.Context { return l.ctx }

func (l *sharedLease) Save(ctx context.Context, r uistream.Record) error {
	if err := l.store.failing("save"); err != nil {
		return err
	}
	err := l.Lease.Save(ctx, r)
	l.store.mu.Lock()
	saved := l.store.saved
	l.store.mu.Unlock()
	if saved != nil {
		saved()
	}
	return err
}

func (s *shared) onSave(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved = f
}

func (s *shared) loaded() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads
}

func (l *sharedLease) Append(ctx context.Context, chunks ...[]byte) error {
	if err := l.store.failing("append"); err != nil {
		return err
	}
	err := l.Lease.Append(ctx, chunks...)
	if failed := l.store.failing("append after"); failed != nil {
		return failed
	}
	return err
}

// plain is a Store that is no Tailer.
type plain struct{ uistream.Store }

// replicas returns two replicas over one store.
func replicas(t testing.TB, v *vendor, store uistream.Store) (a, b *site) {
	config := uistream.Config{Driver: v, Store: store, Heartbeat: 60 * time.Millisecond}
	return newSite(t, config), newSite(t, config)
}

// eventually waits until something is so.
func eventually(t testing.TB, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); <-time.After(time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "that did not happen")
	}
}

// begun says text and returns the response once it has begun.
func (s *site) begun(v *vendor, id, text string) *http.Response {
	s.t.Helper()
	before := len(v.said())
	response := s.request(s.t.Context(), "ann", http.MethodPost, "", body("c1", id, text))
	eventually(s.t, func() bool { return len(v.said()) > before })
	return response
}

// cut requires that a response is cut before its end.
func cut(t testing.TB, response *http.Response) *uiMessage {
	t.Helper()
	m, err := readResponse(response.Body)
	require.Error(t, err, "the response ended well: %v", m.Types)
	assert.False(t, m.Ended)
	return m
}

// kill gives the turns of a replica up, as its death would.
func (s *site) kill() {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(s.t, s.Shutdown(gone), context.Canceled)
}

func TestReplicas_AnAnswerUnderWayIsSeenOnAll(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]uistream.Store{
		"tailer": uistream.NewMemoryStore(), "plain": plain{uistream.NewMemoryStore()},
	} {
		t.Run(name, func(t *testing.T) {
			middle := make(gate)
			v := newVendor(always(delta("Hel"), middle, delta("lo")))
			a, b := replicas(t, v, store)
			responses := []*http.Response{a.begun(v, "m1", "hello")}
			for _, s := range []*site{a, b, b} {
				responses = append(responses, s.request(t.Context(), "ann", http.MethodGet, "/c1/stream", ""),
					s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hello")))
			}
			close(middle)
			id := ""
			for _, response := range responses {
				m := a.read(response)
				assert.Equal(t, "Hello", m.text())
				assert.True(t, id == "" || id == m.ID)
				id = m.ID
			}
			assert.Equal(t, []string{"hello"}, v.said())
		})
	}
}

func TestReplicas_ADeadOnesTurnIsTakenOver(t *testing.T) {
	t.Parallel()
	v := newVendor(always(delta("Hel"), make(gate), delta("lo")))
	a, b := replicas(t, v, newShared())
	first, tail := a.begun(v, "m1", "hello"), b.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
	a.kill()
	id := cut(t, first).ID
	refused := a.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m2", "more"))
	assert.Contains(t, a.refused(refused, http.StatusServiceUnavailable), "restarts")
	_, _ = readResponse(tail.Body) // it had a part of the answer, or none yet
	m := b.read(b.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hello")))
	assert.Equal(t, "Hello", m.text())
	assert.Equal(t, id, m.ID)
	assert.Equal(t, "Hello", b.say("c1", "m1", "hello").text())
	assert.Equal(t, []string{"hello"}, v.said())
}

// A replica whose lock is lost while the vendor answers goes on as another would: it recovers.
func TestReplicas_ALostLeaseIsRecoveredForItsReaders(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		v := newVendor(always(make(gate), delta("Hello")))
		store := newShared()
		a := newSite(t, uistream.Config{Driver: v, Store: store})
		first := a.begun(v, "m1", "hello")
		store.lose()
		assert.Equal(t, "Hello", a.read(first).text())
		assert.Equal(t, []string{"hello"}, v.said())
	})
}
