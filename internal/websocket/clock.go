package websocket

import "time"

// clock tells moments that goroutines share in an atomic.Int64, as the nanoseconds since start. It reads the monotonic
// clock. If it read the system's clock, setting that clock forward during a write would end a connection that works,
// because the write or the peer would seem to have been idle for the whole difference.
type clock struct{ start time.Time }

// newClock returns a clock whose every moment is later than zero, so that zero can stand for no moment.
func newClock() clock { return clock{start: time.Now().Add(-1)} }

// now returns the present moment.
func (c clock) now() int64 { return int64(time.Since(c.start)) }

// since returns the time that has passed since a moment.
func (c clock) since(moment int64) time.Duration { return time.Duration(c.now() - moment) }

// time returns a moment with its monotonic reading, so that moments of two clocks can be compared.
func (c clock) time(moment int64) time.Time { return c.start.Add(time.Duration(moment)) }

// age returns the time since the clock was made.
func (c clock) age() time.Duration { return time.Since(c.start) }
