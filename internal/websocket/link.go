package websocket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"nhooyr.io/websocket"

	"github.com/seed-127a5941/parley"
)

// link is one connection, from its handshake to its end.
type link struct {
	conn *websocket.Conn
	wire *wire
	born time.Time
	ctx  context.Context // of its reader and its pings; ends with the link
	stop context.CancelFunc
	kept sync.WaitGroup // the goroutine that pings
	// paused is when the last long pause of the reader ended, in Unix nanoseconds; 0: there was none.
	paused atomic.Int64

	mu    sync.Mutex
	cause error       // why it was given up, if that was our decision
	fuse  *time.Timer // ends an abandoned connection
}

// farewell is how long an abandoned connection is still read: the close frame that says why may be on its way.
const farewell = time.Second

func newLink(conn *websocket.Conn, w *wire) *link {
	l := &link{conn: conn, wire: w, born: time.Now()}
	l.ctx, l.stop = context.WithCancel(context.Background())
	return l
}

// start begins to ping.
func (l *link) start(cfg *Config) {
	if cfg.PingInterval > 0 {
		l.kept.Go(func() { l.keepAlive(cfg.PingInterval, cfg.PongTimeout) })
	}
}

// abandon ends a connection that cannot be written to any more, unless its reader finds out by itself.
func (l *link) abandon(cause error) {
	l.blame(cause)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fuse == nil {
		l.fuse = time.AfterFunc(farewell, func() { _ = l.wire.Close() })
	}
}

// blame records why the connection is lost. The first cause counts.
func (l *link) blame(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause == nil {
		l.cause = cause
	}
}

// finish frees what the connection holds, the library's goroutine too, and waits for the goroutine that pings.
func (l *link) finish() {
	_ = l.wire.Close()
	l.stop()
	_ = l.conn.CloseNow()
	l.kept.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fuse != nil {
		l.fuse.Stop()
	}
}

// read hands each message to handle until the connection is lost, and returns why.
func (l *link) read(cfg *Config) error {
	for {
		message, err := l.next(cfg.ReadLimit)
		if err != nil {
			return l.reason(cfg, err)
		}
		begun := time.Now()
		cfg.Handle(message)
		if ended := time.Now(); ended.Sub(begun) > longPause {
			l.paused.Store(ended.UnixNano())
		}
	}
}

// longPause is what a message may take without counting as a pause of the reader.
const longPause = time.Second

// pausing reports whether the reader pauses, or did so within the last while.
func (l *link) pausing(while time.Duration) bool {
	return l.wire.readSince.Load() == 0 || time.Now().UnixNano()-l.paused.Load() < int64(while)
}

func (l *link) reason(cfg *Config, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, closed := errors.AsType[websocket.CloseError](err)
	switch {
	case errors.Is(err, parley.ErrResponseTooLarge):
		return err
	case closed || l.cause == nil: // what the peer says is more than a write that failed
		return cfg.lost(err)
	}
	return l.cause
}

// buffers holds what messages are read into before their size is known. An idle connection holds none.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const keptBuffer = 64 << 10

// next reads one message into memory of its own size.
func (l *link) next(limit int64) ([]byte, error) {
	_, r, err := l.conn.Reader(l.ctx)
	if err != nil {
		return nil, err
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= keptBuffer {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	n, err := buf.ReadFrom(r)
	if err != nil {
		if limit > 0 && n > limit { // the library reads one byte beyond it and then fails without a sentinel
			err = fmt.Errorf("%w: a message exceeds the limit of %d bytes", parley.ErrResponseTooLarge, limit)
		}
		return nil, err
	}
	return bytes.Clone(buf.Bytes()), nil
}

// keepAlive pings until the link ends or the peer proves dead.
func (l *link) keepAlive(interval, timeout time.Duration) {
	next := time.NewTimer(interval)
	defer next.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-next.C:
		}
		next.Reset(interval)
		if !l.probe(timeout) {
			l.blame(ErrSilent)
			_ = l.wire.Close()
			return
		}
	}
}

// probe pings once and reports whether the peer gave a sign of life within timeout, or could not be asked. Any byte is
// one: a pong that waits behind a backlog of messages must not condemn the peer. During a pause of the reader there is no
// ping: a server whose own writes are held up by the pause cannot answer, and some give up the connection then.
func (l *link) probe(timeout time.Duration) bool {
	if l.pausing(timeout) {
		return true
	}
	begun, pings := time.Now(), l.wire.pings.Load()
	ctx, cancel := context.WithTimeout(l.ctx, timeout)
	defer cancel()
	if l.conn.Ping(ctx) == nil {
		return true
	}
	<-ctx.Done() // the library gives up earlier when a long message holds the write lock
	if l.ctx.Err() != nil {
		return true
	}
	return !l.wire.silent(begun, l.wire.pings.Load() > pings)
}

// write sends one message and reports whether any byte of it may have been sent. The caller holds the gate.
func (l *link) write(ctx context.Context, message []byte) (started bool, err error) {
	before := l.wire.messages.Load()
	err = l.conn.Write(ctx, websocket.MessageText, message)
	return l.wire.messages.Load() > before, err
}

var _ io.ReadWriteCloser = (*wire)(nil)
