package memnet

import "time"

// half is one direction of a connection. The lock of its link guards it.
type half struct {
	latency   time.Duration
	bandwidth int // bytes per second, without a limit if 0
	buffer    int // the bytes that it holds, without a limit if 0
	cut       Cut
	stall     Stall

	segments []segment // written and not read, oldest first
	held     int       // the bytes in segments, and those that were lost
	sent     int       // the bytes that were written
	free     time.Time // when the line can take the next byte

	silent   bool      // written bytes are lost
	finished bool      // the writing end has ended this direction
	ended    error     // the error that the reader gets behind the segments, or nil
	endsAt   time.Time // when that arrives
	broken   error     // the error that the writer gets, or nil
}

// segment is data on its way.
type segment struct {
	data []byte
	at   time.Time // of its arrival
}

// write takes as much of p as has room, up to the cut.
func (h *half) write(p []byte) int {
	n := len(p)
	if h.buffer > 0 {
		n = min(n, h.buffer-h.held)
	}
	if h.cut.How != Never {
		n = min(n, h.cut.After-h.sent)
	}
	if n <= 0 {
		return 0
	}
	h.held += n
	h.sent += n
	if !h.silent {
		h.segments = append(h.segments, segment{append([]byte(nil), p[:n]...), h.arrival(n)})
	}
	return n
}

// arrival returns when n bytes arrive that are written now.
func (h *half) arrival(n int) time.Time {
	now := time.Now()
	if h.free.Before(now) {
		h.free = now
	}
	if h.stall.For > 0 && h.sent > h.stall.After {
		h.free = h.free.Add(h.stall.For)
		h.stall = Stall{}
	}
	if h.bandwidth > 0 {
		h.free = h.free.Add(time.Duration(n) * time.Second / time.Duration(h.bandwidth))
	}
	return h.free.Add(h.latency)
}

// read copies arrived bytes to p. If there are none, it returns the time until the next arrival, or 0 if the direction
// carries no data.
func (h *half) read(p []byte) (n int, wait time.Duration, err error) {
	now := time.Now()
	for n < len(p) && len(h.segments) > 0 && !h.segments[0].at.After(now) {
		first := &h.segments[0]
		k := copy(p[n:], first.data)
		n += k
		h.held -= k
		if first.data = first.data[k:]; len(first.data) == 0 {
			h.segments = h.segments[1:]
		}
	}
	switch {
	case n > 0:
		return n, 0, nil
	case len(h.segments) > 0:
		return 0, h.segments[0].at.Sub(now), nil
	case h.silent, h.ended == nil:
		return 0, 0, nil
	case h.endsAt.After(now):
		return 0, h.endsAt.Sub(now), nil
	}
	return 0, 0, h.ended
}

// unread reports whether the reader has left arrived data unread.
func (h *half) unread() bool { return len(h.segments) > 0 && !h.segments[0].at.After(time.Now()) }

// end lets the reader get one error behind the data, and the writer another.
func (h *half) end(reading, writing error) {
	h.finish(reading)
	h.fail(writing)
}

// finish lets the reader get err behind the data. The first end counts, and a silent connection carries none.
func (h *half) finish(err error) {
	if h.ended == nil && !h.silent {
		h.ended, h.endsAt = err, h.arrival(0)
	}
}

// fail lets writes fail with err.
func (h *half) fail(err error) {
	if h.broken == nil {
		h.broken = err
	}
}
