package aiseratest

import (
	"context"
	"slices"
	"time"

	"github.com/seed-127a5941/parley/aisera"
)

// Push sends replies to every open WebSocket connection, unsolicited.
func (s *Server) Push(replies ...Reply) {
	for _, c := range s.open(nil) {
		c.write(replies, "")
	}
}

// PushTo sends replies to the open WebSocket connections of a user, unsolicited. It returns the number of these
// connections. The server knows the user of a connection from the frames that arrived on it.
func (s *Server) PushTo(userID string, replies ...Reply) int {
	conns := s.open(of(userID))
	for _, c := range conns {
		c.write(replies, "")
	}
	return len(conns)
}

// HumanSays sends a live agent's text to the open WebSocket connections of a user. It reports whether there is such a
// connection.
func (s *Server) HumanSays(userID, text string) bool {
	return s.PushTo(userID, Reply{Mode: aisera.ModeLiveAgent, Answers: []string{text}}) > 0
}

// CloseConnections closes every open WebSocket connection with a close frame. If code is 0, it cuts them without one.
func (s *Server) CloseConnections(code int, reason string) {
	for _, c := range s.open(nil) {
		c.end(code, reason)
	}
}

// CloseConnectionsOf does the same as CloseConnections for the connections of one user. It returns their number.
func (s *Server) CloseConnectionsOf(userID string, code int, reason string) int {
	conns := s.open(of(userID))
	for _, c := range conns {
		c.end(code, reason)
	}
	return len(conns)
}

func of(userID string) func(*conn) bool { return func(c *conn) bool { return c.userID == userID } }

// open returns the open connections that match. A nil match accepts all. It waits for connections whose handshake is
// not complete yet.
func (s *Server) open(match func(*conn) bool) []*conn {
	s.mu.Lock()
	var open []*conn
	for c := range s.conns {
		if match == nil || match(c) {
			open = append(open, c)
		}
	}
	s.mu.Unlock()
	return slices.DeleteFunc(open, func(c *conn) bool {
		<-c.ready
		return c.peer == nil
	})
}

// later delivers a late reply to the user's connections that are open then.
func (s *Server) later(userID string, reply Reply) {
	s.fake.Go(func(ctx context.Context) {
		timer := time.NewTimer(reply.Delay)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
			reply.Delay, reply.Late = 0, false
			s.PushTo(userID, reply)
		}
	})
}

// identify records the user of c.
func (s *Server) identify(c *conn, userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.userID = userID
}

// user returns the user of c.
func (c *conn) user() string {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.userID
}

func (c *conn) end(code int, reason string) {
	if code == 0 {
		c.peer.Drop()
		return
	}
	_ = c.peer.Close(code, reason)
}
