package websocket

import (
	"errors"
	"fmt"
	"net"

	"nhooyr.io/websocket"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/redact"
)

// Close codes that end the connection for good: the server does not want these credentials.
const (
	codePolicy       = 1008 // RFC 6455 section 7.4.1
	codeUnauthorized = 4401 // by convention, HTTP's 401
)

// ErrSilent is why a connection was given up whose peer answers no ping.
var ErrSilent = errors.New("the peer is silent: no pong in time")

// CloseError says that the peer closed the connection. Its fields: Code, of the close frame (1005: the frame had none);
// Reason, the peer's, in one line and without credentials.
type CloseError struct {
	Code   int
	Reason string
}

// Error names the code and the reason.
func (e *CloseError) Error() string {
	text := fmt.Sprintf("the server closed the connection with code %d", e.Code)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// Is reports true for ErrUnauthorized where the code says so: 1008 and 4401.
func (e *CloseError) Is(target error) bool { return target == parley.ErrUnauthorized && e.terminal() }

func (e *CloseError) terminal() bool { return e.Code == codePolicy || e.Code == codeUnauthorized }

// failure is an error of the connection: what it says is masked, what it matches is its cause.
type failure struct {
	text  string
	cause error
}

func (f *failure) Error() string        { return f.text }
func (f *failure) Is(target error) bool { return errors.Is(f.cause, target) }

// As gives out what is wrong with the network, which holds nothing that the peer sent.
func (f *failure) As(target any) bool {
	switch target.(type) {
	case **net.OpError, **net.DNSError:
		return errors.As(f.cause, target)
	}
	return false
}

// clean returns err as it may be shown: one line without credentials, since the library repeats what the peer sent.
func (cfg *Config) clean(prefix string, err error) error {
	return &failure{text: prefix + ": " + redact.OneLine(cfg.Mask(err.Error())), cause: err}
}

// lost makes the cause of a loss from what reading ended with.
func (cfg *Config) lost(err error) error {
	if closed, ok := errors.AsType[websocket.CloseError](err); ok {
		return &CloseError{Code: int(closed.Code), Reason: redact.OneLine(cfg.Mask(closed.Reason))}
	}
	return cfg.clean("connection lost", err)
}
