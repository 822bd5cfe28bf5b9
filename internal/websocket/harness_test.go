package websocket_test

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/internal/queue"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/internal/websocket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for an event. No test waits for it to pass.
const patience = 20 * time.Second

// server runs script for each connection. n counts them from 1. The connection is dropped when script returns.
type server struct {
	url   *url.URL
	conns atomic.Int64
}

func serve(t *testing.T, script func(ctx context.Context, p *fakeserver.Peer, n int64)) *server {
	t.Helper()
	return serveHTTP(t, func(w http.ResponseWriter, r *http.Request, n int64) {
		p, err := fakeserver.Accept(w, r)
		if err != nil {
			return
		}
		defer p.Drop()
		script(r.Context(), p, n)
	})
}

func serveHTTP(t *testing.T, handle func(http.ResponseWriter, *http.Request, int64)) *server {
	t.Helper()
	s := &server{}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		handle(w, r.WithContext(ctx), s.conns.Add(1))
	}))
	t.Cleanup(func() { stop(); h.Close(); running.Wait() })
	s.url, _ = url.Parse(h.URL)
	return s
}

// echo sends every message back until the connection ends.
func echo(ctx context.Context, p *fakeserver.Peer, _ int64) {
	for {
		message, err := p.Read(ctx)
		if err != nil || p.Write(ctx, message) != nil {
			return
		}
	}
}

// listen reads, and so answers pings and close frames, until the connection ends.
func listen(ctx context.Context, p *fakeserver.Peer, _ int64) {
	for {
		if _, err := p.Read(ctx); err != nil {
			return
		}
	}
}

// open dials and starts a session.
func open(ctx context.Context, cfg websocket.Config) (*websocket.Session, error) {
	s, err := websocket.Dial(ctx, cfg)
	if err == nil {
		s.Start()
	}
	return s, err
}

func dial(t *testing.T, s *server, cfg websocket.Config) *websocket.Session {
	t.Helper()
	cfg.URL = s.url
	c, err := open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func text(s string) []byte { return []byte(s) }

// send writes one message as the SDK does.
func send(ctx context.Context, s *websocket.Session, message []byte) error {
	turn, err := s.Acquire(ctx)
	if err != nil {
		return err
	}
	for {
		if err := turn.Connect(ctx); err != nil {
			turn.Release()
			return err
		}
		if !turn.Begin() {
			continue
		}
		if err := turn.Write(ctx, message); !errors.Is(err, websocket.ErrNotWritten) {
			return err
		}
	}
}

// inbox collects messages in a queue of the size that the SDK uses.
func inbox(cfg *websocket.Config) *queue.Queue[string] {
	b := queue.NewBuffer[string](256)
	q := b.NewQueue()
	cfg.Buffer, cfg.OnEnd = b, q.End
	cfg.OnMessage = func(m []byte) { q.Push(string(m)) }
	return q
}

func pop(t *testing.T, q *queue.Queue[string]) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := q.Pop(ctx)
	require.NoError(t, err)
	return s
}

func get[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
	}
	panic("unreachable")
}

// serverURL is the URL of a server on pipes.
var serverURL = url.URL{Scheme: "ws", Host: "aisera.invalid", Path: "/ws"}

// pipes is a network of net.Pipe for tests in a synctest bubble.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
	dials  atomic.Int64
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accept:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	p.dials.Add(1)
	client, server := net.Pipe()
	select {
	case p.accept <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// switching is the response that completes a handshake.
func switching(r *http.Request) string {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
}

// raw completes the handshake and passes the bytes to script. It closes the connection when script returns.
func raw(script func(net.Conn, *bufio.Reader)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, switching(r))
		script(conn, rw.Reader)
	}
}

// bubble runs f in a synctest bubble with a server on pipes. cfg is a configuration for that server.
func bubble(t *testing.T, h http.Handler, f func(t *testing.T, cfg websocket.Config, network *pipes)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{accept: make(chan net.Conn), closed: make(chan struct{})}
		srv := &http.Server{Handler: h}
		go func() { _ = srv.Serve(network) }()
		transport := &http.Transport{DialContext: network.dial, DisableKeepAlives: true}
		f(t, websocket.Config{
			URL:        new(serverURL),
			HTTPClient: &http.Client{Transport: transport},
		}, network)
		close(network.closed)
		_ = srv.Close()
		time.Sleep(time.Hour) // for goroutines of the server that sleep
	})
}

// patient writes messages one after another, however long that takes, and then answers each ping. The library itself,
// as a server, would give up a connection on which a pong waits for 5 s.
func patient(messages int) http.HandlerFunc {
	return raw(func(conn net.Conn, r *bufio.Reader) {
		out := make(chan []byte, messages+1000)
		for range messages {
			out <- []byte{0x81, 1, 'x'}
		}
		go func() {
			for frame := range out {
				if _, err := conn.Write(frame); err != nil {
					return
				}
			}
		}()
		defer close(out)
		for {
			header, payload, err := readFrame(r)
			switch {
			case err != nil:
				return
			case header == 0x89:
				out <- append([]byte{0x8a, byte(len(payload))}, payload...)
			}
		}
	})
}

// readFrame reads a client's frame with a payload below 126 bytes.
func readFrame(r *bufio.Reader) (header byte, payload []byte, err error) {
	head := make([]byte, 6)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	payload = make([]byte, head[1]&0x7f)
	_, err = io.ReadFull(r, payload)
	for i := range payload {
		payload[i] ^= head[2+i%4]
	}
	return head[0], payload, err
}

func accepting(script func(ctx context.Context, p *fakeserver.Peer)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := fakeserver.Accept(w, r)
		if err != nil {
			return
		}
		defer p.Drop()
		script(context.Background(), p)
	}
}
