package websocket

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-127a5941/parley"
)

// Message is one message to send.
type Message struct {
	// Encode returns its bytes. It is called once a connection is there, without a lock, and again when that
	// connection was lost before a byte was written. One that may block does so under WhileOpen.
	Encode func(context.Context) ([]byte, error)
	// Begin is called right before the write, in the order of the writes; nil: nothing to do. It must not block.
	Begin func()
	// Undo takes Begin back: nothing was written.
	Undo func()
}

// errGone says that the connection was lost before a byte was written, so the next one may be tried.
var errGone = errors.New("connection gone")

// Send writes m to an open connection, waiting for one until ctx ends. It returns nil only if all of it was written. An
// error that matches parley.ErrDeliveryUnknown says that a part of it was, every other one that nothing was.
func (c *Conn) Send(ctx context.Context, m Message) error {
	for {
		l, err := c.open(ctx)
		if err != nil {
			return err
		}
		message, err := m.Encode(ctx)
		switch {
		case err != nil && ctx.Err() == nil && c.ctx.Err() != nil:
			return parley.ErrClosed
		case err != nil:
			return err
		}
		if err := c.sendOn(ctx, l, m, message); !errors.Is(err, errGone) {
			return err
		}
	}
}

// open waits for a connection.
func (c *Conn) open(ctx context.Context) (*link, error) {
	for {
		c.mu.Lock()
		l, changed, err := c.link, c.changed, c.err
		if c.closed {
			err = parley.ErrClosed
		}
		c.mu.Unlock()
		if err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if l != nil {
			return l, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-c.ctx.Done():
		}
	}
}

// sendOn writes to l while it holds the gate.
func (c *Conn) sendOn(ctx context.Context, l *link, m Message, message []byte) error {
	select {
	case c.gate <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.ctx.Done():
		return parley.ErrClosed
	}
	defer func() { <-c.gate }()
	if err := c.usable(ctx, l); err != nil {
		return err
	}
	m.begin()
	started, err := l.write(ctx, message)
	switch {
	case err == nil:
		return nil
	case started:
		c.abandon(l, err)
		return c.cut(ctx, err)
	}
	m.undo()
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	c.abandon(l, err)
	return errGone
}

// usable is checked with the gate in hand: Close, which takes the gate for good, or a loss may have come first.
func (c *Conn) usable(ctx context.Context, l *link) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return parley.ErrClosed
	case c.link != l:
		return errGone
	}
	return ctx.Err()
}

func (c *Conn) cut(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("the message was cut: %w: %w", ended, parley.ErrDeliveryUnknown)
	}
	return fmt.Errorf("the message was cut: %w: %w", c.cfg.lost(err), parley.ErrDeliveryUnknown)
}

// abandon makes Send wait for the next connection, because nothing more can be written to l.
func (c *Conn) abandon(l *link, err error) {
	l.abandon(c.cfg.clean("connection lost", err))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == l {
		c.link = nil
		c.broadcast()
	}
}

func (m *Message) begin() {
	if m.Begin != nil {
		m.Begin()
	}
}

func (m *Message) undo() {
	if m.Undo != nil {
		m.Undo()
	}
}
