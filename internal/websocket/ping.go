package websocket

import (
	"context"
	"errors"
	"time"
)

// verdict is what a ping tells of the peer.
type verdict int

const (
	unjudged verdict = iota // it could not be written, or the reader waited for room
	answered
	missed // no pong in time, but other bytes came
	silent // nothing came
)

// maxMissed is how many pings in a row may miss their pong while other bytes come.
const maxMissed = 2

// keepAlive pings until the connection ends, and ends it when the peer proves dead: it is silent after a ping, or
// answers none of two in a row although it sends.
func (s *Session) keepAlive(c *conn) {
	if s.cfg.PingInterval < 0 || !canPing {
		return
	}
	ticker := time.NewTicker(s.cfg.PingInterval)
	defer ticker.Stop()
	for misses := 0; ; {
		select {
		case <-ticker.C:
		case <-c.ctx.Done():
			return
		}
		switch s.ping(c) {
		case silent:
			misses = maxMissed
		case missed:
			misses++
		default:
			misses = 0
		}
		if misses >= maxMissed {
			c.end(ErrSilent, 0)
			return
		}
	}
}

// pingWrite is longer than the 5 s that the library takes at most to write a ping.
const pingWrite = 6 * time.Second

// ping sends one ping and waits for its verdict. While the reader waits for room it cannot see the pong. Then the ping
// is only a sign of life, and the next one follows after the interval.
func (s *Session) ping(c *conn) verdict {
	ctx, cancel := context.WithCancel(c.ctx)
	// not at once: if it is being written, the library would close the connection
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

// untilPongDue returns the time until the pong of the ping that was begun then is overdue. It counts from when the ping
// was written, or from when the reader last stopped waiting for room if that is later.
func (s *Session) untilPongDue(c *conn, begun time.Time) time.Duration {
	written := time.Unix(0, c.frames.lastPing.Load())
	if s.heldSince.Load() != 0 || written.Before(begun.Truncate(0)) {
		return s.cfg.PongTimeout
	}
	if resumed := time.Unix(0, s.heldUntil.Load()); resumed.After(written) { // the reader sets it before heldSince
		written = resumed
	}
	return time.Until(written.Add(s.cfg.PongTimeout))
}

// pinged judges a ping for which the library waits no more. It waits 5 s for the write lock, which a long message may
// hold. Any other failure is that of a write and ends the connection.
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
