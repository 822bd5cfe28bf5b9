// Package multipart streams uploads and makes them replayable.
//
// New renders the framing of a multipart/form-data body and leaves gaps for the files. The gaps are filled from readers
// while the body is sent, so memory does not grow with the file. NewFile makes a body of a file without a form. A Body
// implements transport.Content.
package multipart

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// releaseWait is the longest time that Release waits for a running Read.
const releaseWait = 10 * time.Millisecond

var (
	errSpent   = errors.New("the file's reader cannot be read again")
	errClosed  = errors.New("the upload was closed")
	errAborted = errors.New("the reader was aborted: runtime.Goexit was called")
)

// Body is the body of one upload: a multipart/form-data form, or a file alone. Its methods are safe for concurrent use.
// It alone may use the readers of its files, from New or NewFile until Release.
type Body struct {
	contentType string
	segments    []segment
	length      int64
	texts       []string      // the values of the fields that are not files
	slot        chan struct{} // taken by Open, freed when the opened body is closed and no longer read
	async       []byte        // the memory for reads from a reader that may block; the holder of slot uses it

	mu       sync.Mutex
	current  *reader
	released bool
	err      error
}

// segment is a run of bytes, or a file that is read while the body is sent.
type segment struct {
	text []byte
	file *file
}

// New returns a form with the given parts. It renders the framing and measures each file whose reader is an io.Seeker.
// A file that is larger than its limit is refused with ErrInvalidArgument.
func New(parts ...Part) (*Body, error) {
	boundary := "parley" + rand.Text()
	b := newBody("multipart/form-data; boundary=" + boundary)
	opening := "--" + boundary
	for i := range parts {
		text, err := parts[i].header(opening)
		if err != nil {
			return nil, err
		}
		if err := b.add(text, &parts[i]); err != nil {
			return nil, err
		}
		opening = "\r\n--" + boundary
	}
	b.addText([]byte(opening + "--\r\n"))
	return b, nil
}

// NewFile returns a body that is the file of p alone, without a form around it, as the signed URL of a storage takes
// it. An empty ContentType sends no Content-Type header. NewFile uses neither Field nor FileName.
func NewFile(p Part) (*Body, error) {
	b := newBody(p.ContentType)
	return b, b.add(nil, &p)
}

func newBody(contentType string) *Body {
	return &Body{contentType: contentType, slot: make(chan struct{}, 1)}
}

// add appends the header and the content of p. The header of a body that is a file alone is nil. add refuses a file
// that is known to be larger than its limit.
func (b *Body) add(header []byte, p *Part) error {
	if p.Content == nil {
		b.addText(append(header, p.Text...))
		b.texts = append(b.texts, string(p.Text))
		return nil
	}
	f := newFile(p)
	if f.limit > 0 && f.size > f.limit {
		return f.tooLarge()
	}
	if header != nil {
		b.addText(header)
	}
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

// ContentType returns the Content-Type header, with the boundary of a form. An empty text means that the header is not
// sent.
func (b *Body) ContentType() string { return b.contentType }

// Length returns the number of bytes. It is -1 if the reader of a file is not an io.Seeker.
func (b *Body) Length() int64 { return b.length }

// Open returns the body from its first byte. It first waits until the body that it returned before is closed, or until
// ctx ends, because net/http may go on reading that body after the response came. The end of ctx also ends a Read that
// waits for a reader that blocks. For an empty body Open returns http.NoBody: net/http would send any other body
// without bytes in chunked encoding over HTTP/1.1, which storages refuse.
func (b *Body) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if b.length == 0 {
		return http.NoBody, nil
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
	b.current = &reader{body: b, ctx: ctx, done: make(chan struct{})}
	return b.current, nil
}

// Texts returns the values of the fields that are not files. No error text may quote them.
func (b *Body) Texts() []string { return b.texts }

// Replayable reports whether Open can succeed once more. That is always so for an io.Seeker. For a plain reader it is
// so only until the first byte was read from it.
func (b *Body) Replayable() bool {
	for _, s := range b.segments {
		if s.file != nil && s.file.spent() {
			return false
		}
	}
	return true
}

// Err returns the reason if the body itself ended the request: a file that proved larger than its limit
// (ErrInvalidArgument), a file that became shorter, or an error of a reader. Otherwise it returns nil.
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

// Release ends the use of the readers at the end of the call, even if net/http still reads the body. Every later Read
// of the body fails. Release waits a few milliseconds for a running Read, and returns even if that Read hangs.
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

// tooLarge returns the error of a file above its limit.
func (f *file) tooLarge() error {
	return apierr.Invalid(f.argument, "is larger than %d bytes", f.limit)
}
