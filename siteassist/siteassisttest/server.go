// Package siteassisttest is a fake of the SiteAssist API for tests, in memory and on loopback. It keeps what is
// created, checks credentials as the vendor does, streams answers, lets a human take over and fails on demand.
//
//	server := siteassisttest.NewServer()
//	defer server.Close()
//	client, err := siteassist.NewClient(server.Config())
//
// Answer sets what messages are answered with. Queue, TakeOver and HumanSays play the human agent, whose messages stand
// in the lists and go out over the WebSocket of the conversation. Fail and FailNext make calls fail, before or after
// the server acted, and Ledger shows what the server acted on.
//
// The vendor does not publish the following, so it is the fake's choice:
//   - what is stored of an answer whose stream broke off: the part that was streamed, see Answer.Fault. An answer whose
//     client left is stored whole;
//   - what happens to messages in a closed conversation: they are answered;
//   - how long a session token lives: until ExpireSessions;
//   - how the WebSocket answers a wrong key or conversation: 401 and 404, before it opens.
package siteassisttest

import (
	"net/http"
	"strings"

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

// Failure is what happens to a call in place of its response. The zero value changes nothing. Its fields:
//
//   - Status, Header, Body: the response that the call gets. A Status of 0 means that they play no part.
//   - Reset: the connection is reset once the request was read, in place of a response.
//   - Garbage: these bytes are written in place of an HTTP response, and the connection is closed.
//   - Delay: it is waited before the response. Without After the server waits before it acts, and a request whose client
//     has left by then has no effect.
//   - After: the server acts first, and the failure takes the place of its response. A message that is sent again then
//     stands in the Ledger twice.
//   - Cut: the connection is closed after that many bytes of the body, or behind the header if it is negative.
//   - AfterEvents: an event stream ends after that many events.
type Failure = fakeserver.Failure

// Action is one thing that the server did, whether or not its response arrived. Its fields: Time, Operation (method and
// path template), Conversation, User and Text.
type Action = fakeserver.Action

// Server is a fake of the API. It is safe for concurrent use.
type Server struct {
	fake  *fakeserver.Server // the socket
	state *state             // what is remembered
}

func newServer() *Server {
	s := &Server{state: newState()}
	s.fake = fakeserver.Unstarted(s.routes())
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

// FailNext makes the next call that matches end as f says. match is called for each request until it returns true, and
// must not queue failures itself. A nil match accepts every request.
func (s *Server) FailNext(match func(Request) bool, f Failure) { s.fake.FailNext(match, f) }

// Ledger returns what the server acted on so far, in order: messages, completions, feedback, conversations that were
// started and closed. A message that was sent twice and heard twice is in it twice.
func (s *Server) Ledger() []Action { return s.fake.Ledger() }

// Close ends the server and its connections. It may be called more than once.
func (s *Server) Close() { s.fake.Close() }

// Answer sets what the server answers to a message and to a completion. A nil func answers "You said: " and the
// message, as at first. The func is called for each message that no human is to answer, perhaps for several at a time.
func (s *Server) Answer(respond func(Message) Answer) {
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
