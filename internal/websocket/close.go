package websocket

import (
	"errors"
	"time"

	"nhooyr.io/websocket"

	"github.com/seed-127a5941/parley"
)

// Close ends the session. From its beginning no message is written, and no user code is called any more. It waits for
// the peer's close frame, at most for CloseTimeout, and then for the session's goroutines. It does not wait for a call
// of OnReconnect that is running. Close may be called more than once, and from OnReconnect.
func (s *Session) Close() {
	s.mu.Lock()
	first := !errors.Is(s.err, parley.ErrClosed)
	s.err = parley.ErrClosed
	c := s.conn
	s.mu.Unlock()
	s.cancel()
	if s.reporter != nil {
		s.reporter.Stop()
	}
	if first && c != nil {
		c.close(s.cfg.CloseTimeout)
	}
	<-s.Done()
}

// close exchanges close frames with the peer. If the exchange waits behind a write, or the peer does not answer, only
// cutting the connection ends it in time. The library would wait 5 s for each of the two.
func (c *conn) close(timeout time.Duration) {
	timer := time.AfterFunc(timeout, c.cut)
	defer timer.Stop()
	_ = c.lib.Close(websocket.StatusNormalClosure, "")
	c.cut()
}
