package sse

import (
	"bytes"
	"io"
)

const (
	dataPrefix = "data: "
	nameSize   = len("data:") // of a line, enough to tell whether it carries data
)

// line returns the next line without its end. The line is valid until the next call.
func (d *Decoder) line() ([]byte, error) {
	d.start = len(d.data)
	for {
		if err := d.fill(); err != nil {
			return nil, err
		}
		if d.skipLF() {
			continue
		}
		end := lineEnd(d.window)
		if end >= 0 && len(d.data) == d.start {
			return d.take(end), nil
		}
		if err := d.bufferLine(end); err != nil {
			return nil, err
		}
		if end >= 0 {
			line := d.data[d.start:]
			d.data = d.data[:d.start]
			return line, nil
		}
	}
}

// lineEnd returns the index of the first LF or CR, or -1 if b holds neither.
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

// take removes the line that ends at end, and the line end itself, from the window.
func (d *Decoder) take(end int) []byte {
	line := d.window[:end]
	d.afterCR = d.window[end] == '\r'
	d.advance(end + 1)
	return line
}

// bufferLine copies part of a line that spans several reads to d.data. The part ends at end, or with the window if end
// is negative. A data line is kept whole. Of a comment the first 256 bytes are kept, and of other lines the first
// 16 KiB.
func (d *Decoder) bufferLine(end int) error {
	part := d.window
	if end >= 0 {
		part = d.take(end)
	} else {
		d.advance(len(part))
	}
	if missing := nameSize - (len(d.data) - d.start); missing > 0 {
		missing = min(missing, len(part))
		d.keep(part[:missing])
		part = part[missing:]
	}
	line := d.data[d.start:]
	if _, isData := dataValue(line); isData {
		if len(d.data)+len(part) > d.limit+len(dataPrefix) {
			return d.tooLarge()
		}
	} else {
		part = part[:min(len(part), d.spare(line))]
	}
	d.keep(part)
	return nil
}

// spare returns how many more bytes of a line without data are to be kept.
func (d *Decoder) spare(line []byte) int {
	if !isStray(line) {
		return max(0, maxName-len(line))
	}
	return max(0, maxStray-len(line))
}

func (d *Decoder) keep(part []byte) {
	d.grow(len(part))
	d.data = append(d.data, part...)
}

// skipLF removes the LF of a CRLF whose CR ended the line before. It does not wait for more bytes than the next line
// needs anyway.
func (d *Decoder) skipLF() bool {
	skip := d.afterCR && d.window[0] == '\n'
	d.afterCR = false
	if skip {
		d.advance(1)
	}
	return skip
}

// takeEmptyLine removes the next line if the window holds it and it is empty. It does not read.
func (d *Decoder) takeEmptyLine() bool {
	if len(d.window) > 0 {
		d.skipLF()
	}
	if len(d.window) == 0 || d.window[0] != '\n' && d.window[0] != '\r' {
		return false
	}
	d.take(0)
	return true
}

func (d *Decoder) advance(n int) { d.window = d.window[n:] }

// fill makes sure that the window holds a byte.
func (d *Decoder) fill() error {
	if len(d.window) > 0 {
		return nil
	}
	return d.read()
}

// read appends the bytes of one read to the window. Before that, the window must be empty or hold the whole buffer.
func (d *Decoder) read() error {
	if d.readErr != nil {
		return d.readErr
	}
	held := len(d.window)
	d.makeRoom(held)
	for range emptyReads {
		n, err := d.r.Read(d.buffer[held:cap(d.buffer)])
		d.buffer, d.readErr = d.buffer[:held+n], err
		d.window = d.buffer
		switch {
		case n > 0:
			return nil
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}

// makeRoom makes the buffer, or a larger one if the last read filled it.
func (d *Decoder) makeRoom(held int) {
	switch {
	case d.buffer == nil:
		d.buffer = make([]byte, 0, firstBuffer)
	case held == 0 && len(d.buffer) == cap(d.buffer) && cap(d.buffer) < bufferSize:
		d.buffer = make([]byte, 0, bufferSize)
	}
}
