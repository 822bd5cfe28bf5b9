package siteassist

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/callopts"
	"github.com/seed-127a5941/parley/internal/queue"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
	"github.com/seed-127a5941/parley/internal/urlpath"
	"github.com/seed-127a5941/parley/internal/websocket"
)

// The heartbeat is that of the vendor's widget: a text frame "ping", which the server answers with "pong".
const (
	heartbeat        = 30 * time.Second
	heartbeatLimit   = 60 * time.Second // a connection without any frame for this long is given up
	defaultHandshake = 60 * time.Second // applies if Config.Timeout is zero
	maxEventFrames   = 256              // may wait for the caller; with more, the reader waits
)

// conversationEvents is the operation in errors. The transport makes no call of it.
var conversationEvents = transport.Operation{
	Name: "conversation events", Method: "GET", Path: "/conversations/{conversationId}/ws",
}

var errNoHeartbeat = fmt.Errorf("no frame came for %s", heartbeatLimit)

// eventsURL returns the address of the WebSocket of a conversation, with the publishable key in its query.
func (c *core) eventsURL(id string) (*url.URL, error) {
	if c.key == "" {
		return nil, apierr.Invalid("PublishableKey", "is not set in Config, and the events of a conversation need it")
	}
	path, rawPath, err := urlpath.Expand(conversationEvents.Path, id)
	if err != nil {
		return nil, err
	}
	target := c.api.URL(path, rawPath)
	target.RawQuery = url.Values{publishableKey: {c.key}}.Encode()
	return &target, nil
}

// eventSocket is one connection over which events come.
type eventSocket struct {
	session *websocket.Session
	frames  *queue.Queue[[]byte]
	born    time.Time
	latest  atomic.Int64    // when the server last showed life, as the nanoseconds since born
	ctx     context.Context // of the heartbeats; ends when the caller leaves
	stop    context.CancelFunc
	beating sync.WaitGroup // the goroutine of the heartbeat that is due

	mu   sync.Mutex
	beat *time.Timer // begins the next heartbeat; there is no goroutine until then
}

// dialEvents connects, once.
func dialEvents(ctx context.Context, c *core, target *url.URL) (*eventSocket, error) {
	buffer := queue.NewBuffer[[]byte](maxEventFrames)
	e := &eventSocket{frames: buffer.NewQueue(), born: time.Now()}
	options := callopts.From(ctx) // valid, because the list was read with the same options before
	session, err := websocket.Dial(ctx, websocket.Config{
		URL: target, Header: c.eventsHeader(options), HTTPClient: c.httpClient,
		HandshakeTimeout: c.handshakeTimeout(options), ReadLimit: c.streaming.maxEvent, PingInterval: -1,
		NoReconnect: true, Buffer: buffer, OnMessage: e.received, OnEnd: e.frames.End,
		Redact: func(text string) string { return redact.Secret(text, c.key) }, Logger: c.logger, Name: "siteassist",
	})
	if err != nil {
		return nil, c.handshakeError(err)
	}
	e.session = session
	session.Start()
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.mu.Lock()
	defer e.mu.Unlock()
	e.beat = time.AfterFunc(heartbeat, e.keepAlive)
	return e, nil
}

func (e *eventSocket) received(frame []byte) {
	e.touch()
	e.frames.Push(frame)
}

// touch records that a frame came or that the reader waits for the caller.
func (e *eventSocket) touch() { e.latest.Store(int64(time.Since(e.born))) }

// silence returns the time since the last touch, by the monotonic clock. A system clock that is set forward does not
// make the server seem silent.
func (e *eventSocket) silence() time.Duration {
	return time.Since(e.born) - time.Duration(e.latest.Load())
}

// next returns the next frame. After the connection was lost it returns the remaining frames and then the reason.
func (e *eventSocket) next(ctx context.Context) ([]byte, error) { return e.frames.Pop(ctx) }

// close ends the connection and waits for its goroutines.
func (e *eventSocket) close() {
	e.mu.Lock()
	e.stop()
	e.beat.Stop()
	e.mu.Unlock()
	e.session.Close()
	e.beating.Wait()
}

// keepAlive sends the heartbeat that is due. It gives the connection up if no frame comes.
func (e *eventSocket) keepAlive() {
	if !e.beginHeartbeat() {
		return
	}
	defer e.beating.Done()
	if e.session.Held() > 0 { // the reader waits for the caller, and cannot see new frames
		e.touch()
	}
	if e.silence() > heartbeatLimit {
		e.session.Fail(errNoHeartbeat)
		return
	}
	begun := time.Now()
	e.ping(e.ctx)
	e.schedule(heartbeat - time.Since(begun))
}

// beginHeartbeat makes close wait for a heartbeat. It reports false if the connection has ended.
func (e *eventSocket) beginHeartbeat() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	ended := e.ctx.Err() != nil || e.session.Err() != nil
	if !ended {
		e.beating.Add(1)
	}
	return !ended
}

// schedule makes the next heartbeat due after wait, unless the caller has left.
func (e *eventSocket) schedule(wait time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx.Err() == nil {
		e.beat.Reset(wait)
	}
}

// ping sends one heartbeat. It ignores errors, because a connection that cannot be written to ends by itself.
func (e *eventSocket) ping(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	turn, err := e.session.Acquire(ctx)
	if err != nil {
		return
	}
	if turn.Connect(ctx) != nil || !turn.Begin() {
		turn.Release()
		return
	}
	if errors.Is(turn.Write(ctx, []byte("ping")), websocket.ErrNotWritten) {
		turn.Release()
	}
}

// eventsHeader returns the header of the handshake. In a browser it returns nil, because a browser sends only its own.
func (c *core) eventsHeader(options *callopts.Options) http.Header {
	if !websocket.SendsHeaders {
		return nil
	}
	header := http.Header{"User-Agent": {transport.UserAgent(c.userAgent)}}
	if options != nil {
		for _, line := range options.Headers {
			header.Add(line.Name, line.Value)
		}
	}
	return header
}

// handshakeTimeout returns the timeout of a handshake in the form of internal/websocket, where zero disables the
// timeout.
func (c *core) handshakeTimeout(options *callopts.Options) time.Duration {
	switch {
	case options != nil && options.AttemptTimeout != nil:
		return max(*options.AttemptTimeout, 0)
	case c.timeout == 0:
		return defaultHandshake
	case c.timeout < 0:
		return 0
	}
	return c.timeout
}

// handshakeError makes the package's Error of a refused handshake.
func (c *core) handshakeError(err error) error {
	refused, ok := errors.AsType[*websocket.HandshakeError](err)
	if !ok {
		return err
	}
	return newError(&apierr.ErrorResponse{
		Operation: "siteassist: " + conversationEvents.Name, Method: conversationEvents.Method,
		Path: conversationEvents.Path, StatusCode: refused.StatusCode, Header: refused.Header, Body: refused.Body,
		RetryAfter: refused.RetryAfter, Attempts: 1,
		Redact: func(text string) string { return redact.Secret(text, c.key) },
	})
}
