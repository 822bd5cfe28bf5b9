package siteassisttest

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
)

// watcher is an open WebSocket of a conversation. It behaves as the vendor's widget expects. No page documents it.
type watcher struct {
	peer         *fakeserver.Peer
	conversation *conversation
	frames       chan []byte
	cut          func() // ends the connection without a close frame
}

// maxFrames is how many frames may wait for a watcher that does not read. With more, its connection is cut.
const maxFrames = 256

// events serves GET /conversations/{id}/ws. It needs the publishable key and no session token.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	s.state.lock()
	c := s.state.conversations[r.PathValue("id")]
	s.state.unlock()
	if c == nil {
		refuse(w, siteassist.CodeConversationNotFound)
		return
	}
	peer, err := fakeserver.Accept(w, r)
	if err != nil {
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	watch := &watcher{peer: peer, conversation: c, frames: make(chan []byte, maxFrames), cut: cancel}
	s.state.watch(watch)
	defer s.state.unwatch(watch)
	var reading sync.WaitGroup
	reading.Go(func() { watch.answerPings(ctx) })
	watch.write(ctx)
	peer.Drop()
	reading.Wait()
}

// answerPings answers the text frame "ping" with "pong", and ignores all other frames.
func (w *watcher) answerPings(ctx context.Context) {
	defer w.cut()
	for {
		frame, err := w.peer.Read(ctx)
		if err != nil {
			return
		}
		if string(frame) == "ping" {
			w.send([]byte("pong"))
		}
	}
}

// write writes the frames that are sent to the watcher, until the connection ends.
func (w *watcher) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case frame := <-w.frames:
			if w.peer.Write(ctx, frame) != nil {
				return
			}
		}
	}
}

// send queues a frame. It never waits.
func (w *watcher) send(frame []byte) {
	select {
	case w.frames <- frame:
	default:
		w.cut()
	}
}

func (s *state) watch(w *watcher) {
	s.lock()
	defer s.unlock()
	s.watchers[w] = struct{}{}
}

func (s *state) unwatch(w *watcher) {
	s.lock()
	defer s.unlock()
	delete(s.watchers, w)
}

// notify sends a frame to the watchers of c.
func (s *state) notify(c *conversation, frame object) {
	raw, _ := json.Marshal(frame) // never fails for strings, numbers and nulls
	for w := range s.watchers {
		if w.conversation == c {
			w.send(raw)
		}
	}
}

// Watchers returns how many WebSockets are open for a conversation.
func (s *Server) Watchers(conversationID string) int {
	s.state.lock()
	defer s.state.unlock()
	open := 0
	for w := range s.state.watchers {
		if w.conversation.id == conversationID {
			open++
		}
	}
	return open
}

// CutEvents cuts the open WebSockets of all conversations without a close frame. Clients that connect again get further
// events, but not those that they missed.
func (s *Server) CutEvents() {
	s.state.lock()
	defer s.state.unlock()
	for w := range s.state.watchers {
		w.cut()
	}
}
