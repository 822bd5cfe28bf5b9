package websocket

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-127a5941/parley"
)

// ErrNotWritten says that the connection was lost before a byte of the message was written. The Turn still holds the
// lock, so that the message can be written to the next connection.
var ErrNotWritten = errors.New("the connection was lost before the message was written")

// closeGrace is how long a connection is still read after a write on it has failed. A close frame that says why may be
// on its way.
const closeGrace = time.Second

// Turn is the right to write one message. Acquire hands Turns out in the order of its calls. The holder calls Connect,
// Begin and Write. If Write returns ErrNotWritten, the holder may call the three again, or Release to give up. A Turn
// belongs to one goroutine and is not used after its end.
type Turn struct {
	session *Session
	conn    *conn
	begun   bool // this Turn holds conn.writing
}

// Acquire waits for the lock until ctx ends. Calls are served in their order.
func (s *Session) Acquire(ctx context.Context) (Turn, error) {
	select {
	case s.lock <- struct{}{}:
		return Turn{session: s}, nil
	default: // it is held
	}
	select {
	case s.lock <- struct{}{}:
	case <-ctx.Done():
		if err := s.Err(); err != nil {
			return Turn{}, err // if both have ended, the end of the session says more
		}
		return Turn{}, ctx.Err()
	case <-s.ctx.Done():
		return Turn{}, s.Err()
	}
	return Turn{session: s}, nil
}

// Connect waits until there is a connection or ctx ends. Its error is that of ctx, or the reason for the session's end.
func (t *Turn) Connect(ctx context.Context) error {
	t.stop()
	for {
		c, opened, err := t.session.next()
		if err == nil {
			err = ctx.Err()
		}
		if c != nil || err != nil {
			t.conn = c
			return err
		}
		select {
		case <-opened:
		case <-ctx.Done():
		case <-t.session.ctx.Done():
		}
	}
}

// Begin checks that the connection of Connect can still be written to. The loss of the connection is then not reported
// before the Turn ends, or before Connect if Write returns ErrNotWritten. The holder can thus forget that it expects an
// answer before it learns of the loss. Begin reports false if the connection was lost meanwhile, or if the session has
// ended.
func (t *Turn) Begin() bool {
	t.conn.writing.Lock()
	if c, err := t.session.current(); c != t.conn || err != nil {
		t.conn.writing.Unlock()
		return false
	}
	t.begun = true
	return true
}

// Write writes message after Begin and ends the Turn, unless it returns ErrNotWritten. It returns nil if the whole
// message was written to the connection. If ctx ends before that, Write returns at once with an error that matches
// parley.ErrDeliveryUnknown, and the write goes on in the background. If the connection breaks within the message, the
// error matches parley.ErrDeliveryUnknown too.
func (t *Turn) Write(ctx context.Context, message []byte) error {
	t.conn.frames.begin() // before ctx can end, because wrote below must not tell of the message before
	if ctx.Done() == nil {
		return t.finish(t.conn.write(message))
	}
	written := t.session.outcome()
	go t.conn.writeFor(written, message)
	select {
	case err := <-written:
		return t.finish(err)
	case <-ctx.Done():
	}
	select { // ctx may have ended at the same moment as the write
	case err := <-written:
		return t.finish(err)
	default:
	}
	whole := t.conn.frames.wrote() == wroteAll
	go t.finishLater()
	if whole {
		return nil
	}
	return fmt.Errorf("the message is still being written: %w: %w", ctx.Err(), parley.ErrDeliveryUnknown)
}

// outcome returns the channel that gets the error of a write on another goroutine. All writes use the same one, because
// a Turn ends only after it has received from the channel. Only the holder of lock may call it.
func (s *Session) outcome() chan error {
	if s.written == nil {
		s.written = make(chan error, 1)
	}
	return s.written
}

// writeFor writes a message for a Turn on another goroutine.
func (c *conn) writeFor(written chan<- error, message []byte) { written <- c.write(message) }

// finishLater ends a Turn, whose holder has left, when its write has ended. The Turn is a copy, so that only a Turn
// that was left costs memory.
func (t Turn) finishLater() {
	if errors.Is(t.finish(<-t.session.written), ErrNotWritten) {
		t.Release()
	}
}

// finish decides the outcome of a write that ended with err. A failed write ends the connection.
func (t *Turn) finish(err error) error {
	c, s := t.conn, t.session
	wrote := c.frames.wrote()
	var cause error
	if err != nil {
		cause = s.cfg.lost(err)
		s.withdraw(c)
		c.end(cause, closeGrace)
	}
	if wrote == wroteNothing {
		return ErrNotWritten
	}
	t.Release()
	if wrote == wroteAll {
		return nil
	}
	return fmt.Errorf("the message was cut: %w: %w", cause, parley.ErrDeliveryUnknown)
}

// stop allows the loss of the connection to be reported again.
func (t *Turn) stop() {
	if t.begun {
		t.begun = false
		t.conn.writing.Unlock()
	}
}

// Release ends a Turn without a message.
func (t *Turn) Release() {
	t.stop()
	<-t.session.lock
}
