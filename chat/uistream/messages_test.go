package uistream_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
)

// shown returns role, id and text of the messages that a page loads.
func (s *site) shown() (shown []string) {
	s.t.Helper()
	messages, err := s.messages("c1")
	require.NoError(s.t, err)
	for _, m := range messages {
		text := ""
		for _, p := range m.Parts {
			if p["type"] == "text" {
				text += p["text"].(string)
			}
		}
		shown = append(shown, m.Role+" "+m.ID+" "+text)
	}
	return shown
}

// history and memory are a vendor that shows its messages, and one that does not.
func history(script func(string) []any) *vendor { return newVendor(script) }

func memory(script func(string) []any) *vendor {
	v := newVendor(script)
	v.can.History, v.can.Recover, v.can.Push, v.can.Humans = false, false, false, false
	return v
}

func TestMessages_AreThoseOfTheVendor(t *testing.T) {
	t.Parallel()
	v := history(nil)
	s := newSite(t, uistream.Config{Driver: v})
	assert.Empty(t, s.shown())
	one := s.say("c1", "m1", "hello")
	two := s.say("c1", "m2", "more")
	v.human("I am Ann")
	assert.Equal(t, []string{
		"user said-v1-1 hello", "assistant v1-2 You said: hello",
		"user m2 more", "assistant " + two.ID + " You said: more", "assistant v1-5 I am Ann",
	}, s.shown(), "the last message and its answer have the ids that the page knows")
	assert.NotEqual(t, one.ID, two.ID)
	messages, err := s.messages("c1")
	require.NoError(t, err)
	assert.Equal(t, "human", messages[4].Metadata["role"])
	assert.Equal(t, "v1-4", messages[3].Metadata["id"])
}

func TestMessages_OfAVendorThatShowsNone(t *testing.T) {
	t.Parallel()
	offer := whole("Choose")
	offer.Choices = []chat.Choice{{ID: "yes", Label: "Yes"}}
	v := memory(once([]any{offer}, delta("Good")))
	s := newSite(t, uistream.Config{Driver: v})
	assert.Empty(t, s.shown())
	s.read(s.request(t.Context(), "ann", http.MethodPost, "/c1/greeting", ""))
	one := s.say("c1", "m1", "hello")
	two := s.say("c1", "m2", "more")
	shown := s.shown()
	require.Len(t, shown, 5)
	assert.Equal(t, []string{
		"user m1 hello", "assistant " + one.ID + " Choose", "user m2 more", "assistant " + two.ID + " Good",
	}, shown[1:])
	messages, err := s.messages("c1")
	require.NoError(t, err)
	assert.Equal(t, "data-choices", messages[2].Parts[1]["type"])
}

func TestMessages_LeaveOutTheAnswerUnderWay(t *testing.T) {
	t.Parallel()
	for name, make_ := range map[string]func(func(string) []any) *vendor{"history": history, "memory": memory} {
		t.Run(name, func(t *testing.T) {
			middle := make(gate)
			v := make_(once([]any{delta("First")}, delta("Hel"), middle, delta("lo")))
			a, b := replicas(t, v, uistream.NewMemoryStore())
			a.say("c1", "m1", "hello")
			response := a.begun(v, "m2", "more")
			for _, s := range []*site{a, b} {
				shown := s.shown()
				require.Len(t, shown, 3)
				assert.Equal(t, "user m2 more", shown[2])
			}
			close(middle)
			m := a.read(response)
			eventually(t, func() bool { return len(b.shown()) == 4 })
			assert.Equal(t, "assistant "+m.ID+" Hello", b.shown()[3])
		})
	}
}

// A page that is being loaded again reads the messages, and then the answer under way. If that ends in between, it is
// still under way for the page.
func TestMessages_AnAnswerThatNobodySawIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, make_ := range map[string]func(func(string) []any) *vendor{"history": history, "memory": memory} {
		t.Run(name, func(t *testing.T) {
			middle := make(gate)
			v := make_(always(delta("Hel"), middle, delta("lo")))
			store := uistream.NewMemoryStore()
			s := newSite(t, uistream.Config{Driver: v, Store: store})
			s.leaveInTheMiddle(v, "m1", "hello")
			assert.Equal(t, []string{"user m1 hello"}, s.shown())
			close(middle)
			eventually(t, func() bool { return free(t, store) })
			stream := s.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
			assert.Equal(t, "Hello", s.read(stream).text())
			assert.Equal(t, []string{"user m1 hello"}, s.shown(), "for a page that is being loaded again")
		})
	}
}

