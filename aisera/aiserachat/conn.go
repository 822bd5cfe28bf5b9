package aiserachat

import (
	"context"
	"fmt"
	"sync"

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

// unsolicited passes on a frame that belongs to no exchange.
func (s *session) unsolicited(r *aisera.Response) {
	s.follow(r)
	for _, e := range s.events(r) {
		s.feeds.publish(e)
	}
}

// Listen emits the frames that belong to no exchange. When the connection has ended for good, it returns the reason.
func (s *session) Listen(ctx context.Context, emit func(chat.Event) error) error {
	feed := s.feeds.add()
	defer s.feeds.remove(feed)
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	for {
		select {
		case e := <-feed:
			if err := emit(e); err != nil {
				return err
			}
		case <-conn.Done():
			if len(feed) == 0 {
				return conn.Err()
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// kept is how many events wait for a listener. Those beyond are lost, the oldest first.
const kept = 256

// feeds are the listeners of a session. Events that come while no loop listens are kept for the first one.
type feeds struct {
	mu     sync.Mutex
	open   map[chan chat.Event]bool
	unread []chat.Event
}

func (f *feeds) add() chan chat.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	feed := make(chan chat.Event, kept)
	for _, e := range f.unread {
		feed <- e
	}
	f.unread = nil
	if f.open == nil {
		f.open = map[chan chat.Event]bool{}
	}
	f.open[feed] = true
	return feed
}

func (f *feeds) remove(feed chan chat.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, feed)
}

func (f *feeds) publish(e chat.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.open) == 0 {
		f.unread = append(f.unread, e)
		f.unread = f.unread[max(0, len(f.unread)-kept):]
	}
	for feed := range f.open {
		for !offer(feed, e) { // full: the oldest is lost
			select {
			case <-feed:
			default:
			}
		}
	}
}

// offer reports whether feed had room for e.
func offer(feed chan<- chat.Event, e chat.Event) bool {
	select {
	case feed <- e:
		return true
	default:
		return false
	}
}
