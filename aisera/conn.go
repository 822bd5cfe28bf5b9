package aisera

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/queue"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/websocket"
)

const (
	bufferedFrames = 256              // that wait for Receive, or for the loop over an Exchange
	patience       = 10 * time.Second // with a full buffer, before what waits behind it is ended
)

// Conn is a WebSocket connection for one user. It is made again when it is lost, but nothing is sent again. It is safe for
// concurrent use; the vendor processes a user's messages in the order of their arrival, so send one at a time.
type Conn struct {
	s *session // a pointer, so that Format can have a value receiver
}

// session is what a Conn is.
type session struct {
	client *Client
	user   User
	opts   DialOptions
	mask   func(string) string
	ready  chan struct{} // closed once ws is set
	ws     *websocket.Conn

	inbox    *queue.Queue[*Response] // what belongs to no running Exchange
	router   router
	draining sync.Mutex // held by who calls OnUnsolicited
}

// Dial connects to Config.WebSocketURL, once, for user. ctx bounds the handshake, not the connection: Close ends it. A
// refused handshake is an *Error; redirects to another origin are refused. The handshake carries no token, because no page
// says that it should: see DialOptions.Header. It sends GET to Config.WebSocketURL, an address that is not published.
func (c *Client) Dial(ctx context.Context, user User, opts DialOptions) (*Conn, error) {
	s := &session{client: c, user: user, opts: opts, ready: make(chan struct{})}
	s.inbox = queue.NewQueue[*Response](bufferedFrames)
	s.router.echoes = opts.MatchByID
	if err := s.dial(ctx); err != nil {
		return nil, err
	}
	return &Conn{s}, nil
}

func (s *session) dial(ctx context.Context) error {
	invalid := s.opts.check()
	if s.client.webSocket == nil {
		invalid = apierr.Required("WebSocketURL")
	}
	if invalid == nil {
		invalid = checkUser(s.user)
	}
	if invalid != nil {
		return fmt.Errorf("aisera: dial: %w", invalid)
	}
	cfg := s.client.config(s.opts)
	s.mask = cfg.Mask
	cfg.Handle, cfg.Lost, cfg.Ended = s.handle, s.router.lost, s.ended
	conn, err := websocket.Dial(ctx, cfg)
	if err != nil {
		return s.dialError(err)
	}
	s.ws = conn
	close(s.ready)
	return nil
}

var errNoUpgrade = errors.New("the server does not speak WebSocket at WebSocketURL")

// dialError makes the *Error of a refused handshake.
func (s *session) dialError(err error) error {
	refused, ok := errors.AsType[*websocket.HandshakeError](err)
	if !ok {
		return fmt.Errorf("aisera: dial: %w", err)
	}
	failure := &apierr.ErrorResponse{
		Operation: "aisera: dial", Method: http.MethodGet, Path: "WebSocketURL",
		StatusCode: refused.StatusCode, Header: refused.Header, Body: refused.Body, Attempts: 1, Redact: s.mask,
	}
	switch {
	case refused.Redirect != nil:
		failure.Causes = []error{refused.Redirect}
	case refused.StatusCode/100 == 2:
		failure.Causes = []error{errNoUpgrade}
	}
	return newError(failure)
}

// ended is called when no further connection will be made.
func (s *session) ended(err error) {
	if _, ok := errors.AsType[*websocket.HandshakeError](err); ok {
		err = s.dialError(err)
	}
	s.inbox.End(err)
}

// handle takes a frame, in the reader's goroutine.
func (s *session) handle(frame []byte) {
	<-s.ready
	r := decodeFrame(frame, s.mask)
	x := s.router.route(r)
	if x == nil {
		s.unsolicited(r)
		return
	}
	if x.frames.Push(r, patience, func() { s.router.starve(x) }) {
		s.router.fed()
		return
	}
	s.router.fed()
	x.leaving.Lock()   // what the caller left unread goes first
	x.leaving.Unlock() //nolint:staticcheck // the lock is waited for, not held
	s.unsolicited(r)
}

// unsolicited passes on a frame that belongs to no running Exchange.
func (s *session) unsolicited(r *Response) {
	stalled := func() { s.router.starve(nil) }
	if s.opts.OnUnsolicited != nil {
		watch := time.AfterFunc(patience, stalled)
		defer watch.Stop()
		stalled = func() {}
	}
	s.inbox.Push(r, patience, stalled)
	s.drain()
	s.router.fed()
}

