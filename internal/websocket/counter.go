package websocket

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// errCloseSent refuses writes of the library after the close frame, which RFC 6455 section 5.5.1 forbids. The library
// answers the peer's close frame by itself. A message that waited for the write lock would otherwise follow it and be
// reported as sent.
var errCloseSent = errors.New("the close frame was sent")

// These are opcodes of RFC 6455 section 5.2. The opcodes of control frames begin with opClose.
const (
	opClose = 0x8
	opPing  = 0x9
)

// progress tells how much of a message was written.
type progress int32

const (
	wroteNothing progress = iota
	wrotePart             // also if it is unknown, because a Write that has not returned may have written a part
	wroteAll
)

// frameCounter stands between the library and the network. It tells how much of a message was written. Closing it ends
// everything that the library does on the connection at once.
type frameCounter struct {
	body    io.ReadWriteCloser
	clock   clock
	onClose func()
	closing sync.Once
	open    atomic.Bool // the handshake is complete

	// The library never calls Write concurrently, and begins each frame with a new Write, because it flushes after each
	// frame.
	left      int64 // bytes of the frame that are still to come
	data      bool  // the frame is not a control frame
	closeSent bool

	progress  atomic.Int32 // of the current or the last message
	active    atomic.Bool  // a message is being written
	received  atomic.Int64 // bytes
	lastPing  atomic.Int64 // when the last ping was written, by the clock
	lastWrite atomic.Int64 // when a Write last made progress, by the clock
}

// begin must be called before a message is written.
func (f *frameCounter) begin() {
	f.progress.Store(int32(wroteNothing))
	f.lastWrite.Store(f.clock.now())
	f.active.Store(true)
}

// finish must be called when the write of a message has ended with err.
func (f *frameCounter) finish(err error) {
	f.active.Store(false)
	if err == nil {
		f.progress.Store(int32(wroteAll))
	}
}

// wrote returns how much of the message was written.
func (f *frameCounter) wrote() progress { return progress(f.progress.Load()) }

// idle returns how long no byte was written, and whether a message is being written. It reads in the reverse order of
// begin. A message that begins meanwhile would otherwise seem to be as old as the write before it.
func (f *frameCounter) idle() (idle time.Duration, writes bool) {
	writes = f.active.Load()
	return f.clock.since(f.lastWrite.Load()), writes
}

// Read returns io.EOF at once until the handshake is complete, because the library would read the body of a refused
// handshake for up to 3 s. Later it reports the end of the connection as io.ErrUnexpectedEOF, because the library would
// take an io.EOF between two of its reads for the end of the message.
func (f *frameCounter) Read(p []byte) (int, error) {
	if !f.open.Load() {
		return 0, io.EOF
	}
	n, err := f.body.Read(p)
	f.received.Add(int64(n))
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (f *frameCounter) Write(p []byte) (int, error) {
	first := f.left == 0
	if first {
		if f.closeSent {
			return 0, errCloseSent
		}
		f.left = frameLength(p)
		f.data = p[0]&0xf < opClose
		f.closeSent = p[0]&0xf == opClose
	}
	if first && f.data {
		f.progress.Store(int32(wrotePart))
	}
	n, err := f.body.Write(p)
	f.left -= int64(n)
	if n > 0 {
		f.lastWrite.Store(f.clock.now())
	}
	switch {
	case !f.data:
		if f.left == 0 && p[0]&0xf == opPing {
			f.lastPing.Store(f.clock.now())
		}
	case f.left == 0:
		f.progress.Store(int32(wroteAll))
	case first && n == 0:
		f.progress.Store(int32(wroteNothing))
	}
	return n, err
}

// frameLength returns the length of the frame that begins with p, header included.
func frameLength(p []byte) int64 {
	header, payload := int64(2), int64(p[1]&0x7f)
	if p[1]&0x80 != 0 {
		header += 4 // masking key
	}
	switch {
	case payload == 126 && len(p) >= 4:
		return header + 2 + int64(binary.BigEndian.Uint16(p[2:]))
	case payload == 127 && len(p) >= 10:
		return header + 8 + int64(binary.BigEndian.Uint64(p[2:]))
	}
	return header + payload
}

// Close ends the connection without a close frame. It may be called more than once.
func (f *frameCounter) Close() error {
	var err error
	f.closing.Do(func() {
		err = f.body.Close()
		if f.onClose != nil {
			f.onClose()
		}
	})
	return err
}
