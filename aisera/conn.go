package aisera

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/queue"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/websocket"
)

const (
	bufferedFrames = 256              // that may wait for Receive, OnUnsolicited and the loops over Exchanges, together
	patience       = 10 * time.Second // how long a call waits for a frame while the buffer is full
)

// Conn is a WebSocket connection for one user. It reconnects when the connection is lost, but sends no message twice.
// It is safe for concurrent use. The vendor processes a user's messages in the order of their arrival, so send one at a
// time.
type Conn struct {
	s *connState // a pointer, so that Format can have a value receiver
}

// connState is the state of a Conn.
type connState struct {
	client *Client
	user   User
	redact func(string) string
	ws     *websocket.Session

	buffer *queue.Buffer[*Response] // bounds the frames that wait in inbox and in all Exchanges
	inbox  *queue.Queue[*Response]  // the frames that belong to no running Exchange
	// unsolicited calls DialOptions.OnUnsolicited for the frames in the inbox. It is nil if that is not set.
	unsolicited *queue.Worker[*Response]
	router      router
}

// handle processes a frame, in the reader's goroutine.
func (s *connState) handle(frame []byte) {
	s.router.deliver(decodeFrame(frame, s.redact), s.inbox, s.buffer)
	s.wake()
}

// wake starts the calls of OnUnsolicited for the frames in the inbox.
func (s *connState) wake() {
	if s.unsolicited != nil {
		s.unsolicited.Wake()
	}
}

// lost is called when a connection is lost.
func (s *connState) lost(cause error) {
	token := s.router.lost(cause)
	if _, closed := errors.AsType[*CloseError](cause); closed && errors.Is(cause, parley.ErrUnauthorized) {
		s.client.tokens.Invalidate(token)
	}
}

// ended is called when no further connection will be made.
func (s *connState) ended(err error) { s.inbox.End(s.present(err)) }

// present returns err in the form for callers: a refused handshake becomes an *Error.
func (s *connState) present(err error) error {
	if refused, ok := errors.AsType[*websocket.HandshakeError](err); ok {
		return s.handshakeError(refused)
	}
	return err
}

// Send sends m and returns its request id. A nil error means that the frame was written to an open connection. Only an
// answer proves that it arrived. The answer goes to Receive. While the connection is down, Send waits for the next one
// until ctx ends. Concurrent calls send in the order in which they were made.
//
// If ctx ends earlier, the error matches ErrNotSent if no byte was written. It matches ErrDeliveryUnknown if the frame
// was written in part, or is still being written. It also matches ErrDeliveryUnknown if the connection was lost during
// the write. If the request id is that of a message without an answer yet, the message is refused with
// ErrInvalidArgument. After Close the error matches ErrClosed. Every other error means that no byte was written, and
// matches ErrNotSent.
func (c *Conn) Send(ctx context.Context, m Message) (requestID string, err error) {
	ctx, call := c.s.beginCall(ctx, "aisera: send", false)
	defer call.end()
	requestID, err = c.s.write(ctx, &m, new(pendingMessage))
	call.wrote(err)
	return requestID, call.fail(err)
}

// Receive returns the next frame that belongs to no running Exchange: an answer to Send, a message of a live agent, or
// a late result. It waits until ctx ends, which does not end the connection. A frame that is not a JSON object is an
// error that matches ErrDecode, and the connection goes on. After Close the error matches ErrClosed. Any other error
// says why the connection ended, and comes after the frames that were received before. If OnUnsolicited is set, it gets
// the frames, and Receive returns no frame.
func (c *Conn) Receive(ctx context.Context) (*Response, error) {
	r, err := c.s.inbox.Pop(ctx)
	if err != nil {
		return nil, &connError{operation: "aisera: receive", method: methodWS, err: err}
	}
	if r.invalid != nil {
		return nil, r.invalid
	}
	return r, nil
}

// Responses yields the frames that Receive returns, until ctx or the connection ends. It yields that end as an error,
// once. An error that matches ErrDecode does not end it.
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

// Done returns a channel that is closed when the connection has ended: after Close, and when a lost connection is not
// replaced. Err then says why.
func (c *Conn) Done() <-chan struct{} { return c.s.ws.Done() }

// Err returns why the connection ended, as Receive does. It returns nil while the connection is open or being replaced.
// After Close it matches ErrClosed.
func (c *Conn) Err() error { return c.s.present(c.s.ws.Err()) }

// Shutdown refuses further messages with ErrClosed, waits until every running Exchange and Ask has its final frame or
// was left, and then calls Close. It does not wait for answers to Send. If ctx ends first, it returns the error of ctx,
// and running answers go on until Close.
func (c *Conn) Shutdown(ctx context.Context) error {
	select {
	case <-c.s.router.shutdown():
		return c.Close()
	case <-ctx.Done():
		return &connError{operation: "aisera: shutdown", method: methodWS, err: ctx.Err()}
	}
}

// Close ends the connection. It returns within 5 s even if the server is dead. From its beginning only the close frame
// is written, and no func of DialOptions is called any more. It waits for the connection's goroutines, except for one
// that runs such a func, so it may be called from there. Further calls have no effect. The error is always nil.
func (c *Conn) Close() error {
	s := c.s
	s.inbox.End(parley.ErrClosed)
	s.router.lost(parley.ErrClosed)
	if s.unsolicited != nil {
		s.unsolicited.Stop()
	}
	s.ws.Close()
	return nil
}

// Format prints only the name of the type, for every verb.
func (c Conn) Format(state fmt.State, verb rune) { redact.Format(state, verb, "aisera.Conn") }

// LogValue logs the text that Format prints.
func (c Conn) LogValue() slog.Value { return slog.StringValue("aisera.Conn") }
