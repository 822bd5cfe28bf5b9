package aisera

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
	"github.com/seed-127a5941/parley/internal/websocket"
)

// DialOptions says how a connection is made and kept. The zero value is ready to use. Printing it shows no header.
type DialOptions struct {
	// NoReconnect lets a lost connection end the Conn. Otherwise it is dialled again, after a random wait of up to 500 ms
	// that grows to up to 30 s, until the server refuses the credentials (HTTP 401 or 403, close codes 1008 and 4401).
	NoReconnect bool
	// OnReconnect is told of each new connection, and why the former was lost. One goroutine calls it, in order.
	OnReconnect func(cause error)
	// OnUnsolicited gets what Receive would, in place of it: frames that belong to no running Exchange. It is called for
	// one frame at a time, in order, in the goroutine that reads the connection, which waits for it: it must not call
	// Exchange or Ask. (What an Exchange had received but not yielded when it was left comes in the goroutine that left
	// it.) For a frame that is no JSON object, Response.Err matches ErrDecode.
	OnUnsolicited func(*Response)
	// ReadLimit bounds a frame, in bytes; 0: 1 MiB; negative: none. A larger one ends the connection with
	// ErrResponseTooLarge as the cause.
	ReadLimit int64
	// PingInterval is the time between two pings; 0: 30 s; negative: none. Pings do not depend on the caller reading.
	PingInterval time.Duration
	// PongTimeout is how long the server may stay silent after a ping; 0: 10 s.
	PongTimeout time.Duration
	// Header is sent with the handshake, redirects within the origin included. No page documents what it wants.
	Header http.Header `json:"-"`
	// Subprotocols are offered in the handshake. No page documents any.
	Subprotocols []string
	// MatchByID is for a server that is known to echo request ids: a frame without one then never belongs to an Exchange.
	// Otherwise that is so from the first echo on.
	MatchByID bool
	// MinBackoff bounds the wait before the first attempt to reconnect; 0: 500 ms.
	MinBackoff time.Duration
	// MaxBackoff bounds every wait before an attempt to reconnect; 0: 30 s.
	MaxBackoff time.Duration
}

func (o DialOptions) check() error {
	for name, values := range o.Header {
		for _, value := range values {
			if err := origin.CheckHeaderValue("Header", name+value); err != nil {
				return err
			}
		}
	}
	for _, d := range [...]struct {
		field string
		value time.Duration
	}{{"PongTimeout", o.PongTimeout}, {"MinBackoff", o.MinBackoff}, {"MaxBackoff", o.MaxBackoff}} {
		if d.value < 0 {
			return apierr.Invalid(d.field, "must not be negative")
		}
	}
	return nil
}

// secrets are the values of the handshake that may be credentials: nobody knows which are.
func (o DialOptions) secrets() []string {
	const short = 8
	var secrets []string
	for _, values := range o.Header {
		for _, value := range values {
			for _, word := range append(strings.Fields(value), value) {
				if len(word) >= short {
					secrets = append(secrets, word)
				}
			}
		}
	}
	return secrets
}

// config returns what internal/websocket is to do; its hooks are missing.
func (c *Client) config(o DialOptions) websocket.Config {
	secrets := o.secrets()
	for _, values := range c.webSocket.Query() {
		secrets = append(secrets, values...)
	}
	header := o.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", transport.UserAgent(c.cfg.UserAgent))
	}
	return websocket.Config{
		URL: c.webSocket, Header: header, Subprotocols: o.Subprotocols,
		HTTPClient: c.cfg.HTTPClient, HandshakeTimeout: c.handshakeTimeout(),
		ReadLimit: o.ReadLimit, PingInterval: o.PingInterval, PongTimeout: o.PongTimeout,
		NoReconnect: o.NoReconnect, MinBackoff: o.MinBackoff, MaxBackoff: o.MaxBackoff,
		OnReconnect: o.OnReconnect,
		Mask:        c.mask(secrets), Logger: c.cfg.Logger, Name: "aisera",
	}
}

func (c *Client) handshakeTimeout() time.Duration {
	const usual = 60 * time.Second
	if c.cfg.Timeout == 0 {
		return usual
	}
	return max(c.cfg.Timeout, 0)
}

// Format prints no more than the name of the type, whatever the verb.
func (o DialOptions) Format(state fmt.State, verb rune) {
	redact.Format(state, verb, "aisera.DialOptions")
}

// LogValue logs what Format prints.
func (o DialOptions) LogValue() slog.Value { return slog.StringValue("aisera.DialOptions") }
