package aisera

import (
	"context"
	"errors"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/origin"
)

// methodWS takes the place of the HTTP method if a call is a frame over a WebSocket.
const methodWS = "WS"

// frameCall is a call that sends a frame, for Hooks.OnCall.
type frameCall struct {
	operation string
	began     time.Time
	onEnd     func(parley.CallResult) // nil if no hook observes calls
	arrivals  arrivals                // the frames of the answer
	result    parley.CallResult
}

// beginCall calls OnCall and returns the context of the call. operation names the call, such as "aisera: send".
func (s *connState) beginCall(ctx context.Context, operation string, stream bool) (context.Context, frameCall) {
	call := frameCall{operation: operation}
	if onCall := s.client.cfg.Hooks.OnCall; onCall != nil {
		call.began = time.Now()
		observed, onEnd := onCall(ctx, parley.Call{
			Vendor: "aisera", Operation: operation, Method: methodWS,
			Server: origin.HostPort(s.client.webSocket), Stream: stream,
		})
		if observed != nil {
			ctx = observed
		}
		call.onEnd = onEnd
	}
	return ctx, call
}

// wrote records how the write of the frame ended.
func (c *frameCall) wrote(err error) {
	if err == nil || errors.Is(err, parley.ErrDeliveryUnknown) {
		c.result.Attempts = 1
	}
}

// received records a frame of the answer that arrived now.
func (c *frameCall) received(r *Response) {
	if c.onEnd != nil {
		c.arrivals.add(r)
	}
}

// fail returns the error of the call for its caller. It returns nil if err is nil.
func (c *frameCall) fail(err error) error {
	if err == nil {
		return nil
	}
	c.result.Err = &connError{operation: c.operation, method: methodWS, attempts: c.result.Attempts, err: err}
	return c.result.Err
}

// end calls the function that OnCall returned.
func (c *frameCall) end() {
	if c.onEnd != nil {
		if c.arrivals.bytes > 0 {
			c.result.FirstByte, c.result.Bytes = c.arrivals.first.Sub(c.began), c.arrivals.bytes
		}
		c.result.Duration = time.Since(c.began)
		c.onEnd(c.result)
	}
}

// connError is an error of a Conn, or an error of Dial without a response.
type connError struct {
	operation, method, path string
	attempts                int
	err                     error
}

func (e *connError) Error() string { return e.operation + ": " + e.err.Error() }

func (e *connError) Unwrap() error { return e.err }

// ErrorInfo describes the call for parley.InfoOf. If a refused handshake ended the connection, it describes that
// response too.
func (e *connError) ErrorInfo() parley.ErrorInfo {
	info := parley.ErrorInfo{Vendor: "aisera"}
	if refused, ok := errors.AsType[*Error](e.err); ok {
		info = refused.ErrorInfo()
	}
	info.Operation, info.Method, info.Path, info.Attempts = e.operation, e.method, e.path, e.attempts
	return info
}
