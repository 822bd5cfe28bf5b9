package websocket

import (
	"time"

	"nhooyr.io/websocket"
)

// Close ends the connection: from its beginning on nothing but the close frame is written. It waits CloseTimeout at most
// for the peer to agree, then for the goroutines, unless user code runs in them. It may be called more than once, from
// user code too.
func (c *Conn) Close() {
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	c.mu.Unlock()
	if first {
		c.close()
		close(c.parted)
	}
	<-c.parted
}

func (c *Conn) close() {
	c.mu.Lock()
	l := c.link
	waitReader, reporting := !c.inReader, c.reporting
	if c.inNotes {
		reporting = nil
	}
	c.mu.Unlock()
	c.cancel()
	if l != nil {
		c.part(l)
	}
	if waitReader {
		<-c.done
	}
	if reporting != nil {
		<-reporting
	}
}

// part shakes hands for the end. Cutting the wire is what ends a handshake that hangs, a write that still holds the gate,
// and a close frame that cannot be written: the library would wait 5 s for each, and cannot be interrupted.
func (c *Conn) part(l *link) {
	fuse := time.AfterFunc(c.cfg.CloseTimeout, func() { _ = l.wire.Close() })
	defer fuse.Stop()
	c.gate <- struct{}{} // never given back: nothing is written any more
	_ = l.conn.Close(websocket.StatusNormalClosure, "")
	_ = l.wire.Close()
}
