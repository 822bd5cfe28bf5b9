package uistream_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
)

// once returns a script that plays the first steps once, and the others from then on.
func once(first []any, then ...any) func(string) []any {
	played := false
	return func(string) []any {
		if !played {
			played = true
			return first
		}
		return then
	}
}

func TestSay_AMessageThatWasNotSaidIsSaidByARetry(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, once([]any{refusal{parley.ErrRateLimited}}, delta("Hello")))
	m := s.say("c1", "m1", "hello")
	assert.Equal(t, "rate-limited", m.failure()["class"])
	assert.Equal(t, "no", m.failure()["said"])
	assert.Equal(t, "Hello", s.say("c1", "m1", "hello").text(), "at once, while the conversation is given back")
	assert.Equal(t, []string{"hello"}, v.said())
}

func (m *uiMessage) failure() map[string]any {
	p := m.part("data-error")
	if p == nil {
		return nil
	}
	return p["data"].(map[string]any)
}

func TestSay_AMessageThatWasSaidIsNeverSaidAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		steps []any
		class any
		text  string
	}{
		"answered":        {[]any{delta("Hello")}, nil, "Hello"},
		"failed":          {[]any{parley.ErrAnswerFailed}, "answer-failed", ""},
		"broke off":       {[]any{delta("Hel"), parley.ErrTruncated, delta("lo")}, nil, "Hello"},
		"lost":            {[]any{parley.ErrDeliveryUnknown, delta("Hello")}, nil, "Hello"},
		"left unanswered": {[]any{parley.ErrDeliveryUnknown}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t testing.TB) {
				v, s := newPair(t, always(c.steps...))
				for range 3 {
					m := s.say("c1", "m1", "hello")
					assert.Equal(t, c.text, m.text())
					assert.Equal(t, c.class, m.failure()["class"])
				}
				assert.Equal(t, []string{"hello"}, v.said())
			})
		})
	}
}

func TestSay_AClientThatLeavesDoesNotEndTheTurn(t *testing.T) {
	t.Parallel()
	middle := make(gate)
	v, s := newPair(t, always(delta("Hel"), middle, delta("lo")))
	ctx, leave := context.WithCancel(t.Context())
	s.request(ctx, "ann", http.MethodPost, "", body("c1", "m1", "hello"))
	eventually(t, func() bool { return len(v.said()) == 1 })
	leave()
	back := s.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
	close(middle)
	assert.Equal(t, "Hello", s.read(back).text())
	assert.Equal(t, []string{"hello"}, v.said())
}

// stop() looks like a client that has left. What the user says next waits for the answer under way.
func TestSay_TheNextMessageWaits(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		middle := make(gate)
		v := newVendor(once([]any{delta("Hel"), middle, delta("lo")}, delta("Again")))
		s := newSite(t, uistream.Config{Driver: v, Heartbeat: 5 * time.Millisecond})
		s.begun(v, "m1", "hello")
		next := s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m2", "next"))
		assert.Equal(t, http.StatusOK, next.StatusCode, "the first heartbeat begins the response")
		close(middle)
		m := s.read(next)
		assert.Equal(t, "Again", m.text())
		assert.NotZero(t, m.Comments)
		assert.Equal(t, []string{"hello", "next"}, v.said())
	})
}

func TestSay_TheNextMessageDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		middle := make(gate)
		v := newVendor(always(delta("Hel"), middle, delta("lo")))
		s := newSite(t, uistream.Config{Driver: v, MaxWait: 30 * time.Millisecond})
		s.begun(v, "m1", "hello")
		next := s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m2", "next"))
		assert.Contains(t, s.refused(next, http.StatusConflict), "still being answered")
		close(middle)
		assert.Equal(t, []string{"hello"}, v.said())
	})
}

func TestSay_AWaitThatBeatEndsWithAFailure(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		middle := make(gate)
		v := newVendor(always(delta("Hel"), middle, delta("lo")))
		s := newSite(t, uistream.Config{Driver: v, MaxWait: 60 * time.Millisecond, Heartbeat: 5 * time.Millisecond})
		s.begun(v, "m1", "hello")
		next := s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m2", "next"))
		m, err := readResponse(next.Body)
		assert.NoError(t, err)
		assert.Equal(t, "busy", m.failure()["class"])
		assert.Contains(t, m.Err, "still being answered")
		close(middle)
	})
}

