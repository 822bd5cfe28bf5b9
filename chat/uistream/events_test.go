package uistream_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
)

// source is an EventSource.
type source struct {
	t        testing.TB
	response *http.Response
	lines    *bufio.Scanner
	lastID   string
	leave    func()
}

// sse is an event of a source.
type sse struct{ id, name, data string }

// listen opens the events of a conversation.
func (s *site) listen(lastID string) *source {
	s.t.Helper()
	ctx, leave := context.WithTimeout(s.t.Context(), 30*time.Second)
	s.t.Cleanup(leave)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/c1/events", nil)
	require.NoError(s.t, err)
	r.Header.Set("Authorization", "ann")
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	response, err := s.server.Client().Do(r)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { response.Body.Close() })
	require.Equal(s.t, http.StatusOK, response.StatusCode)
	return &source{t: s.t, response: response, lines: bufio.NewScanner(response.Body), lastID: lastID, leave: leave}
}

// next returns the next event, or false at the end.
func (s *source) next() (e sse, ok bool) {
	for s.lines.Scan() {
		name, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch name {
		case "id":
			s.lastID, e.id = value, value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			if e.data != "" {
				return e, true
			}
		}
	}
	return e, false
}

// said returns the text of the next message.
func (s *source) said() string {
	s.t.Helper()
	for {
		e, ok := s.next()
		require.True(s.t, ok, "the events ended")
		if e.name == "message" {
			var m uiSaved
			require.NoError(s.t, json.Unmarshal([]byte(e.data), &m))
			assert.Equal(s.t, e.id, m.ID)
			return m.Metadata["role"] + ": " + m.Parts[0]["text"].(string)
		}
	}
}

func TestEvents_AHumanIsHeard(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	first := s.listen("")
	v.human("I am Ann")
	assert.Equal(t, "human: I am Ann", first.said())
	first.leave()
	v.human("still here")
	second := s.listen(first.lastID)
	assert.Equal(t, "human: still here", second.said())
	third := s.listen("v1-2") // the ID of the answer
	assert.Equal(t, "human: I am Ann", third.said())
	assert.Equal(t, "human: still here", third.said())
}

// A reader that comes back misses nothing, even if there was no event before it left.
func TestEvents_AReaderThatHeardNothingMissesNothing(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	first := s.listen("")
	eventually(t, func() bool { first.lines.Scan(); return strings.HasPrefix(first.lines.Text(), "id: ") })
	first.lastID = strings.TrimPrefix(first.lines.Text(), "id: ")
	first.leave()
	v.human("I am Ann")
	assert.Equal(t, "human: I am Ann", s.listen(first.lastID).said())
}

// Answers are no events, whether the page listens from before the first message or not.
func TestEvents_AnswersAreNoEvents(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	events := s.listen("")
	s.say("c1", "m1", "hello")
	s.say("c1", "m2", "more")
	v.human("I am Ann")
	assert.Equal(t, "human: I am Ann", events.said())
}

func TestEvents_StatusesArePushed(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	events := s.listen("")
	v.pushed <- chat.Event{Kind: chat.EventStatus, Status: chat.StatusHumanJoined}
	e, _ := events.next()
	assert.Equal(t, sse{name: "status", data: `{"status":"human-joined"}`}, sse{name: e.name, data: e.data})
}

// Another replica goes on with the conversation while this one listens.
func TestEvents_FollowOtherReplicas(t *testing.T) {
	t.Parallel()
	v := newVendor(nil)
	a, b := replicas(t, v, uistream.NewMemoryStore())
	events := a.listen("") // before there is a conversation
	b.say("c1", "m1", "hello")
	v.human("I am Ann")
	assert.Equal(t, "human: I am Ann", events.said())
}

// What was offered by an event is known to all replicas.
func TestEvents_ChoicesComeBack(t *testing.T) {
	t.Parallel()
	v := newVendor(nil)
	a, b := replicas(t, v, uistream.NewMemoryStore())
	a.say("c1", "m1", "hello")
	events := a.listen("")
	offer := chat.Event{
		Kind: chat.EventMessage, Role: chat.RoleHuman, Text: "Choose",
		Choices: []chat.Choice{{ID: "yes", Label: "Yes"}},
	}
	v.tell(offer)
	assert.Equal(t, "human: Choose", events.said())
	choose := `{"id":"c1","messages":[{"id":"m2","role":"user","metadata":{"choice":"yes"},"parts":[]}]}`
	eventually(t, func() bool {
		m := b.read(b.request(t.Context(), "ann", http.MethodPost, "", choose))
		return m.text() == "You said: choice yes"
	})
	events.leave()
}

