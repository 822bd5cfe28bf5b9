// Package websocket answers: how is a WebSocket kept alive and closed? It is the only importer of nhooyr.io/websocket.
//
// A Conn is one logical connection: it reads in a goroutine of its own, pings, and dials again when the connection is
// lost. What it promises stands in section 7 of the design's semantics; where each promise is kept:
//
//	wire.go    no byte after the close frame; what was written of a frame; how long the peer has been silent
//	link.go    one connection from its handshake to its end: read limit, pings
//	run.go     the reader's goroutine: read, report the loss, wait, dial again
//	send.go    the writer's gate
//	close.go   an end that a dead peer cannot hold up
//	call.go    the user's functions: never under a lock, and none begins after Close
//	queue.go   a bounded queue whose writer waits: back pressure
package websocket

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
)

// What a zero Config field means.
const (
	defaultReadLimit    = 1 << 20
	defaultPingInterval = 30 * time.Second
	defaultPongTimeout  = 10 * time.Second
	defaultMinBackoff   = 500 * time.Millisecond
	defaultMaxBackoff   = 30 * time.Second
	defaultHealthy      = 30 * time.Second
	defaultCloseTimeout = 3 * time.Second
)

// Config says how a connection is made and kept. Every duration that is zero has the default of the semantics.
type Config struct {
	URL          *url.URL     // ws, wss, http or https; may carry a query, which is shown nowhere
	Header       http.Header  // of the handshake
	Subprotocols []string     // offered in the handshake
	HTTPClient   *http.Client // for the handshake; nil: a transport of the SDK's own
	// HandshakeTimeout bounds each handshake; 0: none.
	HandshakeTimeout time.Duration
	ReadLimit        int64         // bytes of one message; 0: 1 MiB; negative: none
	PingInterval     time.Duration // 0: 30 s; negative: no pings
	PongTimeout      time.Duration // 0: 10 s
	NoReconnect      bool
	MinBackoff       time.Duration // bound of the first wait; 0: 500 ms
	MaxBackoff       time.Duration // bound of every wait; 0: 30 s
	Healthy          time.Duration // a connection that lived so long resets the backoff; 0: 30 s
	CloseTimeout     time.Duration // how long Close waits for the peer; 0: 3 s

	// Handle gets each message, in order, in the reader's goroutine: while it runs, nothing is read (back pressure). It
	// must return once Closing is closed.
	Handle func(message []byte)
	// Lost is told in the reader's goroutine that the connection is gone, after its last message was handled and
	// before another connection is made. What was not answered by then will not be.
	Lost func(cause error)
	// Ended is told once that there will be no further connection. After Close, err matches parley.ErrClosed.
	Ended func(err error)
	// OnReconnect is user code: each new connection in order, with the reason for which the former was lost. One
	// goroutine calls it, and no lock is held meanwhile.
	OnReconnect func(cause error)

	Mask   func(string) string // hides credentials in what the peer says; nil: nothing to hide
	Logger *slog.Logger        // gets losses and reconnects, never a frame; nil: silent
	Name   string              // begins log messages: "aisera"
}

// Conn is a connection that is made again when it is lost. It is safe for concurrent use.
type Conn struct {
	cfg    Config
	ctx    context.Context // ends when Close begins
	cancel context.CancelFunc
	gate   chan struct{} // the writer's lock: a channel, so that a wait for it can end
	done   chan struct{} // closed when the reader's goroutine has ended
	parted chan struct{} // closed when Close has done its work

	mu        sync.Mutex
	closed    bool          // Close began: nothing is written and no user code is called any more
	link      *link         // nil while there is no connection
	changed   chan struct{} // closed and replaced when link or err changes
	err       error         // the end, if it came
	inReader  bool          // user code runs in the reader's goroutine
	inNotes   bool          // OnReconnect runs
	notes     []error       // reconnects not reported yet
	reporting chan struct{} // closed when the goroutine that reports them has ended; nil: none runs
}

// Dial connects, once, and starts reading. A refused handshake is a *HandshakeError.
func Dial(ctx context.Context, cfg Config) (*Conn, error) {
	cfg.setDefaults()
	l, err := dial(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	c := &Conn{
		cfg:     cfg,
		gate:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		parted:  make(chan struct{}),
		changed: make(chan struct{}),
		link:    l,
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	l.start(&c.cfg)
	go c.run(l)
	return c, nil
}

func (cfg *Config) setDefaults() {
	setDefault(&cfg.ReadLimit, defaultReadLimit)
	setDefault(&cfg.PingInterval, defaultPingInterval)
	setDefault(&cfg.PongTimeout, defaultPongTimeout)
	setDefault(&cfg.MinBackoff, defaultMinBackoff)
	setDefault(&cfg.MaxBackoff, defaultMaxBackoff)
	setDefault(&cfg.Healthy, defaultHealthy)
	setDefault(&cfg.CloseTimeout, defaultCloseTimeout)
	setDefaultFunc(&cfg.Handle)
	setDefaultFunc(&cfg.Lost)
	setDefaultFunc(&cfg.Ended)
	if cfg.Mask == nil {
		cfg.Mask = func(text string) string { return text }
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
}

func setDefault[T ~int64](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

func setDefaultFunc[T any](field *func(T)) {
	if *field == nil {
		*field = func(T) {}
	}
}

// Closing is closed when Close begins.
func (c *Conn) Closing() <-chan struct{} { return c.ctx.Done() }

// WhileOpen returns a ctx that ends when Close begins, too. The caller calls the func.
func (c *Conn) WhileOpen(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// publish makes l the connection that Send uses; nil: there is none for now. It reports false after Close began.
func (c *Conn) publish(l *link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed && l != nil {
		return false
	}
	c.link = l
	c.broadcast()
	return true
}

// end makes every present and later Send fail with err.
func (c *Conn) end(err error) {
	c.mu.Lock()
	if c.closed {
		err = parley.ErrClosed
	}
	c.err = err
	c.broadcast()
	c.mu.Unlock()
	c.cfg.Ended(err)
}

// broadcast wakes whoever waits for a change. The caller holds mu.
func (c *Conn) broadcast() {
	close(c.changed)
	c.changed = make(chan struct{})
}