func TestSay_AnEditIsRefused(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	edit := s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hullo"))
	assert.Contains(t, s.refused(edit, http.StatusConflict), "cannot be changed")
	s.say("c1", "m2", "more")
	edit = s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hullo"))
	assert.Contains(t, s.refused(edit, http.StatusConflict), "cannot be changed")
	late := s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hello"))
	assert.Contains(t, s.refused(late, http.StatusConflict), "answered before")
	assert.Equal(t, []string{"hello", "more"}, v.said())
}

func TestSay_AnEditOfWhatIsBeingAnsweredIsRefused(t *testing.T) {
	t.Parallel()
	for _, other := range []bool{false, true} {
		middle := make(gate)
		v := newVendor(always(delta("Hel"), middle, delta("lo")))
		a, b := replicas(t, v, uistream.NewMemoryStore())
		a.begun(v, "m1", "hello")
		s := a
		if other {
			s = b
		}
		edit := s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hullo"))
		assert.Contains(t, s.refused(edit, http.StatusConflict), "cannot be changed")
		close(middle)
	}
}

func TestSay_UsersHaveConversationsOfTheirOwn(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	s.say("c1", "m1", "of ann")
	bob := s.read(s.request(t.Context(), "bob", http.MethodPost, "", body("c1", "m1", "of bob")))
	assert.Equal(t, "You said: of bob", bob.text())
	gone := s.request(t.Context(), "eve", http.MethodGet, "/c1/stream?message=m1", "")
	assert.Equal(t, http.StatusNoContent, gone.StatusCode)
	assert.Equal(t, []string{"of ann", "of bob"}, v.said())
	own := s.read(s.request(t.Context(), "ann", http.MethodGet, "/c1/stream?message=m1", ""))
	assert.Equal(t, "You said: of ann", own.text())
}

func TestSay_TurnsOfAUserAreLimited(t *testing.T) {
	t.Parallel()
	middle := make(gate)
	v := newVendor(always(middle, delta("Hello")))
	s := newSite(t, uistream.Config{Driver: v, MaxTurns: 2})
	for _, id := range []string{"c1", "c2"} {
		s.request(t.Context(), "ann", http.MethodPost, "", body(id, "m1", "hello"))
	}
	eventually(t, func() bool { return len(v.said()) == 2 })
	third := s.request(t.Context(), "ann", http.MethodPost, "", body("c3", "m1", "hello"))
	assert.Contains(t, s.refused(third, http.StatusTooManyRequests), "too many")
	assert.NotEmpty(t, third.Header.Get("Retry-After"))
	bob := s.request(t.Context(), "bob", http.MethodPost, "", body("c3", "m1", "hello"))
	close(middle)
	assert.Equal(t, "Hello", s.read(bob).text())
	eventually(t, func() bool { // the places are given back
		again := s.request(t.Context(), "ann", http.MethodPost, "", body("c3", "m1", "hello"))
		return again.StatusCode == http.StatusOK && s.read(again).text() == "Hello"
	})
}

func TestSay_AMessageThatTakesTooLongStaysPending(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		middle := make(gate)
		v := newVendor(always(middle, delta("Hello")))
		s := newSite(t, uistream.Config{Driver: v, TurnTimeout: 30 * time.Millisecond})
		m := s.say("c1", "m1", "hello")
		assert.Equal(t, "timeout", m.failure()["class"])
		assert.Equal(t, "retry", m.failure()["action"])
		assert.Equal(t, "Hello", s.say("c1", "m1", "hello").text(), "the retry recovers it")
		assert.Equal(t, []string{"hello"}, v.said())
	})
}

// What is said while the message before is pending, because its replica died, is said after that was recovered.
func TestSay_RecoversTheMessageBefore(t *testing.T) {
	t.Parallel()
	v := newVendor(once([]any{delta("Hel"), make(gate), delta("lo")}, delta("Again")))
	store := newShared()
	a, b := replicas(t, v, store)
	first := a.begun(v, "m1", "hello")
	a.kill()
	cut(t, first)
	m := b.say("c1", "m2", "next")
	assert.Equal(t, "Hello\nAgain", m.text(), "the answer to the first comes as a step before")
	assert.Equal(t, []string{"hello", "next"}, v.said())
}

