package aisera

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/websocket"
)

// write waits for its turn and for a connection until ctx ends, and then writes m. The router knows it as p. write
// returns the request id with an error too, unless m cannot be encoded.
func (s *connState) write(ctx context.Context, m *Message, p *pendingMessage) (requestID string, err error) {
	rest, requestID, err := encodeFrame(s.user, s.client.cfg.ChannelID, *m)
	if err != nil {
		return "", err
	}
	if s.router.refuses() {
		return requestID, parley.ErrClosed
	}
	p.id = requestID
	turn, err := s.ws.Acquire(ctx)
	if err != nil {
		return requestID, notSent(s.present(err))
	}
	return requestID, s.transmit(ctx, &turn, rest, p)
}

// transmit adds the current token to rest, records p in the router and writes the frame. If the connection is lost
// before a byte was written, it waits for the next one and tries again with a current token. It ends turn, unless a
// write hangs, which then ends turn itself.
func (s *connState) transmit(ctx context.Context, turn *websocket.Turn, rest []byte, p *pendingMessage) error {
	for {
		if err := turn.Connect(ctx); err != nil {
			turn.Release()
			return notSent(s.present(err))
		}
		frame, token, err := s.frame(ctx, rest)
		if err != nil {
			turn.Release()
			return notSent(s.present(err))
		}
		if !turn.Begin() {
			continue // the connection was lost while the token was fetched
		}
		if err := s.expect(p, token); err != nil {
			turn.Release()
			return err
		}
		if err := turn.Write(ctx, frame); !errors.Is(err, websocket.ErrNotWritten) {
			return err
		}
		s.takeBack(p)
	}
}

// takeBack removes a message that was not written from the router.
func (s *connState) takeBack(p *pendingMessage) {
	s.router.remove(p, s.inbox)
	s.wake()
}

// expect records p in the router. It refuses a message of an Exchange while the reader could not read the answer. It
// checks that only after it recorded p. Otherwise a stall that begins in between would escape both the check and
// router.stall.
func (s *connState) expect(p *pendingMessage, token string) error {
	if err := s.router.add(p, token); err != nil {
		return err
	}
	if p.x != nil && s.ws.Stalled() {
		s.takeBack(p)
		return notSent(errStalled)
	}
	return nil
}

// frame completes a frame with the current token.
func (s *connState) frame(ctx context.Context, rest []byte) (frame []byte, token string, err error) {
	if s.client.cfg.TokenSource != nil { // it may block
		open, stop := s.ws.WhileOpen(ctx)
		defer stop()
		token, err = s.client.tokens.Token(open)
		if ended := s.ws.Err(); err != nil && ctx.Err() == nil && ended != nil {
			err = ended
		}
	} else {
		token, err = s.client.tokens.Token(ctx)
	}
	if err != nil {
		return nil, "", err
	}
	return withToken(rest, s.client.quotes.quote(token)), token, nil
}

// quotes keeps the latest token of a client in quotes. It is safe for concurrent use.
type quotes struct{ latest atomic.Pointer[quotedToken] }

type quotedToken struct {
	token  string
	quoted []byte
}

// quote returns token as JSON. The caller must not change the bytes.
func (q *quotes) quote(token string) []byte {
	if latest := q.latest.Load(); latest != nil && latest.token == token {
		return latest.quoted
	}
	quoted, _ := json.Marshal(token) // a string can always be encoded
	q.latest.Store(&quotedToken{token, quoted})
	return quoted
}

// unsentError is an error of a call that wrote no byte.
type unsentError struct{ error }

func (e unsentError) Unwrap() error { return e.error }

func (unsentError) Is(target error) bool { return target == parley.ErrNotSent }

// notSent makes err match parley.ErrNotSent, unless err already says that no request was sent.
func notSent(err error) error {
	if errors.Is(err, parley.ErrClosed) || errors.Is(err, parley.ErrInvalidArgument) {
		return err
	}
	return unsentError{err}
}
