package uistream_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
)

func TestJob_AMessageThatGotLostIsSaidByTheRetry(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		v, s := newPair(t, once([]any{refusal{parley.ErrDeliveryUnknown}}, delta("Hello")))
		m := s.say("c1", "m1", "hello")
		assert.Equal(t, "not-delivered", m.failure()["class"])
		assert.Equal(t, "retry", m.failure()["action"])
		assert.NotNil(t, m.part("data-status"), "it was looked for")
		assert.Equal(t, "Hello", s.say("c1", "m1", "hello").text())
		assert.Equal(t, []string{"hello"}, v.said())
	})
}

// The replica died before the vendor got the message. The retry finds that out, and says it in the same response.
func TestJob_AMessageOfADeadReplicaThatGotLostIsSaid(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		lost := make(gate)
		v := newVendor(once([]any{block{lost}}, delta("Hello")))
		a, b := replicas(t, v, newShared())
		first := a.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hello"))
		<-lost
		a.kill()
		cut(t, first)
		assert.Equal(t, "Hello", b.say("c1", "m1", "hello").text())
		assert.Equal(t, []string{"hello"}, v.said())
	})
}

// A resume does not say it: the user has to ask for that.
func TestJob_AResumeSaysNothing(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		lost := make(gate)
		v := newVendor(once([]any{block{lost}}, delta("Hello")))
		a, b := replicas(t, v, newShared())
		first := a.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hello"))
		<-lost
		a.kill()
		cut(t, first)
		m := b.read(b.request(t.Context(), "ann", http.MethodGet, "/c1/stream", ""))
		assert.Equal(t, "not-delivered", m.failure()["class"])
		assert.Empty(t, v.said())
		assert.Equal(t, "Hello", b.say("c1", "m1", "hello").text())
	})
}

// A message before that cannot be settled keeps the next one from being said.
func TestJob_NothingIsSaidWhileTheMessageBeforeIsOpen(t *testing.T) {
	t.Parallel()
	v := newVendor(always(delta("Hel"), make(gate)))
	store := newShared()
	a, b := replicas(t, v, store)
	first := a.begun(v, "m1", "hello")
	a.kill()
	cut(t, first)
	v.failLists(parley.ErrForbidden)
	m := b.say("c1", "m2", "next")
	assert.Equal(t, "unavailable", m.failure()["class"])
	assert.Equal(t, []string{"hello"}, v.said())
}

func TestJob_AnAnswerThatBrokeOffForGoodIsAFailure(t *testing.T) {
	t.Parallel()
	v := newVendor(always(delta("Hel"), parley.ErrTruncated))
	v.can.Recover, v.can.History, v.can.Push = false, false, false
	s := newSite(t, uistream.Config{Driver: v})
	m := s.say("c1", "m1", "hello")
	assert.Equal(t, "Hel", m.text())
	assert.Equal(t, "truncated", m.failure()["class"])
}

// A vendor cannot keep a program from ending.
func TestShutdown_GivesUpADriverThatIgnoresItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stubborn := make(chan struct{})
		s := newBareSite(t, uistream.Config{Driver: newVendor(always(func() { <-stubborn }, delta("late")))})
		go s.handleRaw("c1", "m1", "hello")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, s.Shutdown(ctx), context.DeadlineExceeded)
		assert.Equal(t, 6*time.Second, time.Since(began))
		close(stubborn)
		require.NoError(t, s.Shutdown(t.Context()))
	})
}

// A response that has begun because of a heartbeat tells what it would have told by its status.
func TestAwait_ARefusalAfterAHeartbeat(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		middle := make(gate)
		v := newVendor(always(middle, delta("Hello")))
		s := newSite(t, uistream.Config{Driver: v, Heartbeat: 5 * time.Millisecond})
		first := s.begun(v, "m1", "hello")
		greeting := s.request(t.Context(), "ann", http.MethodPost, "/c1/greeting", "")
		require.Equal(t, http.StatusOK, greeting.StatusCode)
		close(middle)
		m, err := readResponse(greeting.Body)
		require.NoError(t, err)
		assert.Contains(t, m.Err, "has begun")
		s.read(first)
	})
}