func TestEvents_EndWithShutdown(t *testing.T) {
	t.Parallel()
	_, s := newPair(t, nil)
	events := s.listen("")
	require.NoError(t, s.Shutdown(t.Context()))
	_, ok := events.next()
	assert.False(t, ok)
	r := s.request(t.Context(), "ann", http.MethodGet, "/c1/events", "")
	s.refused(r, http.StatusServiceUnavailable)
}

func TestEvents_FailuresAreTold(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	events := s.listen("")
	v.failLists(parley.ErrForbidden)
	e, ok := events.next()
	require.True(t, ok)
	assert.Equal(t, "failure", e.name)
	assert.Contains(t, e.data, `"class":"unavailable"`)
	_, ok = events.next()
	assert.False(t, ok)
	s.refused(s.request(t.Context(), "ann", http.MethodGet, "/c1/events", ""), http.StatusServiceUnavailable)
}

func TestEvents_UnsupportedIs501(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	v.can.History, v.can.Push = false, false
	s.refused(s.request(t.Context(), "ann", http.MethodGet, "/c1/events", ""), http.StatusNotImplemented)
}

func TestEvents_LeaveNothing(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	for range 20 {
		s.listen("").leave()
	}
	eventually(t, func() bool { return v.sessions() == 0 })
}

func TestEvents_Heartbeat(t *testing.T) {
	t.Parallel()
	s := newSite(t, uistream.Config{Driver: newVendor(nil), Heartbeat: 5 * time.Millisecond})
	events := s.listen("")
	for range 3 {
		eventually(t, func() bool { events.lines.Scan(); return events.lines.Text() == ": " })
	}
}

func TestEvents_APanicOfTheDriverIsAFailure(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	v.can.Push = false
	s.say("c1", "m1", "hello")
	events := s.listen("")
	v.panicInLists()
	e, ok := events.next()
	require.True(t, ok)
	assert.Equal(t, "failure", e.name)
}

// A vendor's words may quote the user, and a text for people is in their language.
func TestRefuse_LogsNoWordsAndKnowsTheLanguage(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	p := raiaPeer(t)
	user := chat.User{ID: "customer-7", Email: "ann@example.com", Locale: "de-DE"}
	s := newSite(t, uistream.Config{
		Driver: p.driver, User: func(*http.Request) (chat.User, error) { return user, nil },
		Logger:    slog.New(slog.NewTextHandler(&logged, nil)),
		ErrorText: func(class, locale string) string { return class + " " + locale },
	})
	s.say("c1", "m1", "hello there")
	p.refuseLists("no such key ann@example.com")
	text := s.refused(s.request(t.Context(), "ann", http.MethodGet, "/c1/messages", ""), http.StatusServiceUnavailable)
	assert.Equal(t, "unavailable de-DE", text)
	require.NoError(t, s.Shutdown(t.Context()))
	assert.Contains(t, logged.String(), "status 403")
	assert.NotContains(t, logged.String(), "ann@")
}

// An event stream may look while the Store has a State already whose Save has not returned. The State is that of the
// turn that runs, so the stream goes on with the turn's conversation: a second one would not know what the turn yields.
func TestEvents_LookWhileAStateIsBeingSaved(t *testing.T) {
	t.Parallel()
	v, store := newVendor(always(whole("Hello"))), newShared()
	s := newSite(t, uistream.Config{Driver: v, Store: store, Heartbeat: 30 * time.Millisecond})
	s.say("c1", "m1", "hello")
	events := s.listen("")
	defer events.leave()
	eventually(t, func() bool { return v.sessions() == 1 })
	saving, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	store.onSave(func() {
		once.Do(func() {
			close(saving)
			<-release
		})
	})
	answer := s.request(t.Context(), "ann", http.MethodPost, "", body("c1", "m2", "next"))
	<-saving
	before := store.loaded()
	eventually(t, func() bool { return store.loaded() >= before+4 })
	assert.Equal(t, 1, v.sessions())
	close(release)
	assert.Equal(t, "Hello", s.read(answer).text())
}

// A page that opens its first event stream names the message that it has in the query, because EventSource sends no
// header then.
func TestEvents_AfterAMessageOfTheQuery(t *testing.T) {
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	v.human("I am Ann")
	assert.True(t, s.shows("/c1/events?after=v1-2", "I am Ann"))
}

func TestEvents_WithoutAListAreRefused(t *testing.T) {
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	v.failLists(parley.ErrRateLimited)
	s.refused(s.request(t.Context(), "ann", http.MethodGet, "/c1/events", ""), http.StatusTooManyRequests)
}
