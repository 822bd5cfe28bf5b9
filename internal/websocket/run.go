package websocket

import (
	"errors"
	"log/slog"
	"time"

	"github.com/seed-127a5941/parley"
)

// run is the reader's goroutine. It serves a connection until that connection is lost, dials the next one, and so on
// until the session ends.
func (s *Session) run(c *conn) {
	defer s.finished()
	wait := reconnectWait{min: s.cfg.MinBackoff, max: s.cfg.MaxBackoff}
	for {
		cause := s.serve(c)
		s.cfg.OnLost(cause)
		if s.ctx.Err() != nil || s.cfg.NoReconnect || terminal(cause) {
			s.finish(cause)
			return
		}
		if c.frames.clock.age() >= s.cfg.Healthy {
			wait.tries = 0
		}
		next, err := s.redial(&wait, cause)
		if err != nil {
			s.finish(err)
			return
		}
		c = next
		s.report(cause)
	}
}

// serve reads from c until c is lost and returns why. When it returns, no write on c is running or can begin.
func (s *Session) serve(c *conn) error {
	s.startPings(c)
	err := s.read(c)
	s.withdraw(c)
	c.shut()
	c.writing.Lock() // waits for the running write, which shut has made fail
	defer c.writing.Unlock()
	if ended := s.Err(); ended != nil {
		return ended
	}
	return c.reason(&s.cfg, err)
}

// read hands each message of c to OnMessage until c is lost.
func (s *Session) read(c *conn) error {
	for {
		s.waitRoom(c)
		message, err := c.next(s.cfg.ReadLimit)
		if err != nil {
			return err
		}
		if s.ctx.Err() == nil {
			s.cfg.OnMessage(message)
		}
	}
}

// waitRoom waits until the buffer has room or c is cut. heldSince holds the time at which the wait began. It keeps that
// time when a connection ends during the wait, because the reader waits again on the next connection.
func (s *Session) waitRoom(c *conn) {
	if s.cfg.Buffer.HasRoom() {
		s.resume()
		return
	}
	if now := s.clock.now(); s.heldSince.CompareAndSwap(0, now) && s.cfg.OnStall != nil {
		s.stall = time.AfterFunc(s.cfg.StallAfter, func() { s.stalledAt(now) })
	}
	s.cfg.Buffer.WaitRoom(c.lifetime())
	if s.cfg.Buffer.HasRoom() {
		s.heldUntil.Store(s.clock.now())
		s.resume()
	}
}

// resume records that the reader does not wait for room.
func (s *Session) resume() {
	s.heldSince.Store(0)
	if s.stall != nil {
		s.stall.Stop()
		s.stall = nil
	}
}

// stalledAt reports a stall of the reader, if it still waits for room since then.
func (s *Session) stalledAt(since int64) {
	s.stalledSince.Store(since)
	if s.Stalled() {
		s.cfg.OnStall()
	}
}

// finish ends the session with err, or keeps the earlier reason. In both cases it logs the reason, unless that is
// ErrClosed, and calls OnEnd.
func (s *Session) finish(err error) {
	s.resume()
	s.end(err)
	err = s.Err()
	if !errors.Is(err, parley.ErrClosed) {
		s.log("connection ended", err)
	}
	s.cfg.OnEnd(err)
}

// errHandshakePanicked is the result of a handshake that panicked or ended its goroutine. In that case Guard has ended
// the session.
var errHandshakePanicked = errors.New("handshake panicked")

// redial waits and dials until it has a connection. It returns an error if the session has ended, or if the server
// refuses a handshake for good. In the second case the caller ends the session.
func (s *Session) redial(wait *reconnectWait, cause error) (*conn, error) {
	for {
		pause := wait.next(cause)
		s.log("reconnect", cause, slog.Duration("wait", pause))
		if !s.sleep(pause) {
			return nil, s.Err()
		}
		var c *conn
		err := errHandshakePanicked
		s.Guard("RoundTripper", func() { c, err = handshake(s.ctx, &s.cfg) })
		switch {
		case err == nil && s.publish(c):
			return c, nil
		case err == nil:
			c.shut()
			return nil, s.Err()
		case s.ctx.Err() != nil:
			return nil, s.Err()
		case terminal(err):
			return nil, err
		}
		cause = err
	}
}

// terminal reports whether err rules out a further connection.
func terminal(err error) bool {
	if refused, ok := errors.AsType[*HandshakeError](err); ok {
		return refused.terminal()
	}
	closed, ok := errors.AsType[*CloseError](err)
	return ok && closed.terminal()
}

// sleep waits for d. It reports false if the session ended meanwhile.
func (s *Session) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return s.ctx.Err() == nil
	case <-s.ctx.Done():
		return false
	}
}

// report queues a call of OnReconnect about a new connection.
func (s *Session) report(cause error) {
	if s.reporter == nil {
		return
	}
	s.reports.WaitRoom(s.ctx)
	s.reports.Push(cause)
	s.reporter.Wake()
}

// reconnected calls OnReconnect, in the reporter's goroutine.
func (s *Session) reconnected(cause error) {
	s.Guard("OnReconnect", func() { s.cfg.OnReconnect(cause) })
}

func (s *Session) log(what string, cause error, more ...slog.Attr) {
	attrs := append([]slog.Attr{slog.String("cause", cause.Error())}, more...)
	s.cfg.Logger.LogAttrs(s.ctx, slog.LevelWarn, s.cfg.Name+": "+what, attrs...)
}
