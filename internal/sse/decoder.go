// Package sse answers: how is an event stream read and its truncation noticed?
//
// It reads text/event-stream by the line rules of the WHATWG: lines end with LF, CR or CRLF, a leading BOM and comments
// are skipped, several data lines make one event. It differs from a browser in one point: an event that the end of the
// body cut off is an error and not dropped in silence. Names, ids and retry times of events are read over.
package sse

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/seed-127a5941/parley"
)

// DefaultLimit is the size of the largest event that a Decoder reads unless told otherwise: 4 MiB.
const DefaultLimit = 4 << 20

const (
	bufferSize = 4 << 10 // of the reads; an event may be larger
	firstGrow  = 1 << 10 // of the data buffer
	fieldName  = "data:"
	prefixSize = len(fieldName) + 1
)

var bom = []byte("\xef\xbb\xbf")

// Decoder reads the events of one stream. It starts no goroutine and allocates nothing per event. It is not safe for
// concurrent use.
type Decoder struct {
	r     *bufio.Reader // of the body
	limit int           // of data, in bytes

	window []byte // what r holds and no line has taken yet; valid until r reads again
	taken  int    // bytes of r that left window and were not discarded yet

	data    []byte // values of the event's data lines, an LF after each, then the beginning of an unfinished line
	fresh   bool   // the event before was returned: data begins anew
	begun   bool   // the BOM was looked for
	afterCR bool   // the last line ended with CR: an LF belongs to it
}

// NewDecoder returns a Decoder of r. Events with more than limit bytes of data fail; 0 or less: DefaultLimit.
func NewDecoder(r io.Reader, limit int64) *Decoder {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Decoder{r: bufio.NewReaderSize(r, bufferSize), limit: int(limit)}
}

// Next returns the data of the next event; it is valid until the next call. At the end of the stream it returns io.EOF,
// or ErrTruncated when that end cuts an event off; after ErrResponseTooLarge or an error of the reader there is no more.
func (d *Decoder) Next() ([]byte, error) {
	if d.fresh {
		d.data, d.fresh = d.data[:0], false
	}
	if err := d.begin(); err != nil {
		return nil, err
	}
	for {
		line, err := d.line()
		if err != nil {
			return nil, err
		}
		if len(line) > 0 {
			if err := d.field(line); err != nil {
				return nil, err
			}
			continue
		}
		if n := len(d.data); n > 0 {
			d.fresh = true
			return d.data[: n-1 : n-1], nil
		}
	}
}

// field adds the line to the event if it is a data line. The line may lie in d.data, right behind the values.
func (d *Decoder) field(line []byte) error {
	value, ok := dataValue(line)
	if !ok {
		return nil
	}
	if len(d.data)+len(value) > d.limit {
		return d.tooLarge()
	}
	d.grow(len(value) + 1)
	d.data = append(append(d.data, value...), '\n') // append moves overlapping bytes as copy does
	return nil
}

// dataValue returns the value of a data line: "data", "data:" and "data: " begin one, "database" does not.
func dataValue(line []byte) ([]byte, bool) {
	switch n := len(fieldName); {
	case len(line) < n:
		return nil, string(line) == fieldName[:n-1]
	case string(line[:n]) != fieldName:
		return nil, false
	case len(line) > n && line[n] == ' ':
		return line[n+1:], true
	default:
		return line[n:], true
	}
}

// line returns the next line without its end; it is valid until the next call.
func (d *Decoder) line() ([]byte, error) {
	start := len(d.data)
	for {
		if err := d.fill(); err != nil {
			return nil, d.ended(d.data[start:], err)
		}
		if d.skipLF() {
			continue
		}
		end := lineEnd(d.window)
		if end >= 0 && len(d.data) == start {
			return d.take(end), nil
		}
		if err := d.hold(start, end); err != nil {
			return nil, err
		}
		if end >= 0 {
			line := d.data[start:]
			d.data = d.data[:start]
			return line, nil
		}
	}
}

// lineEnd returns the index of the first LF or CR, -1 if there is none.
func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// take cuts the line that ends at end, and its end, off the window.
func (d *Decoder) take(end int) []byte {
	line := d.window[:end]
	d.afterCR = d.window[end] == '\r'
	d.advance(end + 1)
	return line
}

// hold keeps the beginning of a line that the buffer does not hold whole, or its rest. Of a line without data, the bytes
// that tell so are enough.
func (d *Decoder) hold(start, end int) error {
	part := d.window
	if end >= 0 {
		part = d.take(end)
	} else {
		d.advance(len(part))
	}
	if missing := len(fieldName) - (len(d.data) - start); missing > 0 {
		missing = min(missing, len(part))
		d.keep(part[:missing])
		part = part[missing:]
	}
	if name := d.data[start:]; len(name) >= len(fieldName) && string(name[:len(fieldName)]) != fieldName {
		return nil
	}
	if len(d.data)+len(part) > d.limit+prefixSize {
		return d.tooLarge()
	}
	d.keep(part)
	return nil
}

func (d *Decoder) keep(part []byte) {
	d.grow(len(part))
	d.data = append(d.data, part...)
}

// grow makes room for n more bytes, by doubling: append's smaller steps would allocate five times a large event.
func (d *Decoder) grow(n int) {
	need, full := len(d.data)+n, d.limit+prefixSize+1
	if need <= cap(d.data) {
		return
	}
	size := max(need, firstGrow, 2*cap(d.data))
	if size > full/2 {
		size = max(need, full)
	}
	data := make([]byte, len(d.data), size)
	copy(data, d.data)
	d.data = data
}

// skipLF drops the LF of a CRLF whose CR ended the line before. It waits for no byte: the next line needs one anyway.
func (d *Decoder) skipLF() bool {
	skip := d.afterCR && d.window[0] == '\n'
	d.afterCR = false
	if skip {
		d.advance(1)
	}
	return skip
}

func (d *Decoder) advance(n int) {
	d.window = d.window[n:]
	d.taken += n
}

// fill makes sure that the window holds a byte.
func (d *Decoder) fill() error {
	if len(d.window) > 0 {
		return nil
	}
	_, _ = d.r.Discard(d.taken) // all of it is buffered
	d.taken = 0
	if _, err := d.r.Peek(1); err != nil {
		return err
	}
	d.window, _ = d.r.Peek(d.r.Buffered())
	return nil
}

// begin skips the BOM. Bytes are awaited only as long as they may be one.
func (d *Decoder) begin() error {
	if d.begun {
		return nil
	}
	for n := 1; n <= len(bom); n++ {
		got, err := d.r.Peek(n)
		if !bytes.HasPrefix(bom, got) {
			break
		}
		if err == io.EOF && n > 1 {
			break // the line will end with it
		}
		if err != nil {
			return err
		}
		if n == len(bom) {
			_, _ = d.r.Discard(n)
		}
	}
	d.begun = true
	return nil
}

// ended says what the end of the body means to the event and the line that were begun.
func (d *Decoder) ended(line []byte, err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if len(d.data) == len(line) && (len(line) == 0 || line[0] == ':') {
		return io.EOF
	}
	return fmt.Errorf("%w: the body ended inside an event", parley.ErrTruncated)
}

func (d *Decoder) tooLarge() error {
	return fmt.Errorf("%w: an event has more than %d bytes", parley.ErrResponseTooLarge, d.limit)
}
