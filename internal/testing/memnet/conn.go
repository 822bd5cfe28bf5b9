package memnet

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Ending is how a connection ends that no end has closed.
type Ending int

const (
	// Never means that it does not end.
	Never Ending = iota
	// Close means that both ends read the end of the data, as after an orderly close.
	Close
	// Reset means that both ends get an error which matches syscall.ECONNRESET.
	Reset
	// Silence means that the connection carries no byte any more, and no close either. Both ends can still write until
	// their buffers are full.
	Silence
)

// String returns a word for the ending.
func (e Ending) String() string { return [...]string{"never", "close", "reset", "silence"}[e] }

// link is shared by the two ends of a connection.
type link struct {
	mu      sync.Mutex
	changed sync.Cond
	up      half // to the server
	down    half

	keepAlive time.Duration
}

// Conn is one end of a connection. It is safe for concurrent use.
type Conn struct {
	link    *link
	in, out *half
	network *Network
	client  bool
	local   addr
	remote  addr
	closed  bool // by its own Close
	abrupt  bool // Close resets the connection
	reading deadline
	writing deadline
}

// newConns returns the two ends of a new connection.
func newConns(n *Network, address string, number int, path Path) (client, server *Conn) {
	l := &link{keepAlive: path.KeepAlive}
	l.changed.L = &l.mu
	l.up = half{latency: path.Latency, bandwidth: path.Bandwidth, buffer: path.Buffer}
	l.down = l.up
	l.up.cut, l.up.stall, l.down.cut, l.down.stall = path.Up, path.UpStall, path.Down, path.DownStall
	dialer := addr(fmt.Sprintf("192.0.2.1:%d", number))
	client = &Conn{link: l, in: &l.down, out: &l.up, network: n, client: true, local: dialer, remote: addr(address)}
	server = &Conn{link: l, in: &l.up, out: &l.down, network: n, local: addr(address), remote: dialer}
	for _, cut := range []Cut{path.Up, path.Down} {
		if cut.How != Never && cut.After <= 0 {
			l.breakOff(cut.How)
		}
	}
	return client, server
}

// Read reads the bytes that have arrived.
func (c *Conn) Read(p []byte) (int, error) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, c.opError("read", net.ErrClosed)
		case c.reading.passed():
			return 0, c.opError("read", os.ErrDeadlineExceeded)
		case len(p) == 0:
			return 0, nil
		}
		n, wait, err := c.in.read(p)
		if n > 0 {
			c.link.changed.Broadcast() // there is room for a writer
			return n, nil
		}
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, c.opError("read", err)
		}
		c.wait(wait)
	}
}

// Write returns when p is in the buffer of the connection, or the connection has ended.
func (c *Conn) Write(p []byte) (written int, err error) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	for {
		switch {
		case written > 0 && written == len(p):
			return written, nil
		case c.closed, c.out.finished:
			return written, c.opError("write", net.ErrClosed)
		case c.writing.passed():
			return written, c.opError("write", os.ErrDeadlineExceeded)
		case c.out.broken != nil:
			return written, c.opError("write", c.out.broken)
		case len(p) == written:
			return written, nil
		}
		n := c.out.write(p[written:])
		if n == 0 {
			c.wait(0)
			continue
		}
		written += n
		if how := c.out.cut.How; how != Never && c.out.sent >= c.out.cut.After {
			c.link.breakOff(how)
		}
		c.link.changed.Broadcast()
	}
}

// wait returns when something has changed, and after d unless that is 0.
func (c *Conn) wait(d time.Duration) {
	if d > 0 {
		defer time.AfterFunc(d, c.link.wake).Stop()
	}
	c.link.changed.Wait()
}

// wake takes the lock, or a reader that has just decided to wait would miss it.
func (l *link) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed.Broadcast()
}

// Break ends the connection at both ends, where it has not ended yet.
func (c *Conn) Break(how Ending) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	c.link.breakOff(how)
}

// breakOff ends both directions, if how is not Never. Data that is on its way still arrives. A silent connection stays
// silent until its KeepAlive.
func (l *link) breakOff(how Ending) {
	if how == Never || l.up.silent {
		return
	}
	for _, h := range []*half{&l.up, &l.down} {
		h.cut = Cut{}
		switch how {
		case Silence:
			h.silent = true
		case Close:
			h.end(io.EOF, syscall.EPIPE)
		default:
			h.end(syscall.ECONNRESET, syscall.ECONNRESET)
		}
	}
	if how == Silence && l.keepAlive > 0 {
		time.AfterFunc(l.keepAlive, l.timeOut)
	}
	l.changed.Broadcast()
}

func (l *link) mend(latency time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range []*half{&l.up, &l.down} {
		h.latency = min(h.latency, latency)
	}
}

// timeOut ends a silent connection.
func (l *link) timeOut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range []*half{&l.up, &l.down} {
		h.silent = false
		h.end(syscall.ETIMEDOUT, syscall.ETIMEDOUT)
	}
	l.changed.Broadcast()
}

// Close ends both directions. The other end reads the rest of the data, and then its end. Where this end has
// not read all that came, the other end reads that the connection was reset, as with TCP.
func (c *Conn) Close() error {
	if !c.close() {
		return c.opError("close", net.ErrClosed)
	}
	if c.client {
		c.network.forget(c)
	}
	return nil
}

// close reports whether the connection was not closed before.
func (c *Conn) close() bool {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	if c.closed {
		return false
	}
	c.closed = true
	c.reading.stop()
	c.writing.stop()
	if c.abrupt {
		c.link.breakOff(Reset)
	}
	if c.in.unread() {
		c.out.finish(syscall.ECONNRESET)
	} else {
		c.out.finish(io.EOF)
	}
	if !c.in.silent {
		c.in.fail(syscall.EPIPE)
	}
	c.link.changed.Broadcast()
	return true
}

// CloseWrite ends the direction to the other end, which then reads the end of the data.
func (c *Conn) CloseWrite() error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	c.out.finish(io.EOF)
	c.out.finished = true
	c.link.changed.Broadcast()
	return nil
}

// SetLinger with 0 lets Close reset the connection. Another value has no effect on a network in memory.
func (c *Conn) SetLinger(sec int) error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	c.abrupt = sec == 0
	return nil
}

// Sent returns how many bytes this end has written, whether or not they arrived.
func (c *Conn) Sent() int {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	return c.out.sent
}

// LocalAddr returns the address of this end.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the address of the other end.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets when reads and writes fail. The zero time means never.
func (c *Conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline sets when reads fail. The zero time means never.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadline(&c.reading, t) }

// SetWriteDeadline sets when writes fail. The zero time means never.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadline(&c.writing, t) }

func (c *Conn) setDeadline(d *deadline, t time.Time) error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	if c.closed {
		return c.opError("set", net.ErrClosed)
	}
	d.set(t, c.link.wake)
	c.link.changed.Broadcast()
	return nil
}

func (c *Conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}

// deadline is when reads or writes fail.
type deadline struct {
	at    time.Time
	timer *time.Timer // wakes those who wait
}

func (d *deadline) set(at time.Time, wake func()) {
	d.stop()
	d.at = at
	if wait := time.Until(at); !at.IsZero() && wait > 0 {
		d.timer = time.AfterFunc(wait, wake)
	}
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }
