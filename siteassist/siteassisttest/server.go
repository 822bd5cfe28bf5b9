// Package siteassisttest is a fake of the SiteAssist API for tests: in memory, on loopback. It keeps what is created,
// checks credentials as the vendor does, streams answers and fails on demand.
//
//	server := siteassisttest.NewServer()
//	defer server.Close()
//	client, err := siteassist.NewClient(server.Config())
package siteassisttest

import (
	"net/http"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
)

// The credentials that every Server accepts, and the one project that it has.
const (
	PublishableKey = "pk_fake_publishable"
	PrivateKey     = "sk_fake_private" // as siteassist.Config.Token: a visitor of its own
	ProjectID      = "e2c6b2ad-0000-4000-8000-000000000001"

	prefix = "/v2"
)

// Request is one request as it arrived. Its fields: Method, Path (escaped, without the query), Query, Header and Body.
type Request = fakeserver.Request

// Failure is what a call gets in place of its answer. Its fields: Status, Header and Body of the answer; Reset (cut the
// connection once the request was read); Delay (waited first; with a Status of 0 and no Reset, the call is then answered
// as usual).
type Failure = fakeserver.Failure

// Server is a fake of the API. It is safe for concurrent use.
type Server struct {
	fake  *fakeserver.Server // the socket
	state *state             // what is remembered
}

// NewServer starts a server on loopback. It panics when it cannot listen there, as httptest does.
func NewServer() *Server {
	s := &Server{state: newState()}
	s.fake = fakeserver.New(s.routes())
	return s
}

// Config returns a configuration for NewClient: the visitor of device "fake-device", who opens a session when it is
// needed.
func (s *Server) Config() siteassist.Config {
	return siteassist.Config{BaseURL: s.fake.URL() + prefix, PublishableKey: PublishableKey, DeviceID: "fake-device"}
}

// Requests returns what arrived, in order.
func (s *Server) Requests() []Request { return s.fake.Requests() }

// Fail makes the next n calls end as f says; Documented makes the failures that the vendor documents. The opening of a
// session is a call too. Calls of Fail add up.
func (s *Server) Fail(n int, f Failure) { s.fake.Fail(n, f) }

// Close ends the server and its connections. It may be called more than once.
func (s *Server) Close() { s.fake.Close() }

// Answer sets what the server answers to a message, and to the last message of a completion; nil: "You said: " and the
// message. It is called for each message, perhaps for several at a time.
func (s *Server) Answer(respond func(content string) Answer) {
	s.state.lock()
	defer s.state.unlock()
	if respond == nil {
		respond = echo
	}
	s.state.respond = respond
}

// ExpireSessions makes the server answer 401 to all session tokens that it gave out so far.
func (s *Server) ExpireSessions() {
	s.state.lock()
	defer s.state.unlock()
	clear(s.state.tokens)
}

// TakeOver lets a human agent handle a conversation: messages to it are queued from now on, as 202 and text/plain. It
// reports whether there is such a conversation.
func (s *Server) TakeOver(conversationID, agent string) bool {
	s.state.lock()
	defer s.state.unlock()
	c := s.state.conversations[conversationID]
	if c != nil {
		c.agent = agent
	}
	return c != nil
}

// Say adds a message of the human agent to a conversation that was taken over, and reports whether there is such a one.
func (s *Server) Say(conversationID, text string) bool {
	s.state.lock()
	defer s.state.unlock()
	c := s.state.conversations[conversationID]
	if c == nil || c.agent == "" {
		return false
	}
	s.state.add(c, siteassist.RoleHumanAgent, text)
	return true
}

// AddQnA adds a question with its answer to the project, which Search finds too, and returns its id.
func (s *Server) AddQnA(question, answer string) string {
	s.state.lock()
	defer s.state.unlock()
	return s.state.addQnA(question, answer)
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, guard func(http.HandlerFunc) http.HandlerFunc, h http.HandlerFunc) {
		method, path, _ := cut(pattern)
		mux.HandleFunc(method+" "+prefix+path, guard(h))
	}
	open := func(h http.HandlerFunc) http.HandlerFunc { return h }
	handle("POST /identity/init", open, s.initSession)
	handle("GET /identity/me", s.bearer, s.me)
	handle("GET /conversations", s.bearer, s.listConversations)
	handle("POST /conversations", s.bearer, s.startConversation)
	handle("GET /conversations/{id}", s.bearer, s.getConversation)
	handle("POST /conversations/{id}/close", s.bearer, s.closeConversation)
	handle("GET /conversations/{id}/messages", s.bearer, s.listMessages)
	handle("POST /conversations/{id}/messages", s.bearer, s.sendMessage)
	handle("POST /messages/{id}/feedback", s.bearer, s.setFeedback)
	handle("POST /chat/completions", s.bearer, s.complete)
	handle("GET /search", publishable, s.search)
	handle("GET /projects/current", publishable, s.currentProject)
	handle("GET /projects/{id}/qnas", open, s.listQnAs)
	handle("GET /projects/{id}/qnas/{qna}", open, s.getQnA)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, siteassist.CodeConversationNotFound) })
	return mux
}