func TestSay_TellsIfTheMessageBeforeWasLost(t *testing.T) {
	t.Parallel()
	v := newVendor(once([]any{func() {}, make(gate)}, delta("Again")))
	v.can.Recover, v.can.History, v.can.Push, v.silent = false, false, false, true
	store := newShared()
	a, b := replicas(t, v, store)
	first := a.begun(v, "m1", "hello")
	a.kill()
	cut(t, first)
	m := b.say("c1", "m2", "next")
	assert.Equal(t, "Again", m.text())
	assert.NotNil(t, m.part("data-notice"))
	assert.Equal(t, []string{"hello", "next"}, v.said())
}

func TestSay_ChoicesComeBack(t *testing.T) {
	t.Parallel()
	offer := whole("Choose")
	offer.Choices = []chat.Choice{{ID: "yes", Label: "Yes"}}
	v, s := newPair(t, once([]any{offer}, delta("Good")))
	s.say("c1", "m1", "hello")
	choose := `{"id":"c1","trigger":"submit-message","messages":[{"id":"m2","role":"user","metadata":{"choice":%q},` +
		`"parts":[{"type":"text","text":"Yes"}]}]}`
	m := s.read(s.request(t.Context(), "ann", http.MethodPost, "", sprintf(choose, "no")))
	assert.Equal(t, "invalid", m.failure()["class"])
	m = s.read(s.request(t.Context(), "ann", http.MethodPost, "", sprintf(choose, "yes")))
	assert.Equal(t, "Good", m.text())
	assert.Equal(t, []string{"hello", "choice yes"}, v.said())
}

// lingering is a Store whose leases are given back when free is closed.
type lingering struct {
	uistream.Store
	free chan struct{}
}

func (s lingering) Lock(ctx context.Context, user, id string) (uistream.Lease, error) {
	l, err := s.Store.Lock(ctx, user, id)
	return lingeringLease{l, s.free}, err
}

type lingeringLease struct {
	uistream.Lease
	free <-chan struct{}
}

func (l lingeringLease) Unlock() {
	<-l.free
	l.Lease.Unlock()
}

// A message that was not said can be changed even before the turn in which it failed has given its lease back.
func TestSay_WhatWasNotSaidCanBeChangedAtOnce(t *testing.T) {
	t.Parallel()
	v := newVendor(nil)
	store := lingering{uistream.NewMemoryStore(), make(chan struct{})}
	s := newSite(t, uistream.Config{Driver: v, Store: store})
	choose := `{"id":"c1","trigger":"submit-message","messages":[{"id":"m1","role":"user","metadata":{"choice":"no"},` +
		`"parts":[{"type":"text","text":"Yes"}]}]}`
	m := s.read(s.request(t.Context(), "ann", http.MethodPost, "", choose))
	assert.Equal(t, "invalid", m.failure()["class"])
	answered := make(chan *http.Response, 1)
	go func() { answered <- s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m1", "hello")) }()
	var early *http.Response
	select {
	case early = <-answered:
	case <-time.After(50 * time.Millisecond):
	}
	close(store.free)
	if assert.Nil(t, early, "the conversation is not free") {
		assert.Equal(t, "You said: hello", s.read(<-answered).text())
	}
	assert.Equal(t, []string{"hello"}, v.said())
}

func TestGreeting_IsGivenOnce(t *testing.T) {
	t.Parallel()
	_, s := newPair(t, nil)
	for range 2 {
		m := s.read(s.request(t.Context(), "ann", http.MethodPost, "/c1/greeting", ""))
		assert.Equal(t, "Welcome!", m.text())
	}
	messages, err := s.messages("c1")
	assert.NoError(t, err)
	assert.Len(t, messages, 1)
	s.say("c1", "m1", "hello")
	late := s.request(t.Context(), "ann", http.MethodPost, "/c1/greeting", "")
	s.refused(late, http.StatusConflict)
	messages, err = s.messages("c1")
	assert.NoError(t, err)
	assert.Len(t, messages, 3)
}

func TestHuman_IsAskedFor(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	m := s.read(s.request(t.Context(), "ann", http.MethodPost, "/c1/human", ""))
	assert.Equal(t, "queued", m.Metadata["finish"])
	assert.Equal(t, map[string]any{"status": "queued"}, m.part("data-status")["data"])
	v.can.HandOver, v.can.Greeting = false, false
	for _, path := range []string{"/c1/human", "/c1/greeting"} {
		s.refused(s.request(t.Context(), "ann", http.MethodPost, path, ""), http.StatusNotImplemented)
	}
}
