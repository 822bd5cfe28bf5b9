package fakeserver

import (
	"slices"
	"time"
)

// Action is an action of the server for a request, whether or not the client got the response. A message that a client
// sent twice is in the ledger twice.
type Action struct {
	Time time.Time
	// Operation is the method and the path template as the vendor's reference writes them, such as
	// "POST /conversations/{id}/messages". It is "WS" for a message in a WebSocket frame.
	Operation string
	// Conversation is the id of the conversation or the session code, and User the id of the user. Either may be empty,
	// if the operation has no such id.
	Conversation, User string
	// Text holds the words of the message. It is empty for an action without words.
	Text string
}

// Act writes a into the ledger, with the current time.
func (s *Server) Act(a Action) {
	a.Time = time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger = append(s.ledger, a)
}

// Ledger returns the actions of the server so far, in order.
func (s *Server) Ledger() []Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger)
}
