package multipart

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// Part is one field of a form, or the file of NewFile. Only Field is required, and only in a form.
type Part struct {
	// Field is the form field's name.
	Field string
	// ContentType is the type of the part. In a form, an empty text means application/octet-stream for a file, and no
	// header for a text.
	ContentType string
	// Text is the value of a field that is not a file.
	Text []byte
	// Content makes the part a file. An io.Seeker is sent from its current position, with a known length, and is
	// replayable. Any other reader is sent once.
	Content io.Reader
	// FileName is the name of the file, without its directories: only the text after the last slash or backslash is
	// sent. An empty text means "file".
	FileName string
	// Limit is the maximum size of the file in bytes. Zero means no limit.
	Limit int64
	// Argument names the file in errors. An empty text means Field.
	Argument string
}

// header returns the framing before the content of the part. It begins with opening, the delimiter line.
func (p *Part) header(opening string) ([]byte, error) {
	if p.Field == "" {
		return nil, apierr.Required("form field name")
	}
	var b strings.Builder
	b.WriteString(opening)
	b.WriteString("\r\nContent-Disposition: form-data; name=\"")
	b.WriteString(quote(p.Field))
	if p.Content != nil {
		b.WriteString("\"; filename=\"")
		b.WriteString(quote(p.fileName()))
	}
	b.WriteByte('"')
	if kind := p.contentType(); kind != "" {
		if strings.ContainsFunc(kind, isControl) {
			return nil, apierr.Invalid("content type of "+p.argument(), "holds a control character")
		}
		b.WriteString("\r\nContent-Type: ")
		b.WriteString(kind)
	}
	b.WriteString("\r\n\r\n")
	return []byte(b.String()), nil
}

func (p *Part) contentType() string {
	if p.ContentType == "" && p.Content != nil {
		return "application/octet-stream"
	}
	return p.ContentType
}

func (p *Part) argument() string {
	if p.Argument != "" {
		return p.Argument
	}
	return p.Field
}

// fileName removes the directories, which would tell the server how the caller's disk is organized.
func (p *Part) fileName() string {
	name := p.FileName[strings.LastIndexAny(p.FileName, `/\`)+1:]
	if name == "" {
		return "file"
	}
	return name
}

// quote makes s safe inside the quotes of a header parameter. It escapes quotes and backslashes with a backslash, as
// RFC 2045 does, and control characters with a percent sign, as browsers do with line ends.
func quote(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < utf8.RuneSelf && isControl(r):
			b.WriteByte('%')
			b.WriteByte(digits[r>>4])
			b.WriteByte(digits[r&15])
		default:
			b.WriteRune(r) // a byte that is not UTF-8 becomes U+FFFD
		}
	}
	return b.String()
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// file is the content of a part while it is sent.
type file struct {
	content  io.Reader
	seeker   io.Seeker // nil for a plain reader, which can be read only once
	blocks   bool      // a Read may wait for long
	start    int64     // the position of the seeker before the first pass
	size     int64     // -1 if it is unknown
	limit    int64     // 0 means no limit
	argument string
	touched  atomic.Bool
}

// newFile returns the file of p. If the content is an io.Seeker, newFile measures it. An io.Seeker that cannot seek,
// such as an os.File on a pipe, is treated as a plain reader.
func newFile(p *Part) *file {
	f := &file{content: p.Content, blocks: mayBlock(p.Content), size: -1, limit: p.Limit, argument: p.argument()}
	seeker, ok := p.Content.(io.Seeker)
	if !ok {
		return f
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return f
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return f
	}
	_, _ = seeker.Seek(start, io.SeekStart) // a failure shows again in rewind
	f.seeker, f.start, f.size = seeker, start, max(end-start, 0)
	return f
}

// mayBlock reports whether a Read of content may wait for long, as that of a pipe, a microphone or a download does.
// Only reads from memory and from regular files are known not to. An io.Seeker may still block, because it may fetch
// each range from a server.
func mayBlock(content io.Reader) bool {
	switch c := content.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return false
	case *os.File:
		info, err := c.Stat()
		return err != nil || !info.Mode().IsRegular()
	}
	return true
}

// rewind prepares the file for a pass, also for the first one. It returns errSpent if a plain reader was already read.
func (f *file) rewind() error {
	if f.spent() {
		return errSpent
	}
	if f.seeker == nil {
		return nil
	}
	_, err := f.seeker.Seek(f.start, io.SeekStart)
	return err
}

func (f *file) touch() {
	if !f.touched.Load() {
		f.touched.Store(true)
	}
}

func (f *file) spent() bool { return f.seeker == nil && f.touched.Load() }
