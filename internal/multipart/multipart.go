// Package multipart answers: how is an upload streamed and sent again?
//
// The framing of a multipart/form-data body is rendered around holes, and the holes are filled from readers while the
// body is sent, so memory does not grow with the file. A Body is what internal/transport calls a Content.
package multipart

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// releaseWait bounds how long Release waits for a Read that is under way.
const releaseWait = 10 * time.Millisecond

var (
	errSpent  = errors.New("the file's reader cannot be read again")
	errClosed = errors.New("the upload was closed")
)

// Body is a multipart/form-data body of one call. Its methods are safe for concurrent use, its readers belong to it
// from New until Release.
type Body struct {
	boundary string
	segments []segment
	length   int64
	slot     chan struct{} // held from Open until the opened body is closed and no longer read

	mu       sync.Mutex
	current  *reader
	released bool
	err      error
}

// segment is a run of bytes, or a hole.
type segment struct {
	text []byte
	file *file
}

// New renders the framing of parts. A part's reader that is an io.Seeker is measured here; one whose file is larger
// than its limit is refused with ErrInvalidArgument.
func New(parts ...Part) (*Body, error) {
	b := &Body{boundary: "parley" + rand.Text(), slot: make(chan struct{}, 1)}
	opening := "--" + b.boundary
	for i := range parts {
		text, err := parts[i].header(opening)
		if err != nil {
			return nil, err
		}
		if err := b.add(text, &parts[i]); err != nil {
			return nil, err
		}
		opening = "\r\n--" + b.boundary
	}
	b.addText([]byte(opening + "--\r\n"))
	return b, nil
}

func (b *Body) add(header []byte, p *Part) error {
	if p.Content == nil {
		b.addText(append(header, p.Text...))
		return nil
	}
	f := newFile(p)
	if f.limit > 0 && f.size > f.limit {
		return f.tooLarge()
	}
	b.addText(header)
	b.segments = append(b.segments, segment{file: f})
	if f.size < 0 || b.length < 0 {
		b.length = -1
	} else {
		b.length += f.size
	}
	return nil
}

func (b *Body) addText(text []byte) {
	b.segments = append(b.segments, segment{text: text})
	if b.length >= 0 {
		b.length += int64(len(text))
	}
}

// ContentType is the Content-Type header, boundary included.
func (b *Body) ContentType() string { return "multipart/form-data; boundary=" + b.boundary }

// Length is the number of bytes, -1 if a file's reader is no io.Seeker.
func (b *Body) Length() int64 { return b.length }

// Open returns the body from its first byte. It waits, until ctx ends, for the body that it returned before to be
// closed: net/http may go on reading that one after the answer came. The end of ctx ends a Read that waits for a plain
// reader, too.
func (b *Body) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case b.slot <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r, err := b.open(ctx)
	if err != nil {
		<-b.slot
		return nil, err
	}
	return r, nil
}

func (b *Body) open(ctx context.Context) (*reader, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.released {
		return nil, errClosed
	}
	b.err = nil
	for _, s := range b.segments {
		if s.file == nil {
			continue
		}
		if err := s.file.rewind(); err != nil {
			return nil, err
		}
	}
	b.current = &reader{body: b, ctx: ctx, gone: make(chan struct{})}
	return b.current, nil
}

// Replayable reports whether Open will work once more: always for seekers, for a plain reader only as long as nothing
// was read from it.
func (b *Body) Replayable() bool {
	for _, s := range b.segments {
		if s.file != nil && s.file.spent() {
			return false
		}
	}
	return true
}

// Err is the reason for which the body itself ended the request: a file that proved larger than its limit
// (ErrInvalidArgument), one that shrank, or a reader's own error. It is nil if the body did not.
func (b *Body) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

func (b *Body) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// Release gives the readers back to the caller at the end of the call, whatever net/http still does with the body: what
// it reads from now on is an error. It waits a few milliseconds for a Read that is under way, not for one that hangs.
func (b *Body) Release() {
	b.mu.Lock()
	b.released = true
	current := b.current
	b.mu.Unlock()
	if current != nil {
		_ = current.Close()
	}
	select {
	case b.slot <- struct{}{}:
		<-b.slot
	case <-time.After(releaseWait):
	}
}

// tooLarge is what a caller is told of a file above its limit.
func (f *file) tooLarge() error {
	return apierr.Invalid(f.argument, "is larger than %d bytes", f.limit)
}