// free reports whether no turn runs.
func free(t *testing.T, store uistream.Store) bool {
	lease, err := store.Lock(t.Context(), "ann", "c1")
	if err == nil {
		lease.Unlock()
	}
	return err == nil
}

// leaveInTheMiddle says text and leaves when the vendor has heard it.
func (s *site) leaveInTheMiddle(v *vendor, id, text string) {
	s.t.Helper()
	response := s.begun(v, id, text)
	response.Body.Close()
	eventually(s.t, func() bool { return s.active.Load() == 0 })
}

func TestMessages_WhatWasNotSaidIsNotShown(t *testing.T) {
	t.Parallel()
	for name, make_ := range map[string]func(func(string) []any) *vendor{"history": history, "memory": memory} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, uistream.Config{Driver: make_(always(refusal{parley.ErrRateLimited}))})
			s.say("c1", "m1", "hello")
			assert.Empty(t, s.shown())
		})
	}
}

func TestMessages_FailuresAreTold(t *testing.T) {
	t.Parallel()
	store, v, s := faulty(t, nil)
	s.say("c1", "m1", "hello")
	store.failNext("load", 1)
	s.refused(s.request(t.Context(), "ann", http.MethodGet, "/c1/messages", ""), http.StatusServiceUnavailable)
	v.failLists(parley.ErrRateLimited)
	s.refused(s.request(t.Context(), "ann", http.MethodGet, "/c1/messages", ""), http.StatusTooManyRequests)
	v.refuses = parley.ErrServer
	eventually(t, func() bool { // the turn has ended for its reader before its conversation is let go
		r := s.request(t.Context(), "ann", http.MethodGet, "/c1/messages", "")
		return r.StatusCode != http.StatusTooManyRequests
	})
	s.refused(s.request(t.Context(), "ann", http.MethodGet, "/c1/messages", ""), http.StatusServiceUnavailable)
}

func TestMessages_AreNotCached(t *testing.T) {
	t.Parallel()
	_, s := newPair(t, nil)
	response := s.request(t.Context(), "ann", http.MethodGet, "/c1/messages", "")
	assert.Equal(t, "no-store", response.Header.Get("Cache-Control"))
	assert.Equal(t, "application/json", response.Header.Get("Content-Type"))
	assert.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
}

func TestMessages_AConversationWithoutAnyIsAnEmptyList(t *testing.T) {
	_, s := newPair(t, nil)
	raw, err := io.ReadAll(s.request(t.Context(), "ann", http.MethodGet, "/c1/messages", "").Body)
	require.NoError(t, err)
	assert.JSONEq(t, "[]", string(raw))
}

// A list that lacks the message of the user does not give its id to an answer that repeats the words.
func TestMessages_AnAnswerIsNotTakenForTheMessage(t *testing.T) {
	v, s := newPair(t, always(whole("hello")))
	s.say("c1", "m1", "hello")
	v.mu.Lock()
	v.listed["v1"] = v.listed["v1"][1:]
	v.mu.Unlock()
	shown := s.shown()
	require.Len(t, shown, 1)
	assert.NotContains(t, shown[0], " m1 ")
}

func TestMessages_HaveTheirTime(t *testing.T) {
	at := time.Date(2026, 11, 26, 12, 30, 0, 250_000_000, time.FixedZone("CET", 3600))
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	e := whole("I am Ann")
	e.At = at
	v.tell(e)
	raw, err := io.ReadAll(s.request(t.Context(), "ann", http.MethodGet, "/c1/messages", "").Body)
	require.NoError(t, err)
	assert.Contains(t, string(raw), `"2026-11-26T11:30:00.250Z"`)
}
