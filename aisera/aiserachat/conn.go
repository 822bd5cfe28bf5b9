package aiserachat

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/chat"
)

// connect returns the connection. It dials for the first call, and after the connection has ended for good.
func (s *session) connect(ctx context.Context) (*aisera.Conn, error) {
	select {
	case s.dialing <- struct{}{}:
		defer func() { <-s.dialing }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if conn := s.open(); conn != nil {
		return conn, nil
	}
	opts := s.opts.Dial
	opts.OnUnsolicited = s.unsolicited
	conn, err := s.client.Dial(ctx, s.user, opts)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		return nil, fmt.Errorf("aiserachat: %w: the session was closed", parley.ErrClosed)
	}
	s.conn = conn
	return conn, nil
}

// open returns the connection, or nil if it must be dialled.
func (s *session) open() *aisera.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil || s.conn.Err() != nil {
		return nil
	}
	return s.conn
}

// unsolicited passes on a frame that belongs to no exchange. The parts of an answer are collected until it is complete,
// because Events yields whole messages. A failure is not passed on, because its text, such as that of a service behind
// Aisera, is not meant for the user. A form that was filled in wrongly is a step of the dialogue.
func (s *session) unsolicited(r *aisera.Response) {
	s.leaving.Lock()
	defer s.leaving.Unlock()
	if r.Mode != aisera.ModeFormError && failure(r) != nil {
		s.left.drop(r.RequestID)
		return
	}
	s.follow(r, false, true)
	for _, e := range s.events(r, s.left.of(r)) {
		if e.Kind == chat.EventDelta {
			continue
		}
		if e.Kind == chat.EventMessage {
			e.ID = "aisera-" + rand.Text() // one for all loops
		}
		s.feed.publish(e)
	}
	if r.Mode == aisera.ModeStreamingCompleted {
		s.left.drop(r.RequestID)
	}
}

// leave keeps what a turn has collected of an answer, whose other frames are unsolicited from now on.
func (s *session) leave(d *draft) {
	s.leaving.Lock()
	defer s.leaving.Unlock()
	s.left.keep(d)
}

// Listen emits the frames that belong to no exchange. When the connection has ended for good, it returns the reason.
func (s *session) Listen(ctx context.Context, emit func(chat.Event) error) error {
	at := s.feed.enter()
	defer func() { s.feed.leave(at) }()
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	for {
		e, more := s.feed.next(&at)
		if more == nil {
			if err := emit(e); err != nil {
				return err
			}
			at++
			continue
		}
		select {
		case <-more:
		case <-conn.Done():
			return conn.Err()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
