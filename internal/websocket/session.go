package websocket

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/queue"
)

// These defaults apply where a field of Config is zero.
const (
	defaultReadLimit    = 1 << 20
	defaultPingInterval = 30 * time.Second
	defaultPongTimeout  = 10 * time.Second
	defaultMinBackoff   = 500 * time.Millisecond
	defaultMaxBackoff   = 30 * time.Second
	defaultHealthy      = 30 * time.Second
	defaultCloseTimeout = 3 * time.Second
)

// pendingReports is the number of reconnects that may wait for OnReconnect. If there are more, the reader waits too.
const pendingReports = 256

// Buffer is where messages wait until they are taken. The reader reads the next message only when there is room.
type Buffer interface {
	HasRoom() bool
	WaitRoom(ctx context.Context) // until there is room or ctx ends
}

// Config says how a Session connects and behaves. For a zero duration the default in its comment applies.
type Config struct {
	URL          *url.URL     // its scheme is ws, wss, http or https; its query is never shown
	Header       http.Header  // of the handshake
	Subprotocols []string     // offered in the handshake
	HTTPClient   *http.Client // makes the handshakes; nil means a transport of the SDK's own
	// HandshakeTimeout bounds each handshake. Zero disables the bound.
	HandshakeTimeout time.Duration
	ReadLimit        int64         // of one message, in bytes; zero means 1 MiB, a negative value disables the limit
	PingInterval     time.Duration // zero means 30 s, a negative value disables pings
	PongTimeout      time.Duration // zero means 10 s
	NoReconnect      bool
	MinBackoff       time.Duration // bounds the first wait before a reconnect; zero means 500 ms
	MaxBackoff       time.Duration // bounds every wait before a reconnect; zero means 30 s
	Healthy          time.Duration // a connection that lasted this long resets the backoff; zero means 30 s
	CloseTimeout     time.Duration // how long Close waits for the peer; zero means 3 s

	// Buffer makes the reader wait while it is full. Nil means that there is always room.
	Buffer Buffer
	// OnStall is called, on a goroutine of its own, when the reader has been waiting for room for StallAfter. Stalled
	// reports true by then. Nil means that the reader may wait for ever. It must not block.
	OnStall    func()
	StallAfter time.Duration
	// OnMessage gets each message, in order, in the reader's goroutine. It must not block.
	OnMessage func(message []byte)
	// OnLost is called in the reader's goroutine when a connection is lost. By then its last message was passed to
	// OnMessage, no write on it is running, and the next connection is not made yet. Messages that were not answered by
	// then will not be answered.
	OnLost func(cause error)
	// OnEnd is called once, in the reader's goroutine, when there will be no further connection. After Close, err
	// matches parley.ErrClosed.
	OnEnd func(err error)
	// OnReconnect is user code. It is called for each new connection, in order, with the reason for which the former
	// one was lost. It runs on another goroutine than the reader and may call any method.
	OnReconnect func(cause error)

	// Redact hides credentials in texts of the peer. Nil means that there are no credentials to hide.
	Redact func(string) string
	Logger *slog.Logger // gets a record for each lost connection, without frames; nil disables logging
	Name   string       // begins each record, such as "aisera"
}

// Session is a WebSocket whose connection is replaced when it is lost. It is safe for concurrent use.
type Session struct {
	cfg    Config
	ctx    context.Context // ends when the session does
	cancel context.CancelFunc
	lock   chan struct{} // holds a value while a Turn exists; waiting senders are served in their order
	// written gets the error of a write that runs on another goroutine than its Turn; nil before the first such write.
	// The holder of lock sets it and receives from it.
	written chan error

	reports  *queue.Queue[error]  // reconnects of which OnReconnect does not know yet; nil if that is not set
	reporter *queue.Worker[error] // calls OnReconnect; nil if that is not set

	mu   sync.Mutex
	conn *conn // nil while no connection can be written to
	err  error // why the session ended; nil while it goes on
	// opened holds a token when conn may have been set. Only the holder of lock waits for it. It is nil before the
	// first wait.
	opened chan struct{}
	over   bool          // the reader's goroutine has ended
	done   chan struct{} // closed when over is set; nil before the first call of Done

	clock     clock
	heldSince atomic.Int64 // when the reader began to wait for room, by the clock; zero while it reads
	heldUntil atomic.Int64 // when it last stopped waiting, by the clock
	// stalledSince is the value of heldSince when the reader last had to wait for longer than StallAfter.
	stalledSince atomic.Int64
	stall        *time.Timer // sets stalledSince; nil while the reader reads
}

