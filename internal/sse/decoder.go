// Package sse reads event streams (text/event-stream) and notices when one was cut.
//
// It follows the line rules of the WHATWG: lines end with LF, CR or CRLF, a leading BOM and comments are skipped, and
// several data lines make one event. It differs from a browser in two points. If the end of the body cuts an event off,
// a browser drops the event, and Decoder returns an error. A browser ignores text outside of any field, but Decoder
// lets the caller read it, because a server that fails in the middle of a stream often writes its error there.
package sse

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/seed-127a5941/parley"
)

// DefaultLimit is the default maximum size of an event: 4 MiB.
const DefaultLimit = 4 << 20

const (
	firstBuffer = 1 << 10 // of a read; a stream of a few words a second never needs more
	bufferSize  = 4 << 10 // of a read once a read filled the first buffer; an event may be larger
	firstGrow   = 1 << 10 // of the data buffer
	emptyReads  = 100     // after so many reads without a byte and without an error the stream ends
	maxLimit    = math.MaxInt - 1<<10
)

var bom = []byte("\xef\xbb\xbf")

// Event is one event of a stream. Its bytes are valid until the next call of Next.
type Event struct {
	// Name is the value of the event's last "event" line. It is empty if the event has no such line.
	Name []byte
	// Data holds the values of the event's data lines, joined by LF.
	Data []byte
	// Bare reports that Data is a JSON object that the stream held without a field name.
	Bare bool
}

// Decoder reads the events of one stream. It starts no goroutine, and an event causes no allocation. It is not safe for
// concurrent use.
type Decoder struct {
	r     io.Reader // the body
	limit int       // of an event's data, in bytes

	buffer  []byte // the bytes of the last read, and those before them that skipBOM still needs
	window  []byte // the part of buffer that is not yet part of a line
	readErr error  // came with the bytes of the last read, and counts after them

	data  []byte // values of the event's data lines, an LF after each, then the line that spans several reads
	start int    // where that line begins in data
	name  []byte // of the event
	stray stray

	delivered  bool // Next returned the event in data, so the next call begins a new one
	bomSkipped bool
	afterCR    bool // the last line ended with CR, so an LF that follows belongs to it

	err error // the error that ended the stream
}

// NewDecoder returns a Decoder that reads from r. It fails on an event with more than limit bytes of data. A limit of
// zero or less means DefaultLimit.
func NewDecoder(r io.Reader, limit int64) *Decoder {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Decoder{r: r, limit: int(min(limit, maxLimit))}
}

// Next returns the next event. At the end of the stream it returns io.EOF, or ErrTruncated if that end cuts an event
// off. After ErrResponseTooLarge or an error of the reader, every further call returns the same error.
func (d *Decoder) Next() (Event, error) {
	if d.err != nil {
		return Event{}, d.err
	}
	d.beginEvent()
	if err := d.skipBOM(); err != nil {
		return d.end(err)
	}
	for {
		line, err := d.line()
		if err != nil {
			return d.end(err)
		}
		if value, ok := dataValue(line); ok {
			if len(d.data) == 0 && len(value) <= d.limit && d.takeEmptyLine() {
				d.delivered = true // of one line, so its data needs no copy
				return Event{Name: d.name, Data: value[:len(value):len(value)]}, nil
			}
			if err := d.addData(value); err != nil {
				return d.end(err)
			}
			continue
		}
		if len(line) > 0 {
			if object := d.otherField(line); object != nil {
				return Event{Data: object, Bare: true}, nil
			}
			continue
		}
		if n := len(d.data); n > 0 {
			d.delivered = true
			return Event{Name: d.name, Data: d.data[: n-1 : n-1]}, nil
		}
		d.name = d.name[:0]
	}
}

// Pending returns the data of an event that has begun and whose end has not been read. It reports false if no event has
// begun. An event of which only the name was read has begun too.
func (d *Decoder) Pending() ([]byte, bool) {
	values, line := d.data[:d.start], d.data[d.start:]
	if len(line) > 0 && line[0] == ':' {
		line = nil
	}
	switch value, isData := dataValue(line); {
	case d.delivered:
		return nil, false
	case len(values) == 0 && len(line) == 0:
		return nil, len(d.name) > 0
	case len(line) == 0:
		return values[:len(values)-1], true
	case len(values) == 0 && isData:
		return value, true
	}
	return d.data, true
}

// Stray returns the lines outside of any field that came since the last event, with an LF after each. It returns at
// most the first 16 KiB.
func (d *Decoder) Stray() []byte { return d.stray.text }

// beginEvent removes the event that Next returned.
func (d *Decoder) beginEvent() {
	if d.delivered {
		d.data, d.start, d.name, d.delivered = d.data[:0], 0, d.name[:0], false
		d.stray.reset()
	}
}

// otherField reads a line that holds no data. If the line completes a JSON object that stands outside of any field,
// otherField returns that object. The line may lie in d.data, right behind the values.
func (d *Decoder) otherField(line []byte) (object []byte) {
	if value, ok := fieldValue(line, "event"); ok {
		d.name = append(d.name[:0], value...)
	} else if isStray(line) {
		return d.stray.add(line)
	}
	return nil
}

// addData adds a value to the event. The value may lie in d.data, right behind the others.
func (d *Decoder) addData(value []byte) error {
	if len(d.data)+len(value) > d.limit {
		return d.tooLarge()
	}
	d.grow(len(value) + 1)
	d.data = append(append(d.data, value...), '\n') // append may move overlapping bytes, as copy does
	return nil
}

// grow makes room for n more bytes by doubling. The smaller steps of append would allocate five times the size of a
// large event.
func (d *Decoder) grow(n int) {
	need, full := len(d.data)+n, d.limit+len(dataPrefix)+1
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

// skipBOM reads bytes only as long as they may be a BOM.
func (d *Decoder) skipBOM() error {
	if d.bomSkipped {
		return nil
	}
	for n := 1; n <= len(bom); n++ {
		var err error
		for err == nil && len(d.window) < n {
			err = d.read()
		}
		got := d.window[:min(n, len(d.window))]
		if !bytes.HasPrefix(bom, got) {
			break
		}
		if errors.Is(err, io.EOF) && n > 1 {
			break // the end of the stream ends the line
		}
		if err != nil {
			return err
		}
		if n == len(bom) {
			d.advance(n)
		}
	}
	d.bomSkipped = true
	return nil
}

// end ends the stream because of err. If the line that err cut off is or completes a JSON object outside of any field,
// end returns that object first.
func (d *Decoder) end(err error) (Event, error) {
	d.err = err
	if _, pending := d.Pending(); pending && errors.Is(err, io.EOF) {
		d.err = fmt.Errorf("%w: the body ended inside an event", parley.ErrTruncated)
	}
	if line := d.data[d.start:]; isStray(line) && !isFieldPrefix(line) {
		if object := d.stray.add(line); object != nil {
			return Event{Data: object, Bare: true}, nil
		}
	}
	return Event{}, d.err
}

func (d *Decoder) tooLarge() error {
	return fmt.Errorf("%w: an event has more than %d bytes", parley.ErrResponseTooLarge, d.limit)
}
