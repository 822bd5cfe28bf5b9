// Package aiseratest is a fake of Aisera's Conversation API for tests: a server on loopback that speaks HTTP and
// WebSocket and keeps everything in memory.
//
//	server := aiseratest.NewServer()
//	defer server.Close()
//	client, err := aisera.NewClient(server.Config())
//
// Answer sets the answers to messages. Push, PushTo and HumanSays send unsolicited frames. Behave makes the server drop
// connections, fall silent or read slowly. Fail and FailNext make calls, handshakes and frames fail, before or after
// the server acted. Requests and Frames return the requests and frames that arrived. Ledger returns the messages on
// which the server acted.
//
// The vendor publishes neither the schema of a reply nor the behaviour of the WebSocket, so most of this is the fake's
// choice:
//   - The members modeType, answers, followUpId and reqId are at the top level, unless Reply.Nested is set.
//   - reqId is echoed, until EchoRequestIDs turns it off.
//   - A frame with a wrong token closes the connection with code 4401.
//   - A message is answered with "You said: ..." until Answer sets another answer.
//   - The session history is the texts of the user, one answer each.
//
// The vendor's settings pages document these times, and the fake chooses the form on the wire. A session ends after 5
// minutes without a message (SetSessionLife). A follow-up id expires after 24 hours, and its use is then answered with
// a closing text (SetFollowUpLife). A slow flow is answered with an interim reply, and its result is delivered later
// (SlowFlow).
package aiseratest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// The server accepts these credentials.
const (
	Token     = "channel-token-of-the-fake-server"
	ChannelID = "f9975e56-0000-4000-8000-000000000001"
)

// These are the paths of the server. They begin with a prefix that every client has to keep.
const (
	prefix        = "/prefix/v9"
	receivePath   = prefix + "/api/receive"
	webSocketPath = prefix + "/ws"
)

// Request is one HTTP request as it arrived, handshakes included: Method, Path, Query, Header and Body.
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
	fake *fakeserver.Server // listens, and records requests

	mu       sync.Mutex // guards the fields below
	answer   func(Message) []Reply
	echo     bool
	behavior Behavior
	accepted int
	conns    map[*conn]struct{}
	frames   []Frame
	sessions map[string]*session  // by user
	life     time.Duration        // of a session without a message
	offered  map[string]time.Time // when each follow-up id was sent
	offerFor time.Duration        // how long a follow-up id is valid
}

func newServer() *Server {
	s := &Server{
		echo: true, conns: map[*conn]struct{}{}, sessions: map[string]*session{}, life: 5 * time.Minute,
		offered: map[string]time.Time{}, offerFor: 24 * time.Hour,
	}
	s.answer = s.usual
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+receivePath, s.receive)
	mux.HandleFunc("GET "+webSocketPath, s.upgrade)
	s.fake = fakeserver.Unstarted(mux)
	return s
}

// Config returns a Config with the server's addresses, token and channel, ready for aisera.NewClient.
func (s *Server) Config() aisera.Config {
	return aisera.Config{
		BaseURL: s.fake.URL() + prefix, Token: Token, ChannelID: ChannelID,
		WebSocketURL: strings.Replace(s.fake.URL(), "http", "ws", 1) + webSocketPath,
	}
}

// Requests returns the HTTP requests that arrived so far, in order.
func (s *Server) Requests() []Request { return s.fake.Requests() }

// Frames returns the WebSocket frames that arrived so far, in order.
func (s *Server) Frames() []Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.frames)
}

// Connections returns how many WebSocket connections were accepted so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// Ledger returns the messages on which the server acted so far, over both transports and in order. A message that was
// sent twice and heard twice is in it twice.
func (s *Server) Ledger() []Action { return s.fake.Ledger() }

// Answer sets the func that answers messages from now on, over both transports. Each Reply is one frame with the whole
// text so far, as Stream makes them. Over HTTP the last reply that is not Late is the answer, because the vendor's HTTP
// API does not stream. A nil func restores the first answers. The func must be safe for concurrent use.
func (s *Server) Answer(f func(Message) []Reply) {
	if f == nil {
		f = s.usual
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

// EchoRequestIDs sets whether replies repeat the message's request id from now on. A new server repeats it.
func (s *Server) EchoRequestIDs(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.echo = on
}

// Behave sets the behavior of WebSocket connections from now on. The zero Behavior has no faults.
func (s *Server) Behave(b Behavior) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behavior = b
}

// Close ends the server and its connections. It may be called more than once.
func (s *Server) Close() { s.fake.Close() }
