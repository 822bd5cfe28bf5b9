// Package raiatest is a fake of raia's external API for tests: a server on loopback that keeps everything in memory.
//
//	server := raiatest.NewServer()
//	defer server.Close()
//	client, err := raia.NewClient(server.Config())
//
// It behaves as the vendor documents it. It checks the three keys (403). Created objects can be read back, and lists
// have pages. Messages and prompts are answered, asynchronous answers are pending first, and files that were uploaded
// to a signed URL can be downloaded. Fail and FailNext make calls fail, before or after the server acted. Requests
// returns the requests that arrived. Ledger returns the calls on which the server acted.
//
// In a conversation in manual mode the agent is silent, and HumanSays plays the human. Webhooks are delivered to
// loopback.
//
// The vendor does not publish the following, so it is the fake's choice:
//   - A message in manual mode is answered with the message itself, as it was stored. Its asynchronous answer stays
//     pending until SendManual names the message as the one that it answers.
//   - HumanSays puts the conversation into manual mode.
//   - The payload of a webhook, see Delivery. The fake accepts a webhook on loopback, which the vendor refuses.
//   - The page size, which is 10, and the order of lists, oldest first.
//   - The status of an invalid request, 400, and of a search without a key, 400.
//   - The conversationMessageId of a question is its own id.
package raiatest

import (
	"net/http"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/raia"
)

// The server accepts these keys.
const (
	AgentKey        = "agent-key-of-the-fake-server"
	OrganizationKey = "organization-key-of-the-fake-server"
	SuperAdminKey   = "super-admin-key-of-the-fake-server"
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

// Server is the fake server. It is safe for concurrent use.
type Server struct {
	fake *fakeserver.Server // records and fails

	mu       sync.Mutex           // guards all fields below
	counter  int                  // of the ids
	answer   func(Message) string // of the agent
	pending  int                  // how many polls of an asynchronous answer find it pending
	failures []string             // errors of the next asynchronous answers
	state                         // the objects that the API serves
	webhooks webhooks             // delivers the events
}

func newServer() *Server {
	s := &Server{pending: 1, answer: echo}
	s.seed()
	mux := http.NewServeMux()
	s.routes(mux)
	s.fake = fakeserver.Unstarted(mux)
	return s
}

// Config returns a Config with the server's address and all three keys, ready for raia.NewClient.
func (s *Server) Config() raia.Config {
	return raia.Config{
		BaseURL: s.fake.URL() + "/external", AgentKey: AgentKey, OrganizationKey: OrganizationKey,
		SuperAdminKey: SuperAdminKey,
		PollInterval:  5 * time.Millisecond,
	}
}

// Requests returns the requests that arrived so far, in order. Uploads to signed URLs are among them.
func (s *Server) Requests() []Request { return s.fake.Requests() }

// Fail makes the next n calls end as f says. Calls of Fail add up.
func (s *Server) Fail(n int, f Failure) { s.fake.Fail(n, f) }

// FailNext makes the next call that matches end as f says. match is called for each request until it returns true. It
// must not queue failures itself. A nil match accepts every request.
func (s *Server) FailNext(match func(Request) bool, f Failure) { s.fake.FailNext(match, f) }

// Ledger returns the calls on which the server acted so far, in order: every request except GET that succeeded. A
// message that was sent twice and heard twice is in it twice.
func (s *Server) Ledger() []Action { return s.fake.Ledger() }

// Close ends the server and its webhook deliveries. It may be called more than once.
func (s *Server) Close() { s.fake.Close() }

// Message is a message or prompt of a user, for an answer func.
type Message struct {
	// Text is the message, or the prompt.
	Text string
	// Context is the context that came with the message.
	Context string
	// Conversation is the conversation of the message. It is zero for a prompt.
	Conversation raia.Conversation
	// User is the user of the conversation. It is zero for a prompt.
	User raia.User
}

// Answer sets the func that answers messages and prompts from now on. It returns the whole answer. A nil func restores
// the first answer, "You said: " and the text. The func must be safe for concurrent use. It is not called for messages
// of conversations in manual mode.
func (s *Server) Answer(f func(Message) string) {
	if f == nil {
		f = echo
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

func echo(m Message) string { return "You said: " + m.Text }

// Pending sets how many polls of each further asynchronous answer find it pending. At first that is 1.
func (s *Server) Pending(polls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = polls
}

// FailAnswers makes the next n asynchronous answers fail with text.
func (s *Server) FailAnswers(n int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.failures = append(s.failures, text)
	}
}
