package siteassist

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/transport"
)

const (
	// finishWait is how long a stream waits for further events after a finish chunk. Servers that merge answers send
	// further ones, and servers that do not send [DONE] may keep the connection open without a word.
	finishWait = 3 * time.Second

	// After the answer, the body is read to its end so that the connection can serve another call. These are the
	// limits.
	maxDrain     = 64 << 10 // bytes
	drainTime    = 250 * time.Millisecond
	handBackTime = 20 * time.Millisecond // how long the caller waits for it
)

var errClosed = fmt.Errorf("the stream was %w", parley.ErrClosed)

// streamBody is the body of an event stream. Its reads end when no byte comes for a while. The time between reads does
// not count, because it is the caller who is slow then, and not the server. Only the loop over the stream may call
// Read. The methods end and cause may be called at any time.
type streamBody struct {
	body  *transport.Stream
	idle  time.Duration // how long a read may last; zero or less means no limit
	timer *time.Timer   // ends the body

	finished bool          // the answer is over unless more comes
	left     time.Duration // how long the reads after the finish chunk may last in total
	inEvent  func() bool   // reports whether an event has begun, which shows that the answer goes on

	atEnd      bool // the whole body was read
	handedBack bool // handBack closes the body
	ended      atomic.Pointer[error]
}

func newStreamBody(body *transport.Stream, idle time.Duration, inEvent func() bool) *streamBody {
	b := &streamBody{body: body, idle: idle, inEvent: inEvent}
	b.timer = time.AfterFunc(time.Hour, func() { withoutPanic(b.expire) })
	b.timer.Stop()
	return b
}

// setFinished limits further reads to finishWait in total, or removes that limit again.
func (b *streamBody) setFinished(finished bool) {
	b.finished, b.left = finished, finishWait
}

// Read reads from the body and closes it if no byte comes in time.
func (b *streamBody) Read(p []byte) (n int, err error) {
	limit, limited := b.limit()
	if limited && limit <= 0 {
		b.expire()
	}
	if cause := b.cause(); cause != nil {
		return 0, cause
	}
	if limited {
		b.timer.Reset(limit)
		defer b.timer.Stop()
	}
	began := time.Now()
	n, err = b.body.Read(p)
	b.left -= time.Since(began)
	b.atEnd = errors.Is(err, io.EOF)
	return n, err
}

// limit returns how long the next read may last. It reports false if the read may last for ever. After a finish chunk,
// a limit of zero or less means that no read is allowed any more.
func (b *streamBody) limit() (limit time.Duration, limited bool) {
	switch {
	case !b.finished || b.inEvent():
		return b.idle, b.idle > 0
	case b.idle > 0:
		return min(b.idle, b.left), true
	}
	return b.left, true
}

func (b *streamBody) expire() {
	b.end(fmt.Errorf("no byte came for %s", b.idle))
}

// end ends the body, and with it a read that waits. Only the first cause is kept.
func (b *streamBody) end(cause error) {
	if b.ended.CompareAndSwap(nil, &cause) {
		_ = b.body.Interrupt()
	}
}

// close ends the body and the call, if they have not ended before.
func (b *streamBody) close() {
	b.end(errClosed)
	_ = b.body.Close()
}

// cause returns the reason if this side closed the body, and otherwise nil.
func (b *streamBody) cause() error {
	if cause := b.ended.Load(); cause != nil {
		return *cause
	}
	return nil
}

// release ends the call with err, which the caller gets, and closes the body unless handBack will.
func (b *streamBody) release(err error) {
	b.body.End(err)
	if !b.handedBack {
		b.close()
	}
}

// handBack reads the rest of the body after the answer and closes the body. net/http reuses the connection only if the
// end of the body was read. That end nearly always comes together with the end of the answer, so a short wait is enough
// for the next call to find the connection. If the server keeps the connection open, the caller does not wait longer,
// and a goroutine goes on for at most drainTime. The caller has the answer by then, so if the body panics, only the
// connection is lost.
func (b *streamBody) handBack() {
	if b.atEnd || b.cause() != nil {
		return // release closes the body
	}
	b.body.End(nil)
	b.handedBack = true
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer withoutPanic(b.close)
		withoutPanic(b.drain)
	}()
	timer := time.NewTimer(handBackTime)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

func (b *streamBody) drain() {
	timer := time.AfterFunc(drainTime, func() { withoutPanic(func() { b.end(errClosed) }) })
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, b.body, maxDrain)
}

// withoutPanic calls f and recovers a panic. f calls the body of a custom transport on a goroutine of this package,
// where no other code could recover a panic and it would end the process.
func withoutPanic(f func()) {
	defer func() { _ = recover() }()
	f()
}
