package aisera

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/callopts"
	"github.com/seed-127a5941/parley/internal/queue"
	"github.com/seed-127a5941/parley/internal/transport"
	"github.com/seed-127a5941/parley/internal/websocket"
)

var errNoUpgrade = errors.New("the server does not speak WebSocket at WebSocketURL")

// Dial connects to Config.WebSocketURL, once, for user. ctx bounds the handshake, but not the connection, which Close
// ends. A refused handshake is an *Error. If the handshake never reached the server, the error matches ErrNotSent.
// Redirects to another origin are refused. The handshake carries no token, because no page says that it should: see
// DialOptions.Header. It sends GET to Config.WebSocketURL, an address that is not published. parley.WithHeader and
// parley.WithAttemptTimeout act on every handshake, reconnects included. The other options of a ctx have no effect.
//
// In a browser (js/wasm) Dial uses the browser's WebSocket. That sends neither headers nor pings. So DialOptions.Header
// is refused with ErrInvalidArgument, and only the browser can notice a dead server. The browser tells neither why a
// handshake was refused nor how much of a frame was written. A nil error of Send then means that the browser took the
// frame.
func (c *Client) Dial(ctx context.Context, user User, opts DialOptions) (*Conn, error) {
	s := &connState{client: c, user: user}
	s.buffer = queue.NewBuffer[*Response](bufferedFrames)
	s.inbox = s.buffer.NewQueue()
	if opts.OnUnsolicited != nil {
		s.unsolicited = queue.NewWorker(s.inbox, s.guarded(opts.OnUnsolicited))
	}
	s.router.echoes = opts.MatchByID
	if err := s.dial(ctx, opts); err != nil {
		return nil, err
	}
	return &Conn{s}, nil
}

func (s *connState) dial(ctx context.Context, opts DialOptions) error {
	options := callopts.From(ctx)
	if err := s.validate(opts, options); err != nil {
		return &connError{operation: "aisera: dial", method: http.MethodGet, path: "WebSocketURL", err: err}
	}
	cfg := s.client.sessionConfig(opts, options)
	s.redact = cfg.Redact
	cfg.Buffer, cfg.OnMessage, cfg.OnLost, cfg.OnEnd = s.buffer, s.handle, s.lost, s.ended
	cfg.StallAfter, cfg.OnStall = patience, s.router.stall
	session, err := websocket.Dial(ctx, cfg)
	if err != nil {
		return s.dialError(err)
	}
	s.ws = session
	session.Start()
	return nil
}

func (s *connState) validate(opts DialOptions, options *callopts.Options) error {
	if s.client.webSocket == nil {
		return apierr.Required("WebSocketURL")
	}
	if argument, problem := options.Validate(); problem != "" {
		return apierr.Invalid(argument, "%s", problem)
	}
	if options != nil {
		for _, header := range options.Headers {
			if err := validateHeader("WithHeader", header.Name, header.Value); err != nil {
				return err
			}
		}
	}
	if err := opts.validate(); err != nil {
		return err
	}
	return validateUser(s.user)
}

// guarded returns a func that calls the user's onUnsolicited, for the worker's goroutine.
func (s *connState) guarded(onUnsolicited func(*Response)) func(*Response) {
	return func(r *Response) { s.ws.Guard("OnUnsolicited", func() { onUnsolicited(r) }) }
}

// dialError makes the error of Dial.
func (s *connState) dialError(err error) error {
	if refused, ok := errors.AsType[*websocket.HandshakeError](err); ok {
		return s.handshakeError(refused)
	}
	failed := &connError{operation: "aisera: dial", method: http.MethodGet, path: "WebSocketURL", err: err}
	if !errors.Is(err, parley.ErrNotSent) && !errors.Is(err, parley.ErrInvalidArgument) {
		failed.attempts = 1
	}
	return failed
}

// handshakeError makes the *Error of a refused handshake.
func (s *connState) handshakeError(refused *websocket.HandshakeError) error {
	failure := &apierr.ErrorResponse{
		Operation: "aisera: dial", Method: http.MethodGet, Path: "WebSocketURL",
		StatusCode: refused.StatusCode, Header: refused.Header, Body: refused.Body, RetryAfter: refused.RetryAfter,
		Attempts: 1, Redact: s.redact,
	}
	switch {
	case refused.Redirect != nil:
		failure.Causes = []error{refused.Redirect}
	case refused.StatusCode/100 == 2:
		failure.Causes = []error{errNoUpgrade}
	}
	return newError(failure)
}

// secrets returns the values of the handshake's headers that may be credentials. The package cannot know which ones
// are.
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

// sessionConfig returns the Config of a session, without its funcs. The options of Dial's ctx hold for every handshake.
func (c *Client) sessionConfig(o DialOptions, options *callopts.Options) websocket.Config {
	timeout := c.handshakeTimeout()
	if options != nil {
		o.Header = o.Header.Clone()
		if o.Header == nil {
			o.Header = http.Header{}
		}
		for _, header := range options.Headers {
			o.Header.Add(header.Name, header.Value)
		}
		if options.AttemptTimeout != nil {
			timeout = max(*options.AttemptTimeout, 0)
		}
	}
	secrets := o.secrets()
	for _, values := range c.webSocket.Query() {
		secrets = append(secrets, values...)
	}
	return websocket.Config{
		URL: c.webSocket, Header: c.handshakeHeader(o), Subprotocols: o.Subprotocols,
		HTTPClient: c.cfg.HTTPClient, HandshakeTimeout: timeout,
		ReadLimit: o.ReadLimit, PingInterval: o.PingInterval, PongTimeout: o.PongTimeout,
		NoReconnect: o.NoReconnect, MinBackoff: o.MinBackoff, MaxBackoff: o.MaxBackoff,
		OnReconnect: o.OnReconnect,
		Redact:      c.redact(secrets), Logger: c.cfg.Logger, Name: "aisera",
	}
}

// handshakeHeader returns the header of the handshake. Connections without a header of their own share it. In a browser
// it returns nil for these, because a browser sends only its own.
func (c *Client) handshakeHeader(o DialOptions) http.Header {
	if len(o.Header) == 0 {
		return c.userAgent
	}
	header := o.Header.Clone()
	if header.Get("User-Agent") == "" {
		maps.Copy(header, c.userAgent)
	}
	return header
}

// userAgentHeader returns the header that each handshake sends.
func (c Config) userAgentHeader() http.Header {
	if !websocket.SendsHeaders {
		return nil
	}
	return http.Header{"User-Agent": {transport.UserAgent(c.UserAgent)}}
}

func (c *Client) handshakeTimeout() time.Duration {
	const usual = 60 * time.Second
	if c.cfg.Timeout == 0 {
		return usual
	}
	return max(c.cfg.Timeout, 0)
}
