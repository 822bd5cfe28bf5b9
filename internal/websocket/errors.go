package websocket

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"nhooyr.io/websocket"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/redact"
)

// These close codes end the session for good, because the server refuses its credentials.
const (
	codePolicy       = 1008 // RFC 6455 section 7.4.1
	codeUnauthorized = 4401 // a convention after HTTP's 401
)

// These are the reasons for which this side ends a connection.
var (
	ErrSilent = errors.New("the peer is silent: no pong in time")
	ErrStuck  = errors.New("the peer takes no data: a write made no progress")
)

// CloseError says that the peer closed the connection.
type CloseError struct {
	Code   int    // of the close frame; 1005 if the frame had no code
	Reason string // the peer's, in one line and without credentials
}

// Error names the code and the reason.
func (e *CloseError) Error() string {
	text := fmt.Sprintf("the server closed the connection with code %d", e.Code)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// Is reports true for ErrUnauthorized if the code is 1008 or 4401.
func (e *CloseError) Is(target error) bool { return target == parley.ErrUnauthorized && e.terminal() }

func (e *CloseError) terminal() bool { return e.Code == codePolicy || e.Code == codeUnauthorized }

// HandshakeError is a response to the handshake that is not an upgrade.
type HandshakeError struct {
	StatusCode int
	Header     http.Header
	Body       []byte        // at most 1 KiB
	RetryAfter time.Duration // the wait that the response asks for; zero if it asks for no wait
	Redirect   error         // why a redirect was not followed; nil if the response is not a redirect
}

// Error names the status, and why a redirect was not followed. It quotes no other part of the response.
func (e *HandshakeError) Error() string {
	text := fmt.Sprintf("handshake refused: %d %s", e.StatusCode, http.StatusText(e.StatusCode))
	if e.Redirect != nil {
		text += ": " + e.Redirect.Error()
	}
	return text
}

// Is reports whether target is the class of the status.
func (e *HandshakeError) Is(target error) bool { return apierr.Matches(e.StatusCode, target) }

// terminal reports whether another handshake would fail too, because the server refuses the credentials.
func (e *HandshakeError) terminal() bool {
	return e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden
}

// failure is an error of the connection. Its text and its cause are redacted.
type failure struct {
	text  string
	cause error
	ended error // the error of the ctx that ended a handshake; nil if no ctx ended it
	// unsent says that the handshake never reached the server.
	unsent bool
	// timedOut says that HandshakeTimeout ended the handshake, and not the caller's ctx.
	timedOut bool
}

func (f *failure) Error() string { return f.text }

// Is reports whether the cause matches target. The errors of a context match only if a context has ended. Otherwise a
// dial that timed out by itself would match context.DeadlineExceeded, and the caller would take it for its own
// deadline.
func (f *failure) Is(target error) bool {
	switch target {
	case context.DeadlineExceeded, context.Canceled:
		return errors.Is(f.ended, target)
	case parley.ErrNotSent:
		return f.unsent
	case parley.ErrAttemptTimeout:
		return f.timedOut
	}
	return errors.Is(f.cause, target)
}

// Timeout reports whether a deadline ended the handshake. The method makes the error a net.Error.
func (f *failure) Timeout() bool { return errors.Is(f.ended, context.DeadlineExceeded) }

// Temporary reports false. net.Error requires the method.
func (f *failure) Temporary() bool { return false }

// As finds the errors in the cause, such as those of the network and of a user's RoundTripper.
func (f *failure) As(target any) bool { return errors.As(f.cause, target) }

// redacted returns err with a text that may be shown: one line without credentials. The errors that err wraps hold no
// credential either. The library repeats texts of the peer.
func (cfg *Config) redacted(prefix string, err error) *failure {
	err = redact.New(nil, nil, cfg.Redact).Error(err)
	return &failure{text: prefix + ": " + redact.OneLine(err.Error()), cause: err}
}

// lost makes the error for a lost connection from the error that ended reading or writing.
func (cfg *Config) lost(err error) error {
	if closed, ok := errors.AsType[websocket.CloseError](err); ok {
		return &CloseError{Code: int(closed.Code), Reason: redact.OneLine(cfg.Redact(closed.Reason))}
	}
	return cfg.redacted("connection lost", err)
}
