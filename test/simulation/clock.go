package simulation

import (
	"bytes"
	"net"
	"net/http"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/memnet"
)

// skewed is the vendor's end of a connection. Every HTTP date and every time that the vendor writes is that of its own
// clock, which differs from the clients'.
type skewed struct {
	*memnet.Conn
	by time.Duration // whole seconds
}

// Write writes p with its times shifted.
func (c skewed) Write(p []byte) (int, error) { return c.Conn.Write(shift(p, c.by)) }

// skewedListener accepts skewed connections.
type skewedListener struct {
	net.Listener
	by time.Duration
}

// Accept returns the next connection.
func (l skewedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if inMemory, ok := conn.(*memnet.Conn); ok {
		conn = skewed{inMemory, l.by}
	}
	return conn, err
}

// The forms of times on the wire, as far as their lengths are fixed. A fraction and a zone stay as they are.
const (
	jsonTime = "2006-01-02T15:04:05"
	afterDay = len("2006-01-02")
)

// shift returns p with its times changed. Their lengths stay the same, and a time that stands in two writes is not
// found.
func shift(p []byte, by time.Duration) []byte {
	q := bytes.Clone(p)
	for at := 0; ; at++ {
		next := bytes.IndexByte(q[at:], 'T')
		if next < 0 {
			return q
		}
		at += next
		replace(q, at-afterDay, jsonTime, by)
		replace(q, at+1-len(http.TimeFormat), http.TimeFormat, by) // the T of GMT is its last byte
	}
}

// replace changes the time of a layout that begins at an index of q, if there is one.
func replace(q []byte, from int, layout string, by time.Duration) {
	to := from + len(layout)
	if from < 0 || to > len(q) {
		return
	}
	if at, err := time.Parse(layout, string(q[from:to])); err == nil {
		copy(q[from:to], at.Add(by).Format(layout))
	}
}
