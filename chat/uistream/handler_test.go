package uistream_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/internal/memchat"
	"github.com/seed-127a5941/parley/chat/uistream"
)

// site is a replica of a program that serves a Handler.
type site struct {
	*uistream.Handler
	t      testing.TB
	url    string
	server *httptest.Server
	active atomic.Int64 // requests that are being served
}

// newSite returns a replica that serves on loopback, or in memory in a simulation. What config leaves out is quick.
func newSite(t testing.TB, config uistream.Config) *site {
	t.Helper()
	s := newBareSite(t, config)
	s.server = serve(t, http.StripPrefix("/api/chat",
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.active.Add(1)
			defer s.active.Add(-1)
			s.ServeHTTP(w, r)
		})))
	s.url = s.server.URL + "/api/chat"
	t.Cleanup(s.stop)
	return s
}

// newBareSite returns a replica without a network, whose users name themselves in a header.
func newBareSite(t testing.TB, config uistream.Config) *site {
	t.Helper()
	if config.User == nil {
		config.User = func(r *http.Request) (chat.User, error) {
			name := r.Header.Get("Authorization")
			if name == "" {
				return chat.User{}, errors.New("nobody")
			}
			return chat.User{ID: name, Locale: "en-US"}, nil
		}
	}
	if config.PollInterval == 0 {
		config.PollInterval = 5 * time.Millisecond
	}
	if config.RecoverWait == 0 {
		config.RecoverWait = 300 * time.Millisecond
	}
	handler, err := uistream.NewHandler(config)
	require.NoError(t, err)
	return &site{Handler: handler, t: t}
}

func (s *site) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	assert.NoError(s.t, s.Shutdown(ctx))
	s.server.Close()
}

// request sends a request of a user.
func (s *site) request(ctx context.Context, user, method, path, body string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if user != "" {
		r.Header.Set("Authorization", user)
	}
	if method == http.MethodPost && body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := s.server.Client().Do(r)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { response.Body.Close() })
	return response
}

// body returns what DefaultChatTransport sends for the last message of a conversation.
func body(conversation, id, text string) string {
	raw, _ := json.Marshal(map[string]any{
		"id": conversation, "trigger": "submit-message", "messages": []any{
			map[string]any{
				"id": "older", "role": "user", "parts": []any{map[string]any{"type": "text", "text": "older"}},
			},
			map[string]any{"id": "a", "role": "assistant", "parts": []any{map[string]any{"type": "step-start"}}},
			map[string]any{"id": id, "role": "user", "parts": []any{map[string]any{"type": "text", "text": text}}},
		},
	})
	return string(raw)
}

// say says text and returns the answer, as the strictest client reads it.
func (s *site) say(conversation, id, text string) *uiMessage {
	s.t.Helper()
	return s.read(s.request(s.t.Context(), "ann", http.MethodPost, "", body(conversation, id, text)))
}

// handle is say without a network, for simulated time.
func (s *site) handle(conversation, id, text string) *uiMessage {
	s.t.Helper()
	return s.read(s.handleRaw(conversation, id, text).Result())
}

// handleRaw returns the response to what handle says. It is empty if the response was cut.
func (s *site) handleRaw(conversation, id, text string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/",
		strings.NewReader(body(conversation, id, text)))
	r.Header.Set("Authorization", "ann")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	defer func() { _ = recover() }() // http.ErrAbortHandler
	s.ServeHTTP(w, r)
	return w
}

// messages returns what a page loads.
func (s *site) messages(conversation string) (messages []uiSaved, err error) {
	s.t.Helper()
	response := s.request(s.t.Context(), "ann", http.MethodGet, "/"+conversation+"/messages", "")
	if response.StatusCode != http.StatusOK {
		raw, _ := io.ReadAll(response.Body)
		return nil, errors.New(string(raw))
	}
	return messages, json.NewDecoder(response.Body).Decode(&messages)
}

// uiSaved is a message that a page loads.
type uiSaved struct {
	ID, Role string
	Metadata map[string]string
	Parts    []map[string]any
}

// read reads a response that must be a whole stream.
func (s *site) read(response *http.Response) *uiMessage {
	s.t.Helper()
	if !assert.Equal(s.t, http.StatusOK, response.StatusCode) {
		raw, _ := io.ReadAll(response.Body)
		s.t.Fatal(string(raw))
	}
	m, err := readResponse(response.Body)
	require.NoError(s.t, err)
	assert.True(s.t, m.Ended, "the response has no end: %v", m.Types)
	assert.True(s.t, m.Done)
	return m
}

// refused requires an error response and returns its text.
func (s *site) refused(response *http.Response, status int) string {
	s.t.Helper()
	raw, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	assert.Equal(s.t, status, response.StatusCode, string(raw))
	header := response.Header
	assert.Equal(s.t, "text/plain; charset=utf-8", header.Get("Content-Type"))
	assert.Equal(s.t, "no-store", header.Get("Cache-Control"))
	assert.Equal(s.t, "nosniff", header.Get("X-Content-Type-Options"))
	again := status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
	assert.Equal(s.t, again, header.Get("Retry-After") != "", "Retry-After of %d", status)
	return string(raw)
}

func TestHandler_AnswersAMessage(t *testing.T) {
	t.Parallel()
	v := memchat.NewVendor()
	s := newSite(t, uistream.Config{Driver: memchat.New(v, memchat.Options{})})
	m := s.say("c1", "m1", "hello there you")
	assert.Equal(t, "You said: hello there you", m.text())
	assert.Equal(t, "stop", m.Metadata["finish"])
	assert.Equal(t, []string{"hello there you"}, v.Heard())
	again := s.say("c1", "m1", "hello there you")
	assert.Equal(t, m.text(), again.text())
	assert.Equal(t, m.ID, again.ID)
	second := s.say("c1", "m2", "bye")
	assert.Equal(t, "You said: bye", second.text())
	assert.Equal(t, []string{"hello there you", "bye"}, v.Heard())
	gone := s.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
	assert.Equal(t, http.StatusNoContent, gone.StatusCode)
}

func siteConfig(d chat.Driver) uistream.Config { return uistream.Config{Driver: d} }

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
