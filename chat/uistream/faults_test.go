package uistream_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/chat/uistream"
)

// faulty returns a replica over a store whose calls can fail.
func faulty(t testing.TB, script func(string) []any) (*shared, *vendor, *site) {
	store, v := newShared(), newVendor(script)
	return store, v, newSite(t, uistream.Config{Driver: v, Store: store})
}

func TestFaults_NothingIsSaidUnlessItWasSaved(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		for _, call := range []string{"lock", "load"} {
			store, v, s := faulty(t, nil)
			store.failNext(call, 1)
			r := s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hello"))
			assert.Contains(t, s.refused(r, http.StatusServiceUnavailable), "not available")
			assert.Empty(t, v.said())
			assert.Equal(t, "You said: hello", s.say("c1", "m1", "hello").text())
		}
		store, v, s := faulty(t, nil)
		store.failNext("save", 1) // the intent; then the end can be saved
		m := s.say("c1", "m1", "hello")
		assert.Equal(t, "no", m.failure()["said"])
		assert.Equal(t, "retry", m.failure()["action"])
		assert.Empty(t, v.said())
		store.failNext("save", 100) // the end cannot be saved either
		assert.Equal(t, "no", s.say("c1", "m1", "hello").failure()["said"])
		store.failNext("save", 0)
		assert.Equal(t, "You said: hello", s.say("c1", "m1", "hello").text())
		assert.Equal(t, []string{"hello"}, v.said())
	})
}

func TestFaults_AnEndThatCannotBeSavedIsShownAndRecovered(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		var store *shared
		store, v, s := faulty(t,
			once([]any{delta("Hel"), func() { store.failNext("save", 100) }, delta("lo")}, delta("Next")))
		assert.Equal(t, "Hello", s.say("c1", "m1", "hello").text())
		store.failNext("save", 0)
		assert.Equal(t, "Hello", s.say("c1", "m1", "hello").text(), "a repeat is recovered")
		assert.Equal(t, "Next", s.say("c1", "m2", "next").text())
		assert.Equal(t, []string{"hello", "next"}, v.said())
	})
}

func TestFaults_AnEndIsSavedPatiently(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		var store *shared
		store, v, s := faulty(t, always(delta("Hel"), func() { store.failNext("save", 2) }, delta("lo")))
		assert.Equal(t, "Hello", s.say("c1", "m1", "hello").text())
		assert.Equal(t, "Hello", s.say("c1", "m1", "hello").text())
		assert.Equal(t, []string{"hello"}, v.said())
	})
}

// An entry of the log may be appended although the Store says that it was not.
func TestFaults_TheLogIsReadOnce(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		for _, call := range []string{"append", "append after"} {
			middle := make(gate)
			store, v := newShared(), newVendor(always(delta("Hel"), middle, delta("lo")))
			a, b := replicas(t, v, store)
			first := a.begun(v, "m1", "hello")
			other := b.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
			store.failNext(call, 2)
			close(middle)
			assert.Equal(t, "Hello", a.read(first).text())
			assert.Equal(t, "Hello", b.read(other).text())
		}
	})
}

// A store that does not take the log costs the other replicas the beginning of the answer only.
func TestFaults_WithoutALogTheAnswerComesWhole(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		middle := make(gate)
		store, v := newShared(), newVendor(always(middle, delta(strings.Repeat("x", 100))))
		a, b := replicas(t, v, store)
		store.failNext("append", 1000)
		first := a.begun(v, "m1", "hello")
		other := b.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
		close(middle)
		assert.Len(t, a.read(first).text(), 100)
		assert.Len(t, b.read(other).text(), 100)
	})
}
