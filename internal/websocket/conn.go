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

// stuckAfter is how long a write may make no progress. Then the connection ends.
const stuckAfter = 10 * time.Second

// conn is one connection, from its handshake to its end.
type conn struct {
	lib    *websocket.Conn
	frames *frameCounter
	born   time.Time
	ctx    context.Context // of all that the library does on the connection; ends with it
	stop   context.CancelFunc
	pings  sync.WaitGroup
	// writing is held from before a message is recorded as sent until its write ends. Whoever reports the loss of the
	// connection takes it, and so learns what became of the last message.
	writing sync.Mutex
	stuck   *time.Timer           // fires stuckAfter a write began, and then as long as one goes on
	armed   atomic.Bool           // stuck runs
	cause   atomic.Pointer[error] // why it was ended, if this side decided that
}

func newConn(lib *websocket.Conn, frames *frameCounter) *conn {
	c := &conn{lib: lib, frames: frames, born: time.Now()}
	c.ctx, c.stop = context.WithCancel(context.Background())
	frames.onClose = c.stop
	c.stuck = time.AfterFunc(time.Hour, c.checkProgress)
	c.stuck.Stop()
	return c
}

// start begins to ping.
func (c *conn) start(keepAlive func()) { c.pings.Go(keepAlive) }

// end cuts the connection for cause after grace. Until then it is still read.
func (c *conn) end(cause error, grace time.Duration) {
	c.cause.CompareAndSwap(nil, &cause)
	if grace > 0 {
		time.AfterFunc(grace, c.cut)
		return
	}
	c.cut()
}

// cut ends the connection at once, without a close frame. No method of the library does that while a write hangs.
func (c *conn) cut() { _ = c.frames.Close() }

// shut frees what the connection holds, the library's goroutine too.
func (c *conn) shut() {
	c.cut()
	_ = c.lib.CloseNow()
	c.stuck.Stop()
	c.pings.Wait()
}

// reason returns why the connection was lost, whose reader ended with err. The peer's own words come first.
func (c *conn) reason(cfg *Config, err error) error {
	cause := c.cause.Load()
	_, closed := errors.AsType[websocket.CloseError](err)
	switch {
	case errors.Is(err, parley.ErrResponseTooLarge):
		return err
	case cause != nil && !closed:
		return *cause
	case errors.Is(err, net.ErrClosed), errors.Is(err, context.Canceled):
		return ErrStuck // the library closes a connection on which a control frame waits for 5 s
	}
	return cfg.lost(err)
}

// write writes one message after frames.begin. It returns when the library does; wrote then tells how much was written.
func (c *conn) write(message []byte) error {
	if !c.armed.Swap(true) {
		c.stuck.Reset(stuckAfter)
	}
	err := c.lib.Write(c.ctx, websocket.MessageText, message)
	c.frames.finish(err)
	return err
}

// checkProgress ends the connection if a write has made no progress for stuckAfter. It runs on while one goes on, and
// not once per write: setting a timer costs as much as a good part of a short write.
func (c *conn) checkProgress() {
	c.armed.Store(false) // before it looks: a write that begins meanwhile either is seen or sets the timer
	idle, writes := c.frames.idle()
	switch {
	case !writes:
	case idle >= stuckAfter:
		c.end(ErrStuck, 0)
	case !c.armed.Swap(true):
		c.stuck.Reset(stuckAfter - idle)
	}
}

// buffers holds the memory into which messages are read before their size is known. An idle connection holds none.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const maxPooledBuffer = 64 << 10

// next reads one message into memory of its own size.
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
		// the library reads one byte beyond it and then fails without a sentinel
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
		_, r, err := c.lib.Reader(c.ctx)
		if !c.goesOn(err) {
			return r, err
		}
	}
}

// goesOn reports whether reading can go on after err: the library waits 5 s for the write lock to answer a ping, and
// its reader then fails although the connection is well and only a long message was being written.
func (c *conn) goesOn(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) && c.ctx.Err() == nil
}