// Dial connects, once. The caller must then call Start. A refused handshake is a *HandshakeError.
func Dial(ctx context.Context, cfg Config) (*Session, error) {
	cfg.setDefaults()
	c, err := handshake(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	s := &Session{
		cfg:   cfg,
		lock:  make(chan struct{}, 1),
		conn:  c,
		clock: newClock(),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if cfg.OnReconnect != nil {
		s.reports = queue.NewBuffer[error](pendingReports).NewQueue()
		s.reporter = queue.NewWorker(s.reports, s.reconnected)
	}
	return s, nil
}

// Start begins to read.
func (s *Session) Start() { go s.run(s.conn) }

func (cfg *Config) setDefaults() {
	setDefault(&cfg.ReadLimit, defaultReadLimit)
	setDefault(&cfg.PingInterval, defaultPingInterval)
	setDefault(&cfg.PongTimeout, defaultPongTimeout)
	setDefault(&cfg.MinBackoff, defaultMinBackoff)
	setDefault(&cfg.MaxBackoff, defaultMaxBackoff)
	setDefault(&cfg.Healthy, defaultHealthy)
	setDefault(&cfg.CloseTimeout, defaultCloseTimeout)
	setDefaultFunc(&cfg.OnMessage)
	setDefaultFunc(&cfg.OnLost)
	setDefaultFunc(&cfg.OnEnd)
	if cfg.Buffer == nil {
		cfg.Buffer = boundless{}
	}
	if cfg.Redact == nil {
		cfg.Redact = func(text string) string { return text }
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

// boundless is a Buffer that always has room.
type boundless struct{}

func (boundless) HasRoom() bool            { return true }
func (boundless) WaitRoom(context.Context) {}

// Done returns a channel that is closed when the session has ended and its reader has stopped.
func (s *Session) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		s.done = make(chan struct{})
		if s.over {
			close(s.done)
		}
	}
	return s.done
}

// finished records that the reader's goroutine has ended.
func (s *Session) finished() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	if s.done != nil {
		close(s.done)
	}
}

// Err returns why the session ended, or nil while it goes on. After Close it matches parley.ErrClosed.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Held returns how long the reader has been waiting for room. It is zero while the reader reads, or is about to read
// because there is room.
func (s *Session) Held() time.Duration {
	since := s.heldSince.Load()
	if since == 0 || s.cfg.Buffer.HasRoom() {
		return 0
	}
	return s.clock.since(since)
}

// Stalled reports whether the reader has been waiting for room for StallAfter. It reports false once there is room.
func (s *Session) Stalled() bool {
	since := s.stalledSince.Load()
	return since != 0 && since == s.heldSince.Load() && !s.cfg.Buffer.HasRoom()
}

// WhileOpen returns a context that ends with ctx or with the session. The caller must call the returned func.
func (s *Session) WhileOpen(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// Fail ends the session with err. It cuts the connection, and no other connection is made.
func (s *Session) Fail(err error) {
	s.end(err)
	if c, _ := s.current(); c != nil {
		c.end(err, 0)
	}
}

// Guard calls user code. If that panics, or ends its goroutine, the session ends with an error that says so and names
// the func. Every caller that waits then gets this error.
func (s *Session) Guard(name string, f func()) {
	returned := false
	defer func() {
		if r := recover(); r != nil {
			s.Fail(apierr.NewPanicError(name+" panicked", r))
		} else if !returned {
			s.Fail(fmt.Errorf("%s ended its goroutine", name))
		}
	}()
	f()
	returned = true
}

// end ends the session's context. It makes err the reason for the end, unless the session has already ended.
func (s *Session) end(err error) {
	s.mu.Lock()
	if s.err == nil {
		s.err = err
	}
	s.mu.Unlock()
	s.cancel()
}

// current returns the connection, or nil if there is no connection now. err is the reason if the session has ended.
func (s *Session) current() (*conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn, s.err
}

// next returns what current does, and a channel that gets a token when a connection may have been made.
func (s *Session) next() (c *conn, opened <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil && s.opened == nil {
		s.opened = make(chan struct{}, 1)
	}
	return s.conn, s.opened, s.err
}

// publish makes c the connection to write to. It reports false if the session has ended.
func (s *Session) publish(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return false
	}
	s.conn = c
	select {
	case s.opened <- struct{}{}:
	default: // it holds a token, or no Turn has waited yet
	}
	return true
}

// withdraw prevents further writes to c.
func (s *Session) withdraw(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == c {
		s.conn = nil
	}
}
