package websocket

import (
	"errors"
	"time"

	"nhooyr.io/websocket"

	"github.com/seed-127a5941/parley"
)

// Close ends the session: from its beginning no message is written, and no user code is called any more. It waits for
// the peer's close frame, but not longer than CloseTimeout, and then for the session's goroutines, except for a call of
// OnReconnect that is running. It may be called more than once, and from OnReconnect.
func (s *Session) Close() {
	s.mu.Lock()
	first := !errors.Is(s.err, parley.ErrClosed)
	s.err = parley.ErrClosed
	c := s.conn
	s.mu.Unlock()
	s.cancel()
	s.reporter.Stop()
	if first && c != nil {
		c.close(s.cfg.CloseTimeout)
	}
	<-s.done
}

// close exchanges close frames with the peer. Cutting the connection is the only way to end an exchange that hangs
// behind a write, or whose peer does not answer: the library would wait 5 s for each.
func (c *conn) close(timeout time.Duration) {
	timer := time.AfterFunc(timeout, c.cut)
	defer timer.Stop()
	_ = c.lib.Close(websocket.StatusNormalClosure, "")
	c.cut()
}