func TestFollow_AStoreThatCannotBeRead(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		middle := make(gate)
		v := newVendor(always(delta("Hel"), middle, delta("lo")))
		store := newShared()
		a, b := replicas(t, v, store)
		first := a.begun(v, "m1", "hello")
		store.failNext("tail", 1)
		other := b.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
		close(middle)
		assert.Equal(t, "Hello", b.read(other).text(), "it comes whole")
		assert.Equal(t, "Hello", a.read(first).text())
		store.failNext("load", 1)
		r := b.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
		b.refused(r, http.StatusServiceUnavailable)
	})
}

func TestHuman_OnlyOneAsksAtATime(t *testing.T) {
	t.Parallel()
	middle := make(gate)
	v := newVendor(always(middle, delta("Hello")))
	a, b := replicas(t, v, uistream.NewMemoryStore())
	first := a.begun(v, "m1", "hello")
	human := b.request(t.Context(), "ann", http.MethodPost, "/c1/human", "")
	close(middle)
	assert.Equal(t, chat.FinishQueued, b.read(human).Metadata["finish"])
	assert.Equal(t, "Hello", a.read(first).text())
}

// A message that was recovered before the next one was said is never said again.
func TestJob_TheMessageBeforeIsNotSaidAgain(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "/c1/human"} {
		v := newVendor(once([]any{delta("Hel"), make(gate), delta("lo")}, delta("Next")))
		a, b := replicas(t, v, newShared())
		first := a.begun(v, "m1", "hello")
		a.kill()
		cut(t, first)
		if path == "" {
			assert.Equal(t, "Hello\nNext", b.say("c1", "m2", "next").text())
		} else {
			assert.Equal(t, "Hello", b.read(b.request(t.Context(), "ann", http.MethodPost, path, "")).text())
		}
		for range 2 {
			retry := b.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hello"))
			assert.Contains(t, b.refused(retry, http.StatusConflict), "answered before")
			b.say("c1", "m3", "more")
		}
		assert.Equal(t, 1, count(v.said(), "hello"))
	}
}

// A vendor that shows no history: the message before and the next one are remembered apart.
func TestJob_TheMessageBeforeIsRemembered(t *testing.T) {
	t.Parallel()
	v := memory(once([]any{delta("Hel"), make(gate), delta("lo")}, delta("Next")))
	a, b := replicas(t, v, newShared())
	first := a.begun(v, "m1", "hello")
	a.kill()
	cut(t, first)
	next := b.say("c1", "m2", "next")
	assert.Equal(t, []string{"user m1 hello", "user m2 next", "assistant " + next.ID + " Next"}, b.shown())
	assert.Equal(t, 1, count(v.said(), "hello"))
}

// No failure claims that the vendor does not have a message whose fate is open.
func TestJob_AFailureOfAPendingMessageClaimsNothing(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]any{
		"a panic":                          {delta("Hel"), func() { panic("driver") }},
		"an error of no class":             {delta("Hel"), io.ErrUnexpectedEOF},
		"a refusal while the answer comes": {delta("Hel"), parley.ErrRateLimited},
		"an argument":                      {delta("Hel"), parley.ErrInvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			v, s := newPair(t, always(steps...))
			v.failLists(parley.ErrForbidden)
			m := s.say("c1", "m1", "hello")
			assert.Equal(t, "unknown", m.failure()["said"])
			assert.Contains(t, []any{"retry", "wait"}, m.failure()["action"])
			v.failLists(nil)
			s.say("c1", "m1", "hello")
			assert.Equal(t, []string{"hello"}, v.said())
		})
	}
}

