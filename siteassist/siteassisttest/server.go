// Package siteassisttest is a fake of the SiteAssist API for tests, in memory and on loopback. It stores created
// objects, checks credentials as the vendor does, streams answers, lets a human take over and fails on demand.
//
//	server := siteassisttest.NewServer()
//	defer server.Close()
//	client, err := siteassist.NewClient(server.Config())
//
// Answer sets the answers to messages. Queue, TakeOver and HumanSays play the human agent, whose messages appear in the
// lists and are sent over the WebSocket of the conversation. Fail and FailNext make calls fail, before or after the
// server acted. Ledger returns the calls on which the server acted.
//
// The vendor does not publish the following, so it is the fake's choice:
//   - If a stream breaks off, the streamed part of the answer is stored, see Answer.Fault. If the client leaves, the
//     whole answer is stored.
//   - Messages in a closed conversation are answered.
//   - A session token lives until ExpireSessions.
//   - The WebSocket responds to a wrong key with 401 and to a wrong conversation with 404, before it opens.
package siteassisttest

import (
	"net/http"
	"strings"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
)

// These are the credentials that every Server accepts, and its only project.
const (
	PublishableKey = "pk_fake_publishable"
	PrivateKey     = "sk_fake_private" // for siteassist.Config.Token; it has a visitor of its own
	ProjectID      = "e2c6b2ad-0000-4000-8000-000000000001"

	prefix = "/v2"
)

// Request is one request as it arrived. Its fields: Method, Path (escaped, without the query), Query, Header and Body.
type Request = fakeserver.Request

// Failure describes how a call fails in place of its response. The zero value has no effect. Its fields:
//
//   - Status, Header, Body: the response that the call gets. If Status is 0, they are ignored.
//   - Reset: the connection is reset after the request was read, in place of a response.
//   - Garbage: these bytes are written in place of an HTTP response, and the connection is closed.
//   - Delay: the wait before the response. Without After the server waits before it acts, and a request whose client
//     has left by then has no effect.
//   - After: the server acts first, and the failure replaces its response. If the message is sent again, the Ledger
//     then holds it twice.
//   - Cut: the connection is closed after that many bytes of the body, or after the header if it is negative.
//   - AfterEvents: an event stream ends after that many events.
type Failure = fakeserver.Failure

// Action is an action of the server, whether or not its response arrived. Its fields: Time, Operation (method and path
// template), Conversation, User and Text.
type Action = fakeserver.Action

// Server is a fake of the API. It is safe for concurrent use.
type Server struct {
	fake  *fakeserver.Server // listens, and records requests
	state *state             // the objects that the API serves
}

func newServer() *Server {
	s := &Server{state: newState()}
	s.fake = fakeserver.Unstarted(s.routes())
	return s
}

// Config returns a configuration for NewClient. Its visitor has the device "fake-device" and opens a session when it is
// needed.
func (s *Server) Config() siteassist.Config {
	return siteassist.Config{BaseURL: s.fake.URL() + prefix, PublishableKey: PublishableKey, DeviceID: "fake-device"}
}

// Requests returns the requests that arrived, in order.
func (s *Server) Requests() []Request { return s.fake.Requests() }

// Fail makes the next n calls end as f says. Documented makes the failures that the vendor documents. The opening of a
// session is a call too. Calls of Fail add up.
func (s *Server) Fail(n int, f Failure) { s.fake.Fail(n, f) }

// FailNext makes the next call that matches end as f says. match is called for each request until it returns true. It
// must not queue failures itself. A nil match accepts every request.
func (s *Server) FailNext(match func(Request) bool, f Failure) { s.fake.FailNext(match, f) }

// Ledger returns the calls on which the server acted so far, in order: messages, completions, feedback, and
// conversations that were started or closed. A message that was sent twice and heard twice is in it twice.
func (s *Server) Ledger() []Action { return s.fake.Ledger() }

// Close ends the server and its connections. It may be called more than once.
func (s *Server) Close() { s.fake.Close() }

// Answer sets the func that answers messages and completions. A nil func restores the first answer, "You said: " and
// the message. The func is called for each message that no human is to answer, perhaps for several at a time.
func (s *Server) Answer(respond func(Message) Answer) {
	s.state.lock()
	defer s.state.unlock()
	if respond == nil {
		respond = echo
	}
	s.state.respond = respond
}

// ExpireSessions makes the server refuse all session tokens that it gave out so far with 401.
func (s *Server) ExpireSessions() {
	s.state.lock()
	defer s.state.unlock()
	clear(s.state.tokens)
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
		method, path, _ := strings.Cut(pattern, " ")
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
	handle("GET /conversations/{id}/ws", publishable, s.events)
	handle("POST /messages/{id}/feedback", s.bearer, s.setFeedback)
	handle("POST /chat/completions", s.bearer, s.complete)
	handle("GET /search", publishable, s.search)
	handle("GET /projects/current", publishable, s.currentProject)
	handle("GET /projects/{id}/qnas", open, s.listQnAs)
	handle("GET /projects/{id}/qnas/{qna}", open, s.getQnA)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, siteassist.CodeConversationNotFound) })
	return mux
}
