package websocket

import (
	"context"
	"errors"
	"time"
)

// verdict is the result of a ping.
type verdict int

const (
	unjudged verdict = iota // the ping could not be written, or the reader waited for room
	answered
	missed // no pong came in time, but other bytes did
	silent // no byte came in time
)

// maxMissed is how many pings in a row may stay without a pong while other bytes come.
const maxMissed = 2

// startPings begins to send pings on c, the first one after the interval. Between two pings there is only a timer.
func (s *Session) startPings(c *conn) {
	if s.cfg.PingInterval > 0 && canPing {
		s.schedulePing(c, s.cfg.PingInterval)
	}
}

func (s *Session) schedulePing(c *conn, wait time.Duration) {
	c.startTimer(&c.nextPing, wait, func() { s.keepAlive(c) })
}

// keepAlive sends the ping that is due. It ends the connection if the peer proves dead: no byte comes after a ping, or
// two pings in a row get no pong although other bytes come. Otherwise it schedules the next ping.
func (s *Session) keepAlive(c *conn) {
	if !c.beginPing() {
		return
	}
	defer c.pings.Done()
	begun := time.Now()
	switch s.ping(c) {
	case silent:
		c.missed = maxMissed
	case missed:
		c.missed++
	default:
		c.missed = 0
	}
	if c.missed >= maxMissed {
		c.end(ErrSilent, 0)
		return
	}
	s.schedulePing(c, s.cfg.PingInterval-time.Since(begun))
}

// beginPing makes shut wait for a ping. It reports false if the connection was cut.
func (c *conn) beginPing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.isCut {
		c.pings.Add(1)
	}
	return !c.isCut
}

// pingWrite is longer than the 5 s that the library may take to write a ping.
const pingWrite = 6 * time.Second

// ping sends one ping and waits for its verdict. While the reader waits for room it cannot see the pong. In that case
// the ping only shows the peer that this side is alive, and the next ping follows after the interval.
func (s *Session) ping(c *conn) verdict {
	ctx, cancel := context.WithCancel(context.Background())
	// The context is cancelled later, because the library would close the connection if the ping is being written.
	defer time.AfterFunc(pingWrite, cancel)
	begun, received := time.Now(), c.frames.received.Load()
	pong := make(chan error, 1)
	c.pings.Go(func() { pong <- c.lib.Ping(ctx) })
	timer := time.NewTimer(s.cfg.PongTimeout)
	defer timer.Stop()
	for {
		select {
		case err := <-pong:
			return s.pinged(c, err)
		case <-timer.C:
		}
		wait := s.untilPongDue(c, begun)
		switch {
		case wait <= 0 && c.frames.received.Load() == received:
			return silent
		case wait <= 0:
			return missed
		case s.heldSince.Load() != 0 && time.Since(begun) >= s.cfg.PingInterval:
			return unjudged
		}
		timer.Reset(wait)
	}
}

// untilPongDue returns the time until the pong is overdue for the ping that was begun at begun. The time counts from
// the write of the ping, or from the end of the reader's last wait for room if that is later.
func (s *Session) untilPongDue(c *conn, begun time.Time) time.Duration {
	written := c.frames.clock.time(c.frames.lastPing.Load())
	if s.heldSince.Load() != 0 || written.Before(begun) {
		return s.cfg.PongTimeout
	}
	if resumed := s.clock.time(s.heldUntil.Load()); resumed.After(written) { // the reader sets it before heldSince
		written = resumed
	}
	return time.Until(written.Add(s.cfg.PongTimeout))
}

// pinged judges a ping when the library has stopped waiting for it. The library waits 5 s for the write lock, which a
// long message may hold. Any other failure is a failed write and ends the connection.
func (s *Session) pinged(c *conn, err error) verdict {
	if err == nil {
		return answered
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		s.withdraw(c)
		c.end(s.cfg.lost(err), closeGrace)
	}
	return unjudged
}
