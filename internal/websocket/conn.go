package websocket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"nhooyr.io/websocket"

	"github.com/seed-127a5941/parley"
)

// stuckAfter is how long a write may make no progress before the connection is ended.
const stuckAfter = 10 * time.Second

// conn is one connection, from its handshake to its end.
type conn struct {
	lib    *websocket.Conn
	frames *frameCounter
	cause  atomic.Pointer[error] // why this side ended the connection; nil if it did not
	armed  atomic.Bool           // stuck is running
	// writing is held from before a message is recorded as sent until its write has ended. The goroutine that reports
	// the loss of the connection takes it first, so that it knows the outcome of the last message.
	writing sync.Mutex
	pings   sync.WaitGroup // the goroutines of the ping that is due
	missed  int            // pings in a row without a pong; only the goroutine of the ping uses it

	mu       sync.Mutex
	isCut    bool            // neither a timer nor a ping may be started any more
	ctx      context.Context // ends when the connection is cut; nil before its first use
	stop     context.CancelFunc
	nextPing *time.Timer // begins the next ping; nil if the connection sends no pings
	stuck    *time.Timer // calls checkProgress stuckAfter a write began, and again as long as writes go on
}

func newConn(lib *websocket.Conn, frames *frameCounter) *conn {
	c := &conn{lib: lib, frames: frames}
	frames.onClose = c.onCut
	return c
}

// onCut is called when the connection is cut.
func (c *conn) onCut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isCut = true
	if c.stop != nil {
		c.stop()
	}
	for _, timer := range []*time.Timer{c.nextPing, c.stuck} {
		if timer != nil {
			timer.Stop()
		}
	}
}

// wasCut reports whether the connection was cut.
func (c *conn) wasCut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.isCut
}

// lifetime returns a context that ends when the connection is cut. It is made when it is needed, which is seldom. The
// library does not need it, because cutting the connection makes its reads and writes fail.
func (c *conn) lifetime() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil {
		c.ctx, c.stop = context.WithCancel(context.Background())
		if c.isCut {
			c.stop()
		}
	}
	return c.ctx
}

// end cuts the connection after grace, because of cause. Until then the connection is still read.
func (c *conn) end(cause error, grace time.Duration) {
	c.cause.CompareAndSwap(nil, &cause)
	if grace > 0 {
		time.AfterFunc(grace, c.cut)
		return
	}
	c.cut()
}

// cut ends the connection at once, without a close frame. No method of the library does so while a write hangs.
func (c *conn) cut() { _ = c.frames.Close() }

// shut cuts the connection, and waits until the library's goroutine and a ping on it have ended.
func (c *conn) shut() {
	c.cut()
	_ = c.lib.CloseNow()
	c.pings.Wait()
}

// startTimer makes f run on a goroutine of its own after d, unless the connection was cut. timer is a field of c.
func (c *conn) startTimer(timer **time.Timer, d time.Duration, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.isCut:
	case *timer == nil:
		*timer = time.AfterFunc(d, f)
	default:
		(*timer).Reset(d)
	}
}

// reason returns why the connection was lost. err is the error that ended its reader. A close frame of the peer counts
// most.
func (c *conn) reason(cfg *Config, err error) error {
	cause := c.cause.Load()
	_, closed := errors.AsType[websocket.CloseError](err)
	switch {
	case errors.Is(err, parley.ErrResponseTooLarge):
		return err
	case cause != nil && !closed:
		return *cause
	case errors.Is(err, net.ErrClosed), errors.Is(err, context.Canceled):
		return ErrStuck // the library closes a connection on which a control frame waited for 5 s
	}
	return cfg.lost(err)
}

// write writes one message after frames.begin. It returns when the library does. frames.wrote then tells how much was
// written.
func (c *conn) write(message []byte) error {
	if !c.armed.Swap(true) {
		c.startTimer(&c.stuck, stuckAfter, c.checkProgress)
	}
	err := c.lib.Write(context.Background(), websocket.MessageText, message)
	c.frames.finish(err)
	return err
}

// checkProgress ends the connection if a write has made no progress for stuckAfter. While messages are written it sets
// its timer again by itself. write does not set it each time, because setting a timer takes a good part of the time of
// a short write.
func (c *conn) checkProgress() {
	c.armed.Store(false) // before the check, so that a write that begins meanwhile is either seen or sets the timer
	idle, writes := c.frames.idle()
	switch {
	case !writes:
		c.dropStuck()
	case idle >= stuckAfter:
		c.end(ErrStuck, 0)
	case !c.armed.Swap(true):
		c.startTimer(&c.stuck, stuckAfter-idle, c.checkProgress)
	}
}

// dropStuck frees the timer of a connection on which no message was written for some time.
func (c *conn) dropStuck() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.armed.Load() {
		c.stuck = nil
	}
}

// buffers holds the memory into which messages are read while their size is unknown. An idle connection uses no buffer.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const maxPooledBuffer = 64 << 10

// next reads one message and returns it in memory of exactly its size.
func (c *conn) next(limit int64) ([]byte, error) {
	r, err := c.reader()
	if err != nil {
		return nil, err
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= maxPooledBuffer {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	for {
		_, err = buf.ReadFrom(r)
		if !c.goesOn(err) {
			break
		}
	}
	if err != nil {
		// The library reads one byte beyond the limit and then fails without a sentinel error.
		if limit > 0 && int64(buf.Len()) > limit {
			err = fmt.Errorf("%w: a message exceeds the limit of %d bytes", parley.ErrResponseTooLarge, limit)
		}
		return nil, err
	}
	return bytes.Clone(buf.Bytes()), nil
}

// reader waits for the next message.
func (c *conn) reader() (io.Reader, error) {
	for {
		_, r, err := c.lib.Reader(context.Background())
		if !c.goesOn(err) {
			return r, err
		}
	}
}

// goesOn reports whether reading can go on after err. To answer a ping, the library waits 5 s for the write lock. If a
// long message holds the lock for longer, the library's reader fails although the connection is intact.
func (c *conn) goesOn(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) && !c.wasCut()
}
