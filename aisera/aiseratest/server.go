// Package aiseratest is a fake of Aisera's Conversation API for tests: a server on loopback that speaks HTTP and
// WebSocket and keeps everything in memory.
//
//	server := aiseratest.NewServer()
//	defer server.Close()
//	client, err := aisera.NewClient(server.Config())
//
// The vendor publishes neither a reply's schema nor how the WebSocket behaves. The fake sends the members that are known
// (modeType, answers, followUpId, reqId) at the top level, and what else it does is made up: it closes a connection whose
// frame holds a wrong token with code 4401, and answers with "You said: ..." until Answer says otherwise. Behave makes it
// drop connections, fall silent or read slowly; Fail makes calls and handshakes fail; Requests and Frames show what
// arrived.
package aiseratest

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// What the server accepts.
const (
	Token     = "channel-token-of-the-fake-server"
	ChannelID = "f9975e56-0000-4000-8000-000000000001"
)

// Paths of the server, below a prefix that every client has to keep.
const (
	prefix        = "/prefix/v9"
	receivePath   = prefix + "/api/receive"
	webSocketPath = prefix + "/ws"
)

// Request is one HTTP request as it arrived, handshakes included: Method, Path, Query, Header and Body.
type Request = fakeserver.Request

// Failure is what happens to a call in place of its response: another status, a reset or cut connection, garbage or a
// delay. With After the server acts first, so that a call that is sent again is seen twice in the Ledger. AfterEvents
// ends an event stream. The fields say more.
type Failure = fakeserver.Failure

// Action is one thing that the server did, whether or not its response arrived. Its fields: Time, Operation (method and
// path template), Conversation, User and Text.
type Action = fakeserver.Action

// Server is the fake server. It is safe for concurrent use.
type Server struct {
	fake *fakeserver.Server // listens, and records requests

	mu       sync.Mutex // guards what follows
	answer   func(Message) []Reply
	echo     bool
	behavior Behavior
	accepted int
	conns    map[*conn]struct{}
	frames   []Frame
	history  map[string][]string // what each user said
}

func newServer() *Server {
	s := &Server{echo: true, conns: map[*conn]struct{}{}, history: map[string][]string{}}
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

// Requests returns what arrived over HTTP so far, in order.
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

// Fail makes the next n calls or handshakes end as f says. Calls of Fail add up.
func (s *Server) Fail(n int, f Failure) { s.fake.Fail(n, f) }

// FailNext makes the next call that matches end as f says. match is called for each request until it returns true, and
// must not queue failures itself. A nil match accepts every request.
func (s *Server) FailNext(match func(Request) bool, f Failure) { s.fake.FailNext(match, f) }

// Ledger returns what the server acted on so far, in order: messages over both transports. A message that was sent twice and
// heard twice is in it twice.
func (s *Server) Ledger() []Action { return s.fake.Ledger() }

// Answer sets what messages are answered with from now on, over both transports; nil: as at the beginning. Over HTTP the
// last reply is the answer, as the vendor's HTTP API does not stream. f must be safe for concurrent use.
func (s *Server) Answer(f func(Message) []Reply) {
	if f == nil {
		f = s.usual
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

// EchoRequestIDs sets whether replies repeat the message's request id from now on; at first they do.
func (s *Server) EchoRequestIDs(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.echo = on
}

// Behave sets how WebSocket connections behave from now on. The zero Behavior is a good server.
func (s *Server) Behave(b Behavior) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behavior = b
}

// Push sends replies to every open WebSocket connection, unasked.
func (s *Server) Push(replies ...Reply) {
	for _, c := range s.open() {
		c.write(replies, "")
	}
}

// CloseConnections closes every open WebSocket connection with a close frame; code 0 cuts them without one.
func (s *Server) CloseConnections(code int, reason string) {
	for _, c := range s.open() {
		c.end(code, reason)
	}
}

// Close ends the server and its connections. It may be called more than once.
func (s *Server) Close() { s.fake.Close() }

func (s *Server) open() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []*conn
	for c := range s.conns {
		open = append(open, c)
	}
	return open
}
