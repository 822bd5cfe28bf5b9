package multipart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// apartSize is the most that one Read takes from a reader that may block.
const apartSize = 32 << 10

// reader is one pass over a Body.
type reader struct {
	body    *Body
	ctx     context.Context // of the call
	segment int             // the one being read
	offset  int64           // within it
	apart   []byte          // what a reader that may block reads into

	mu      sync.Mutex
	reading bool
	closed  bool
	gone    chan struct{} // closed with the pass
}

// Read fills p from the framing and the files, never from two segments at once.
func (r *reader) Read(p []byte) (int, error) {
	if !r.begin() {
		return 0, errClosed
	}
	if s := r.present(); s != nil && s.file != nil && s.file.seeker == nil {
		return r.fillApart(p)
	}
	defer r.end()
	return r.fill(p)
}

// present is the segment being read; nil: all were.
func (r *reader) present() *segment {
	if r.segment < len(r.body.segments) {
		return &r.body.segments[r.segment]
	}
	return nil
}

// fillApart fills p from a pipe, a microphone or whatever else may block. net/http lets go of a call only once Read has
// returned, so it returns when ctx ends or the body is closed. The caller's Read then goes on into memory of its own.
func (r *reader) fillApart(p []byte) (int, error) {
	if r.apart == nil {
		r.apart = make([]byte, apartSize)
	}
	type filled struct {
		n   int
		err error
	}
	part, done := r.apart[:min(len(p), apartSize)], make(chan filled, 1)
	go func() {
		n, err := r.fill(part)
		r.end() // before the next Read begins
		done <- filled{n, err}
	}()
	select {
	case f := <-done:
		return copy(p, part[:f.n]), f.err
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	case <-r.gone:
		return 0, errClosed
	}
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

// Close ends the pass. net/http calls it while a Read is still under way (after a cancelled request, and over HTTP/2),
// so the next pass may begin only once both are over.
func (r *reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.closed = true
		close(r.gone)
		r.leave()
	}
	return nil
}

// begin reports false after Close, and while a Read that was left goes on.
func (r *reader) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.reading {
		return false
	}
	r.reading = true
	return true
}

func (r *reader) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reading = false
	if r.closed {
		r.leave()
	}
}

// leave makes room for the next pass, unless a Read will do so at its end.
func (r *reader) leave() {
	if !r.reading {
		<-r.body.slot
	}
}

// read copies what follows offset into p and reports whether the segment is complete.
func (s *segment) read(p []byte, offset int64) (n int, done bool, err error) {
	if s.file != nil {
		return s.file.read(p, offset)
	}
	n = copy(p, s.text[offset:])
	return n, offset+int64(n) == int64(len(s.text)), nil
}

// read copies what follows offset, which is where the file's reader stands.
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
	f.touch()
	n, err = f.content.Read(p)
	return f.judge(n, offset, err)
}

// judge says what the answer (n, err) of the file's reader means.
func (f *file) judge(n int, offset int64, err error) (int, bool, error) {
	switch {
	case err == nil:
		return n, false, nil
	case !errors.Is(err, io.EOF):
		return n, false, fmt.Errorf("read %s: %w", f.argument, err)
	case f.size >= 0 && offset+int64(n) < f.size:
		return n, false, fmt.Errorf("read %s: it became shorter meanwhile: %w", f.argument, io.ErrUnexpectedEOF)
	}
	return n, true, nil
}

// probe finds out whether a file of unknown size ends at its limit.
func (f *file) probe() (int, bool, error) {
	var one [1]byte
	n, err := f.content.Read(one[:])
	if n > 0 {
		return 0, false, f.tooLarge()
	}
	return f.judge(0, f.limit, err)
}
