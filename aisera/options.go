package aisera

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-127a5941/parley/internal/redact"
)

// DialOptions says how a connection is made and kept. The zero value is ready to use. Printing it shows no header.
type DialOptions struct {
	// NoReconnect lets a lost connection end the Conn. Otherwise it is dialled again, after a random wait of up to 500
	// ms that grows to up to 30 s, until the server refuses the credentials (HTTP 401 or 403, close codes 1008 and
	// 4401). A Retry-After of a refused handshake is added to the wait.
	NoReconnect bool
	// OnReconnect is called for each new connection, in order, with the reason for which the former one was lost. It
	// runs on a goroutine of its own and may call any method of the Conn. If it panics, the Conn ends with an error
	// that says so.
	OnReconnect func(cause error)
	// OnUnsolicited gets the frames that belong to no running Exchange, in place of Receive. It is called for one frame
	// at a time, in order, on a goroutine that exists only while frames wait for it. It may call any method of the
	// Conn, also while the connection is down. While 256 frames wait, the connection is not read. If it panics, the
	// Conn ends with an error that says so. For a frame that is not a JSON object, Response.Err matches ErrDecode.
	OnUnsolicited func(*Response)
	// ReadLimit is the maximum size of a frame in bytes. Zero means 1 MiB. A negative value disables the limit. A
	// larger frame ends the connection with ErrResponseTooLarge as the cause.
	ReadLimit int64
	// PingInterval is the time between two pings. Zero means 30 s. A negative value disables pings.
	PingInterval time.Duration
	// PongTimeout is how long the server may take to answer a ping. Zero means 10 s. A server that sends no byte in
	// this time is given up. A server that sends other bytes, but leaves two pings in a row without a pong, is given up
	// too. While 256 frames wait and the connection is not read, pings are sent and the time does not run.
	PongTimeout time.Duration
	// Header is sent with the handshake, redirects within the origin included. No page documents which headers the
	// server wants. The names that the handshake sets itself are refused with ErrInvalidArgument: Host, Connection,
	// Upgrade, those that begin with Sec-WebSocket- (see Subprotocols), and those that describe a body.
	Header http.Header `json:"-"`
	// Subprotocols are offered in the handshake. No page documents any.
	Subprotocols []string
	// MatchByID is for a server that is known to echo request ids. A frame without an id then never belongs to an
	// Exchange. If it is false, that is so only after the server has echoed an id for the first time.
	MatchByID bool
	// MinBackoff bounds the wait before the first attempt to reconnect. Zero means 500 ms.
	MinBackoff time.Duration
	// MaxBackoff bounds every random wait before an attempt to reconnect. Zero means 30 s.
	MaxBackoff time.Duration
}

// Format prints only the name of the type, for every verb.
func (o DialOptions) Format(state fmt.State, verb rune) {
	redact.Format(state, verb, "aisera.DialOptions")
}

// LogValue logs the text that Format prints.
func (o DialOptions) LogValue() slog.Value { return slog.StringValue("aisera.DialOptions") }
