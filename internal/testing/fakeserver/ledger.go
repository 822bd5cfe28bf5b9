package fakeserver

import (
	"slices"
	"time"
)

// Action is one thing that the server did for a request, whether or not the client got the response. A message that a
// client sent twice stands in the ledger twice.
type Action struct {
	Time time.Time
	// Operation is the method and the path template as the vendor's reference writes them, such as
	// "POST /conversations/{id}/messages". It is "WS" for a message in a WebSocket frame.
	Operation string
	// Conversation is the id of the conversation or the session code, User the id of the user. Either is empty where
	// the operation has none.
	Conversation, User string
	// Text is what was said. It is empty for an action without words.
	Text string
}

// Act writes a into the ledger, with the current time.
func (s *Server) Act(a Action) {
	a.Time = time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger = append(s.ledger, a)
}

// Ledger returns what the server acted on so far, in order.
func (s *Server) Ledger() []Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger)
}
