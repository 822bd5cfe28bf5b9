package soak

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// tap watches the connections of one http.Client where they leave the SDK. What a proxy behind it delays or loses makes
// no difference to it, and so it sees only what the SDK did.
type tap struct {
	ledger  *Ledger
	session int // the number of the WebSocket session that alone uses the tap, or 0
	dial    func(ctx context.Context, network, address string) (net.Conn, error)

	open  atomic.Int64 // connections that were not closed
	mu    sync.Mutex   // guards conns
	conns []*tapped    // in the order of the dials
}

// newTap returns a tap and the transport that uses it.
func newTap(l *Ledger, base *http.Transport, session int) (*tap, *http.Transport) {
	t := &tap{ledger: l, session: session, dial: base.DialContext}
	if t.dial == nil {
		t.dial = new(net.Dialer).DialContext
	}
	base = base.Clone()
	base.DialContext = t.connect
	return t, base
}

func (t *tap) connect(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := t.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	t.open.Add(1)
	c := &tapped{Conn: conn, tap: t}
	if t.session > 0 {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.conns = append(t.conns, c)
		c.number = len(t.conns)
	}
	return c, nil
}

// judge complains about connections that stay open.
func (t *tap) judge(l *Ledger, where string) {
	if !within(context.Background(), l.settling, func() bool { return t.open.Load() == 0 }) {
		l.Break(RuleConns, fmt.Sprintf("%d %s", t.open.Load(), where))
	}
}

// unfinished reports whether a connection is open that was dialed before c.
func (t *tap) unfinished(c *tapped) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, other := range t.conns {
		if other.number < c.number && !other.ended.Load() {
			return true
		}
	}
	return false
}

// tapped is one connection.
type tapped struct {
	net.Conn
	tap    *tap
	number int         // among those of the session
	ended  atomic.Bool // closed, or the SDK was told that it has ended
	closed atomic.Bool

	mu   sync.Mutex // guards scan
	scan scanner
}

// Read reads. An error that is no timeout tells the SDK that the connection has ended.
func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if timeout, ok := errors.AsType[net.Error](err); err != nil && (!ok || !timeout.Timeout()) {
		c.ended.Store(true)
	}
	return n, err
}

// Write writes p and records the messages in it, unless no byte could be written. Their place is that of the beginning,
// because the answer may come before Write returns.
func (c *tapped) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := c.scan.scan(p)
	d := departure{session: c.tap.session, conn: c.number}
	if len(found) > 0 {
		d.at, d.early = c.tap.ledger.Now(), c.tap.unfinished(c)
	}
	n, err := c.Conn.Write(p)
	if err != nil {
		c.ended.Store(true)
	}
	for _, id := range found {
		if n > 0 {
			c.tap.ledger.Left(id, d)
		}
	}
	return n, err
}

// Close closes the connection.
func (c *tapped) Close() error {
	c.ended.Store(true)
	if !c.closed.Swap(true) {
		c.tap.open.Add(-1)
	}
	return c.Conn.Close()
}

// CloseWrite is used by net/http.
func (c *tapped) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// scanner finds the ids of messages in the bytes that a client writes, also in the masked frames of a WebSocket.
type scanner struct {
	tail   []byte // the last bytes, which may be the beginning of an id or of the head of a frame
	frames bool   // the connection speaks WebSocket
	left   uint64 // bytes of the frame's payload that were not written yet
	key    [4]byte
	at     int // in key
	text   []byte
}

// upgrade is in the handshake of a WebSocket. It is longer than an id.
var upgrade = []byte("\r\nUpgrade: websocket\r\n")

// scan takes the next bytes and returns the ids that end in them.
func (s *scanner) scan(p []byte) []string {
	if s.frames {
		return s.scanFrames(p)
	}
	s.tail = append(s.tail, p...)
	if i := bytes.Index(s.tail, upgrade); i >= 0 {
		end := bytes.Index(s.tail[i:], []byte("\r\n\r\n"))
		if end < 0 {
			return nil
		}
		rest := s.tail[i+end+4:]
		s.frames, s.tail = true, nil
		return s.scanFrames(rest)
	}
	found, rest := cutIDs(s.tail)
	s.tail = bytes.Clone(rest) // an upgrade may have begun in it, too
	return found
}

func (s *scanner) scanFrames(p []byte) (found []string) {
	for s.tail = append(s.tail, p...); ; {
		if s.left == 0 {
			head, length, key, ok := frameHead(s.tail)
			if !ok {
				return found
			}
			s.tail, s.left, s.key, s.at, s.text = s.tail[head:], length, key, 0, nil
			continue
		}
		n := min(uint64(len(s.tail)), s.left)
		if n == 0 {
			return found
		}
		for _, b := range s.tail[:n] {
			s.text = append(s.text, b^s.key[s.at%4])
			s.at++
		}
		s.tail, s.left = s.tail[n:], s.left-n
		ids, rest := cutIDs(s.text)
		found, s.text = append(found, ids...), bytes.Clone(rest)
	}
}

// frameHead reads the head of a masked frame, which has a payload. A frame without one is skipped.
func frameHead(p []byte) (head int, length uint64, key [4]byte, ok bool) {
	if len(p) < 2 {
		return 0, 0, key, false
	}
	head, length = 2, uint64(p[1]&0x7f)
	switch {
	case length == 126 && len(p) >= 4:
		head, length = 4, uint64(binary.BigEndian.Uint16(p[2:]))
	case length == 127 && len(p) >= 10:
		head, length = 10, binary.BigEndian.Uint64(p[2:])
	case length > 125:
		return 0, 0, key, false
	}
	if len(p) < head+4 {
		return 0, 0, key, false
	}
	copy(key[:], p[head:])
	return head + 4, length, key, true
}

// cutIDs returns the ids in p, and the rest in which another one may have begun.
func cutIDs(p []byte) (found []string, rest []byte) {
	end := 0
	for _, at := range ids.FindAllIndex(p, -1) {
		if id := string(p[at[0]:at[1]]); len(found) == 0 || found[len(found)-1] != id {
			found = append(found, id)
		}
		end = at[1]
	}
	return found, p[max(end, len(p)-len(upgrade)+1):]
}