// drain gives what waits to OnUnsolicited, one after the other, whichever goroutine gets here.
func (s *session) drain() {
	for s.opts.OnUnsolicited != nil && s.inbox.Len() > 0 && s.draining.TryLock() {
		s.drainLocked()
	}
}

func (s *session) drainLocked() {
	defer s.draining.Unlock()
	for {
		r, ok, _ := s.inbox.TryPop()
		if !ok {
			return
		}
		s.ws.Call(func() { s.opts.OnUnsolicited(r) })
	}
}

// Send says m and returns its request id. A nil error means that the frame was written to an open connection; that it
// arrived, only an answer proves. While the connection is down it waits for the next until ctx ends. An error that matches
// ErrDeliveryUnknown says that a part of the frame was written, ErrClosed that Close was called; any other, that nothing
// was written. The answer goes to Receive.
func (c *Conn) Send(ctx context.Context, m Message) (requestID string, err error) {
	requestID, err = c.s.write(ctx, m, nil)
	if err != nil {
		return requestID, fmt.Errorf("aisera: send: %w", err)
	}
	return requestID, nil
}

// write sends a frame whose answer belongs to x; nil: to Receive.
func (s *session) write(ctx context.Context, m Message, x *exchange) (requestID string, err error) {
	rest, requestID, err := encodeFrame(s.user, s.client.cfg.ChannelID, m)
	if err != nil {
		return "", err
	}
	p := &place{id: requestID, x: x}
	err = s.ws.Send(ctx, websocket.Message{
		Encode: func(ctx context.Context) ([]byte, error) { return s.frame(ctx, rest) },
		Begin:  func() { s.router.add(p) },
		Undo:   func() { s.router.remove(p) },
	})
	if err != nil {
		s.router.remove(p)
	}
	if _, ok := errors.AsType[*websocket.HandshakeError](err); ok {
		err = s.dialError(err)
	}
	return requestID, err
}

// frame completes a frame with the token that is valid now.
func (s *session) frame(ctx context.Context, rest []byte) ([]byte, error) {
	if s.client.cfg.TokenSource != nil { // it may block
		var stop context.CancelFunc
		ctx, stop = s.ws.WhileOpen(ctx)
		defer stop()
	}
	token, err := s.client.tokens.Token(ctx)
	if err != nil {
		return nil, err
	}
	return withToken(rest, token)
}

// Receive returns the next frame that belongs to no running Exchange: answers to Send, what a live agent says, results
// that come late. It waits until ctx ends, which does not end the connection. A frame that is no JSON object is an error
// that matches ErrDecode, and the connection goes on. After Close the error matches ErrClosed; other errors are what ended
// the connection, after the frames that came before. With OnUnsolicited set there is nothing to receive.
func (c *Conn) Receive(ctx context.Context) (*Response, error) {
	r, err := c.s.inbox.Pop(ctx)
	if err != nil {
		return nil, fmt.Errorf("aisera: receive: %w", err)
	}
	if r.invalid != nil {
		return nil, r.invalid
	}
	return r, nil
}

// Responses yields what Receive returns until ctx or the connection ends, which it yields as an error, once. An error that
// matches ErrDecode does not end it.
func (c *Conn) Responses(ctx context.Context) iter.Seq2[*Response, error] {
	return func(yield func(*Response, error) bool) {
		for {
			r, err := c.Receive(ctx)
			if !yield(r, err) || err != nil && !errors.Is(err, parley.ErrDecode) {
				return
			}
		}
	}
}

// Close ends the connection and returns within 5 s also when the server is dead. From its beginning nothing is written but
// the close frame, and no func of DialOptions begins. It waits for the connection's goroutines, except for one that runs
// such a func, so it may be called from there. Calls after the first do nothing. The error is always nil.
func (c *Conn) Close() error {
	c.s.inbox.End(parley.ErrClosed)
	c.s.router.close() // frees a reader that waits for the loop over an Exchange
	c.s.ws.Close()
	return nil
}

// Format prints no more than the name of the type, whatever the verb.
func (c Conn) Format(state fmt.State, verb rune) { redact.Format(state, verb, "aisera.Conn") }

// LogValue logs what Format prints.
func (c Conn) LogValue() slog.Value { return slog.StringValue("aisera.Conn") }
