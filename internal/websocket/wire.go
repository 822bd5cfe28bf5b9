package websocket

import (
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// errCloseSent refuses what the library would write after the close frame (RFC 6455 section 5.5.1 forbids it): it answers
// the peer's close frame by itself, and a message that waited for the write lock would follow with a nil error.
var errCloseSent = errors.New("the close frame was sent")

// Opcodes, RFC 6455 section 5.2.
const (
	opClose = 0x8
	opPing  = 0x9
)

// wire stands between the library and the bytes: it is the body of the handshake's reply. Closing it ends everything
// that the library does on the connection, at once, which no method of the library does.
type wire struct {
	body io.ReadWriteCloser
	shut sync.Once

	// Writes are serialised by the library, and each frame begins with a Write of its own, because the library
	// flushes after each frame. So only the first Write of a frame holds a header.
	left      int64 // bytes of the present frame that are still to come
	closeSent bool

	messages   atomic.Int64 // data frames of which at least one byte was written
	pings      atomic.Int64 // ping frames written
	readSince  atomic.Int64 // when the Read that waits began, in Unix nanoseconds; 0: none waits
	writeSince atomic.Int64 // the same of a Write
}

func (w *wire) Read(p []byte) (int, error) {
	w.readSince.Store(time.Now().UnixNano())
	n, err := w.body.Read(p)
	w.readSince.Store(0)
	return n, err
}

func (w *wire) Write(p []byte) (int, error) {
	if w.closeSent && w.left == 0 {
		return 0, errCloseSent
	}
	first := w.left == 0 && len(p) >= 2
	if first {
		w.left = frameLength(p)
		w.closeSent = p[0]&0xf == opClose
	}
	w.left -= int64(len(p))
	w.writeSince.Store(time.Now().UnixNano())
	n, err := w.body.Write(p)
	w.writeSince.Store(0)
	if first && n > 0 {
		w.count(p[0] & 0xf)
	}
	return n, err
}

func (w *wire) count(opcode byte) {
	switch {
	case opcode == opPing:
		w.pings.Add(1)
	case opcode < opClose:
		w.messages.Add(1)
	}
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

// Close ends the connection without a word. It may be called more than once.
func (w *wire) Close() error {
	var err error
	w.shut.Do(func() { err = w.body.Close() })
	return err
}

// silent reports whether the peer gave no sign of life since then: one Read has waited all the time although a ping was
// written, or one Write has. While the reader pauses (back pressure) no Read waits, so the pause is not taken for death.
func (w *wire) silent(since time.Time, pinged bool) bool {
	then := since.UnixNano()
	reading, writing := w.readSince.Load(), w.writeSince.Load()
	return pinged && reading != 0 && reading <= then || writing != 0 && writing <= then
}

// holder is the RoundTripper that puts a wire under the connection of a successful handshake.
type holder struct {
	base http.RoundTripper
	wire *wire
}

func (h *holder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := h.base.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		return resp, err
	}
	if body, ok := resp.Body.(io.ReadWriteCloser); ok {
		h.wire = &wire{body: body}
		resp.Body = h.wire
	}
	return resp, nil
}
