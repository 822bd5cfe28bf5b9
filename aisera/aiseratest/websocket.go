package aiseratest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// Frame is one WebSocket frame as it arrived.
type Frame struct {
	Connection int    // 1 is the first that was accepted
	Body       []byte // the whole frame, its token included
}

// Behavior says what WebSocket connections do wrong.
type Behavior struct {
	// DropOnAccept cuts each new connection at once.
	DropOnAccept bool
	// DropAfterFrame cuts a connection after each frame that it reads, in place of an answer.
	DropAfterFrame bool
	// DropAfterReplies cuts a connection after so many frames of an answer; 0: it does not.
	DropAfterReplies int
	// Silent keeps a connection open without reading: it answers no ping, and does not close. It concerns new
	// connections, and others from their next frame on.
	Silent bool
	// ReadDelay is waited before each frame is read.
	ReadDelay time.Duration
	// CloseCode closes each new connection with this code; 0: it does not.
	CloseCode int
	// CloseReason goes with CloseCode.
	CloseReason string
}

// codeUnauthorized closes a connection whose frame holds a wrong token.
const codeUnauthorized = 4401

// conn is one accepted connection.
type conn struct {
	server *Server
	peer   *fakeserver.Peer
	number int
	ctx    context.Context
}

func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) {
	peer, err := fakeserver.Accept(w, r)
	if err != nil {
		return
	}
	defer peer.Drop()
	c := s.accept(r.Context(), peer)
	defer s.gone(c)
	behavior := s.behaves()
	switch {
	case behavior.DropOnAccept:
	case behavior.CloseCode != 0:
		_ = peer.Close(behavior.CloseCode, behavior.CloseReason)
	default:
		c.serve()
	}
}

func (s *Server) accept(ctx context.Context, peer *fakeserver.Peer) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted++
	c := &conn{server: s, peer: peer, number: s.accepted, ctx: ctx}
	s.conns[c] = struct{}{}
	return c
}

func (s *Server) gone(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

func (s *Server) behaves() Behavior {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behavior
}

// serve reads frames and answers them, one after the other.
func (c *conn) serve() {
	for {
		behavior := c.server.behaves()
		if behavior.Silent {
			<-c.ctx.Done()
			return
		}
		if !c.wait(behavior.ReadDelay) {
			return
		}
		frame, err := c.peer.Read(c.ctx)
		if err != nil {
			return
		}
		c.server.record(c.number, frame)
		if c.server.behaves().DropAfterFrame || !c.answer(frame) {
			return
		}
	}
}

func (s *Server) record(number int, frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames = append(s.frames, Frame{Connection: number, Body: frame})
}

// answer reports whether the connection goes on.
func (c *conn) answer(frame []byte) bool {
	var envelope struct {
		Token     string          `json:"token"`
		UserID    string          `json:"userId"`
		UserEmail string          `json:"userEmail"`
		ChannelID string          `json:"channelId"`
		Data      json.RawMessage `json:"data"`
	}
	if json.Unmarshal(frame, &envelope) != nil || envelope.Token != Token {
		_ = c.peer.Close(codeUnauthorized, "the token is not valid")
		return false
	}
	m, _ := parse(envelope.Data)
	m.WebSocket = true
	m.UserID, m.UserEmail, m.ChannelID = envelope.UserID, envelope.UserEmail, envelope.ChannelID
	replies, echo := c.server.reply(m)
	if !echo {
		m.RequestID = ""
	}
	limit := c.server.behaves().DropAfterReplies
	if limit > 0 && len(replies) > limit {
		c.write(replies[:limit], m.RequestID)
		return false
	}
	return c.write(replies, m.RequestID)
}

func (c *conn) write(replies []Reply, requestID string) bool {
	for _, reply := range replies {
		if !c.wait(reply.Delay) || c.peer.Write(c.ctx, reply.encode(requestID)) != nil {
			return false
		}
	}
	return true
}

// wait reports whether the server is still there after d.
func (c *conn) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}

func (c *conn) end(code int, reason string) {
	if code == 0 {
		c.peer.Drop()
		return
	}
	_ = c.peer.Close(code, reason)
}
