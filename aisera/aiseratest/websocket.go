package aiseratest

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// Frame is one WebSocket frame as it arrived.
type Frame struct {
	Connection int    // the number of the connection; the first that was accepted is 1
	Body       []byte // the whole frame, including its token
}

// Behavior describes the faults of WebSocket connections.
type Behavior struct {
	// DropOnAccept cuts each new connection at once.
	DropOnAccept bool
	// DropAfterFrame cuts a connection after each frame that it reads, in place of an answer.
	DropAfterFrame bool
	// DropAfterReplies cuts a connection after that many frames of an answer. Zero disables that.
	DropAfterReplies int
	// Silent keeps a connection open without reading, so that it answers no ping and does not close. It takes effect on
	// new connections, and on others from their next frame on.
	Silent bool
	// ReadDelay is the wait before each frame is read.
	ReadDelay time.Duration
	// CloseCode closes each new connection with this code. Zero disables that.
	CloseCode int
	// CloseReason is the reason that is sent with CloseCode.
	CloseReason string
}

// codeUnauthorized is the code for a frame with a wrong token.
const codeUnauthorized = 4401

// maxUnanswered is how many frames of a connection may wait for their answers before the server stops reading.
const maxUnanswered = 256

// conn is one accepted connection. It is registered before the response to its handshake is sent, so that a client
// whose Dial has returned is counted and can be pushed to.
type conn struct {
	server *Server
	ready  chan struct{}    // closed when peer is set, or the handshake has failed
	peer   *fakeserver.Peer // nil if the handshake failed
	number int
	header http.Header // of the handshake
	ctx    context.Context
	cancel context.CancelFunc // cuts the connection
	userID string             // of the latest frame; the server's mutex guards it
}

func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) {
	c := &conn{server: s, ready: make(chan struct{}), header: r.Header.Clone()}
	c.ctx, c.cancel = context.WithCancel(r.Context())
	defer c.cancel()
	defer s.gone(c)
	peer, err := fakeserver.AcceptAnnounced(w, r, func() { s.register(c) })
	c.peer = peer
	close(c.ready)
	if err != nil {
		return
	}
	defer peer.Drop()
	behavior := s.behaves()
	switch {
	case behavior.DropOnAccept:
	case behavior.CloseCode != 0:
		_ = peer.Close(behavior.CloseCode, behavior.CloseReason)
	default:
		c.serve()
	}
}

func (s *Server) register(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted++
	c.number = s.accepted
	s.conns[c] = struct{}{}
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

// serve reads frames and answers them one after another. It goes on reading during a slow answer, so that pings are
// answered and the end of the client is noticed.
func (c *conn) serve() {
	frames := make(chan []byte, maxUnanswered)
	var answering sync.WaitGroup
	answering.Go(func() {
		defer c.cancel()
		for frame := range frames {
			if !c.answer(frame) {
				return
			}
		}
	})
	c.read(frames)
	close(frames)
	c.cancel()
	answering.Wait()
}

// read reads frames until the connection ends.
func (c *conn) read(frames chan<- []byte) {
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
		if c.server.behaves().DropAfterFrame {
			return
		}
		select {
		case frames <- frame:
		case <-c.ctx.Done():
			return
		}
	}
}

func (s *Server) record(number int, frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames = append(s.frames, Frame{Connection: number, Body: frame})
}

// answer answers a frame. It reports whether the connection goes on.
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
	c.server.identify(c, m.UserID)
	f, failed := c.server.fake.Take(Request{Method: "WS", Path: webSocketPath, Header: c.header, Body: frame})
	if failed && !acts(f) {
		if !c.wait(f.Delay) {
			return false
		}
		f.Delay = 0
		if f.Status != 0 || f.Reset || f.Garbage != "" {
			return c.fail(f, nil, "")
		}
	}
	replies, echo := c.server.reply(m)
	if !echo {
		m.RequestID = ""
	}
	if failed {
		return c.fail(f, replies, m.RequestID)
	}
	limit := c.server.behaves().DropAfterReplies
	if limit > 0 && len(replies) > limit {
		c.write(replies[:limit], m.RequestID)
		return false
	}
	return c.write(replies, m.RequestID)
}

// write sends replies. It reports whether the connection goes on.
func (c *conn) write(replies []Reply, requestID string) bool {
	for _, reply := range replies {
		if reply.Late {
			c.server.later(c.user(), reply)
			continue
		}
		if !c.wait(reply.Delay) || c.peer.Write(c.ctx, reply.encode(requestID)) != nil {
			return false
		}
	}
	return true
}

// wait waits for d. It reports whether the server is still running.
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
