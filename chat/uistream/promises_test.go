package uistream_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat/uistream"
)

// buffer is a bytes.Buffer for a Logger.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// has reads an event stream until a line contains text.
func has(response *http.Response, text string) bool {
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if strings.Contains(lines.Text(), text) {
			return true
		}
	}
	return false
}

// Another replica shows the answer while it is being made, if the Store can.
func TestFollow_AnotherReplicaStreams(t *testing.T) {
	middle := make(gate)
	v := newVendor(always(delta("Hel"), middle, delta("lo")))
	a, b := replicas(t, v, newShared())
	first := a.begun(v, "m1", "hello")
	assert.True(t, has(b.request(t.Context(), "ann", http.MethodGet, "/c1/stream", ""), "Hel"))
	close(middle)
	assert.Equal(t, "Hello", a.read(first).text())
}

// Another message waits for the end of the answer under way. It is not taken for an edit of the first one.
func TestResolve_AnotherMessageWaits(t *testing.T) {
	middle := make(gate)
	v := newVendor(once([]any{delta("Hel"), middle, delta("lo")}, delta("Next")))
	s := newSite(t, siteConfig(v))
	first := s.begun(v, "m1", "hello")
	time.AfterFunc(20*time.Millisecond, func() { close(middle) })
	assert.Equal(t, "Next", s.say("c1", "m2", "next").text())
	assert.Equal(t, "Hello", s.read(first).text())
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
	assert.NotContains(t, strings.Join(s.shown(), "\n"), " m1 ")
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

// A page that opens its first event stream names the message that it has in the query, because EventSource sends no
// header then.
func TestEvents_AfterAMessageOfTheQuery(t *testing.T) {
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	v.human("I am Ann")
	assert.True(t, has(s.request(t.Context(), "ann", http.MethodGet, "/c1/events?after=v1-2", ""), "I am Ann"))
}

func TestEvents_WithoutAListAreRefused(t *testing.T) {
	v, s := newPair(t, nil)
	s.say("c1", "m1", "hello")
	v.failLists(parley.ErrRateLimited)
	s.refused(s.request(t.Context(), "ann", http.MethodGet, "/c1/events", ""), http.StatusTooManyRequests)
}

// The beginning of a request may be JSON that says something.
func TestReadRequest_ARequestThatIsCutSaysNothing(t *testing.T) {
	v := newVendor(nil)
	s := newBareSite(t, siteConfig(v))
	cut := io.MultiReader(strings.NewReader(body("c1", "m1", "hello")), iotest.ErrReader(errors.New("reset")))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", cut)
	r.URL.Path = ""
	r.Header.Set("Authorization", "ann")
	r.Header.Set("Content-Type", "application/json")
	response := httptest.NewRecorder()
	s.ServeHTTP(response, r)
	assert.Equal(t, http.StatusBadRequest, response.Code)
	assert.Empty(t, v.said())
}

// A log that cannot be appended to costs other replicas' readers the stream, which an operator has to know.
func TestLog_AFailedAppendIsLogged(t *testing.T) {
	var logged buffer
	store := newShared()
	s := newSite(t, uistream.Config{
		Driver: newVendor(nil), Store: store, Logger: slog.New(slog.NewTextHandler(&logged, nil)),
	})
	store.failNext("append", 1)
	assert.Equal(t, "You said: hello", s.say("c1", "m1", "hello").text())
	assert.Contains(t, logged.String(), "append")
	assert.Contains(t, logged.String(), "level=WARN")
}