// After a panic the state of a session is unknown, so the next turn has another one, although an event stream holds
// the one before.
func TestJob_ASessionThatPanickedIsNotUsedAgain(t *testing.T) {
	v, s := newPair(t, always(delta("Hel"), func() { panic("driver") }, delta("lo")))
	events := s.listen("")
	defer events.leave()
	eventually(t, func() bool { return v.sessions() == 1 })
	s.say("c1", "m1", "hello")
	s.say("c1", "m1", "hello")
	v.mu.Lock()
	defer v.mu.Unlock()
	assert.Greater(t, v.connected, 1)
}

// An event stream leaves such a session at once, and not when it looks next, which shows no other state.
func TestJob_ASessionThatPanickedServesNoEvents(t *testing.T) {
	simulate(t, func(t testing.TB) {
		v := newVendor(always(func() { panic("driver") }))
		s := newSite(t, uistream.Config{Driver: v, Heartbeat: 20 * time.Minute})
		s.listen("")
		eventually(t, func() bool { return v.sessions() == 1 })
		s.say("c1", "m1", "hello")
		eventually(t, func() bool {
			v.mu.Lock()
			defer v.mu.Unlock()
			return v.connected >= 2 && v.closed >= 1
		})
	})
}

// The replica of the turn serves further readers from the run itself, whatever the Store can do.
func TestRun_ASecondReaderOfAStoreWithoutATail(t *testing.T) {
	middle := make(gate)
	v := newVendor(always(delta("Hel"), middle, delta("lo")))
	s := newSite(t, uistream.Config{Driver: v, Store: struct{ uistream.Store }{uistream.NewMemoryStore()}})
	first := s.begun(v, "m1", "hello")
	second := bufio.NewScanner(s.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "").Body)
	for second.Scan() && !strings.Contains(second.Text(), "Hel") {
	}
	assert.Contains(t, second.Text(), "Hel", "while the answer is being made")
	close(middle)
	assert.Equal(t, "Hello", s.read(first).text())
	for second.Scan() {
	}
}

// A handler that lives for months does not hold the requests that it has answered.
func TestJob_AnEndedTurnIsForgotten(t *testing.T) {
	type key struct{}
	s := newBareSite(t, siteConfig(newVendor(nil)))
	held := func() weak.Pointer[bytes.Buffer] {
		value := new(bytes.Buffer)
		ctx := context.WithValue(t.Context(), key{}, value)
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(body("c1", "m1", "hello")))
		r.Header.Set("Authorization", "ann")
		r.Header.Set("Content-Type", "application/json")
		r.URL.Path = ""
		response := httptest.NewRecorder()
		s.ServeHTTP(response, r)
		require.Equal(t, http.StatusOK, response.Code)
		return weak.Make(value)
	}()
	eventually(t, func() bool { runtime.GC(); return held.Value() == nil })
	require.NoError(t, s.Shutdown(t.Context()))
}

// A Record may hold a State that another program began, without the Data of this package. Then only the State knows
// that the message was said.
func TestJob_AMessageThatOnlyTheStateKnowsIsNotSaidAgain(t *testing.T) {
	t.Parallel()
	v := newVendor(always(whole("Hello")))
	before := newShared()
	newSite(t, uistream.Config{Driver: v, Store: before}).say("c1", "m1", "hello")
	record, err := before.Load(t.Context(), "ann", "c1")
	require.NoError(t, err)
	store := uistream.NewMemoryStore()
	lease, err := store.Lock(t.Context(), "ann", "c1")
	require.NoError(t, err)
	require.NoError(t, lease.Save(t.Context(), uistream.Record{State: record.State}))
	lease.Unlock()
	s := newSite(t, uistream.Config{Driver: v, Store: store})
	assert.Equal(t, "answered", s.say("c1", "m1", "hello").failure()["class"])
	assert.Equal(t, "Hello", s.say("c1", "m2", "next").text())
	s.refused(s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hello")), http.StatusConflict)
	assert.Equal(t, []string{"hello", "next"}, v.said())
}
