package multipart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// asyncSize is the largest number of bytes that one Read takes from a reader that may block.
const asyncSize = 32 << 10

// These are the bits of the state of a pass. Reads change it without a lock, because there is one for every 32 KiB of a
// file.
const (
	reading = 1 << iota // a Read is running
	left                // the caller of a Read got an error before the Read ended
	closed              // Close was called
)

// reader is one pass over a Body.
type reader struct {
	body    *Body
	ctx     context.Context // of Open; its end makes a Read of a reader that may block fail
	segment int             // the index of the segment that is read
	offset  int64           // of the next byte within the segment

	part   []byte          // the memory that the running Read of a reader that may block fills
	filled chan readResult // gets the result of that Read, if the pass still waits for it
	async  func()          // is always fillPart; a field, so that starting it allocates no memory

	state atomic.Uint32 // the bits reading, left and closed
	done  chan struct{} // closed by Close
}

// Read fills p from the framing and the files. One Read never takes bytes of two segments.
func (r *reader) Read(p []byte) (int, error) {
	if !r.begin() {
		return 0, errClosed
	}
	if s := r.present(); s != nil && s.file != nil && s.file.blocks {
		return r.fillAsync(p)
	}
	defer r.end()
	return r.fill(p)
}

// present returns the segment that is being read, or nil at the end of the body.
func (r *reader) present() *segment {
	if r.segment < len(r.body.segments) {
		return &r.body.segments[r.segment]
	}
	return nil
}

// fillAsync fills p from a reader that may block. net/http waits for Read before it ends a call, so fillAsync returns
// as soon as ctx ends or the body is closed. The Read of the user's reader may go on after that, into memory of its
// own.
func (r *reader) fillAsync(p []byte) (int, error) {
	if r.filled == nil {
		r.filled, r.async = make(chan readResult), r.fillPart
		if r.body.async == nil {
			r.body.async = make([]byte, asyncSize)
		}
	}
	r.part = r.body.async[:min(len(p), asyncSize)]
	go r.async()
	select {
	case f := <-r.filled:
		defer r.end()
		return copy(p, r.part[:f.n]), f.err
	case <-r.ctx.Done():
		r.leave()
		return 0, r.ctx.Err()
	case <-r.done:
		return 0, errClosed
	}
}

// fillPart does the Read of fillAsync on another goroutine. It allocates no memory. If fillAsync has returned without
// the result, fillPart ends the Read in its place. A reader of the user that ends the goroutine makes the Read fail.
func (r *reader) fillPart() {
	result, returned := readResult{err: errAborted}, false
	defer func() {
		if !returned {
			r.body.fail(errAborted)
		}
		select {
		case r.filled <- result:
		case <-r.ctx.Done():
			r.end()
		case <-r.done:
			r.end()
		}
	}()
	result.n, result.err = r.fill(r.part)
	returned = true
}

// leave makes every later Read fail, because the bytes of the abandoned Read are lost.
func (r *reader) leave() { r.state.Or(left) }

// readResult is the result of a Read on another goroutine.
type readResult struct {
	n   int
	err error
}

func (r *reader) fill(p []byte) (int, error) {
	for s := r.present(); s != nil; s = r.present() {
		n, done, err := s.read(p, r.offset)
		if err != nil {
			r.body.fail(err)
			return n, err
		}
		r.advance(n, done)
		if n > 0 || !done {
			return n, nil
		}
	}
	return 0, io.EOF
}

func (r *reader) advance(n int, done bool) {
	r.offset += int64(n)
	if done {
		r.segment++
		r.offset = 0
	}
}

// Close ends the pass. net/http may call it during a Read: after a cancelled request, and over HTTP/2. The next pass
// begins only when both the pass and that Read have ended, so the later of the two frees the slot.
func (r *reader) Close() error {
	before := r.state.Or(closed)
	if before&closed != 0 {
		return nil
	}
	close(r.done)
	if before&reading == 0 {
		<-r.body.slot
	}
	return nil
}

// begin marks that a Read is running. It reports false, and the Read must fail, if one is running already, after Close,
// and after a Read that its caller abandoned.
func (r *reader) begin() bool { return r.state.CompareAndSwap(0, reading) }

// end marks that the Read has ended.
func (r *reader) end() {
	if before := r.state.And(^uint32(reading)); before&closed != 0 {
		<-r.body.slot
	}
}

// read puts the bytes of the segment from offset on into p and reports whether the segment is complete.
func (s *segment) read(p []byte, offset int64) (n int, done bool, err error) {
	if s.file != nil {
		return s.file.read(p, offset)
	}
	n = copy(p, s.text[offset:])
	return n, offset+int64(n) == int64(len(s.text)), nil
}

// read reads the next bytes of the file into p and reports whether the file is complete. offset is the number of bytes
// that were read before. If the size of the file is known, read stops there. Otherwise a file with more bytes than its
// limit is an error.
func (f *file) read(p []byte, offset int64) (n int, done bool, err error) {
	most := f.size
	if most < 0 && f.limit > 0 {
		most = f.limit
	}
	switch {
	case most < 0 || len(p) == 0:
	case offset == most && f.size >= 0:
		return 0, true, nil
	case offset == most:
		return f.probe()
	case int64(len(p)) > most-offset:
		p = p[:most-offset]
	}
	n, err = f.readContent(p)
	return f.classify(n, offset, err)
}

// readContent reads from the user's reader. It turns a panic of that reader into an error, because the panic may happen
// on a goroutine of this package or of net/http, where the user cannot recover it. A count that no Read may return is
// an error too, because the bytes that it counts are not those of the reader.
func (f *file) readContent(p []byte) (n int, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			n, err = 0, apierr.NewPanicError("the reader panicked", reason)
		}
	}()
	f.touch()
	n, err = f.content.Read(p)
	if n < 0 || n > len(p) {
		return 0, fmt.Errorf("the reader returned %d bytes for a buffer of %d", n, len(p))
	}
	return n, err
}

// classify interprets the result (n, err) of the file's reader for the segment.
func (f *file) classify(n int, offset int64, err error) (int, bool, error) {
	switch {
	case err == nil:
		return n, false, nil
	case !isEnd(err):
		return n, false, fmt.Errorf("read %s: %w", f.argument, err)
	case f.size >= 0 && offset+int64(n) < f.size:
		return n, false, fmt.Errorf("read %s: it became shorter meanwhile: %w", f.argument, io.ErrUnexpectedEOF)
	}
	return n, true, nil
}

// isEnd reports whether a Read that failed with err tells the end of the content. A panic never does, even if its value
// is io.EOF, because half of a file would be sent as the whole.
func isEnd(err error) bool { return errors.Is(err, io.EOF) && !isPanic(err) }

func isPanic(err error) bool {
	_, ok := errors.AsType[*apierr.PanicError](err)
	return ok
}

// probe finds out whether a file of unknown size ends at its limit.
func (f *file) probe() (int, bool, error) {
	var one [1]byte
	n, err := f.readContent(one[:])
	if n > 0 {
		return 0, false, f.tooLarge()
	}
	return f.classify(0, f.limit, err)
}
