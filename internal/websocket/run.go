package websocket

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/seed-127a5941/parley"
)

// run is the reader's goroutine: it serves one connection after the other.
func (c *Conn) run(l *link) {
	defer close(c.done)
	wait := backoff{min: c.cfg.MinBackoff, max: c.cfg.MaxBackoff}
	for {
		cause := l.read(&c.cfg)
		c.publish(nil)
		l.finish()
		if c.ctx.Err() != nil {
			cause = parley.ErrClosed
		}
		c.cfg.Lost(cause) // after finish: no Send can still succeed on this connection
		if c.ctx.Err() != nil || c.cfg.NoReconnect || terminal(cause) {
			c.end(cause)
			return
		}
		if time.Since(l.born) >= c.cfg.Healthy {
			wait.tries = 0
		}
		var err error
		if l, err = c.redial(&wait, cause); err != nil {
			c.end(err)
			return
		}
		c.note(cause)
	}
}

// redial waits and dials until there is a connection again. Its error is the end.
func (c *Conn) redial(wait *backoff, cause error) (*link, error) {
	for {
		pause := wait.next()
		c.log("reconnect", cause, pause)
		if !c.sleep(pause) {
			return nil, parley.ErrClosed
		}
		l, err := dial(c.ctx, &c.cfg)
		switch {
		case err == nil && c.publish(l):
			l.start(&c.cfg)
			return l, nil
		case err == nil:
			l.finish()
			return nil, parley.ErrClosed
		case terminal(err):
			return nil, err
		}
		cause = err
	}
}

// terminal reports whether err says that no further connection is wanted.
func terminal(err error) bool {
	if refused, ok := errors.AsType[*HandshakeError](err); ok {
		return refused.terminal()
	}
	closed, ok := errors.AsType[*CloseError](err)
	return ok && closed.terminal()
}

// sleep waits and reports false when Close began meanwhile.
func (c *Conn) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return c.ctx.Err() == nil
	case <-c.ctx.Done():
		return false
	}
}

func (c *Conn) log(what string, cause error, wait time.Duration) {
	c.cfg.Logger.LogAttrs(c.ctx, slog.LevelWarn, c.cfg.Name+": "+what,
		slog.String("cause", cause.Error()), slog.Duration("wait", wait))
}

// backoff is full jitter: each wait is anything up to a bound that doubles from min to max.
type backoff struct {
	min, max time.Duration
	tries    int
}

func (b *backoff) next() time.Duration {
	bound := b.max
	if b.tries < 30 && b.min<<b.tries > 0 {
		bound = min(b.max, b.min<<b.tries)
	}
	b.tries++
	return rand.N(bound + 1)
}
