package bench

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
)

// Answer is the response of a Site.
type Answer struct {
	Status int // zero means 200
	Type   string
	Body   []byte
	Header http.Header // further headers beside the content type
}

// Site makes the response to a request whose body was already read and had size bytes.
type Site func(r *http.Request, size int64) Answer

// Target is the target of a subject's calls.
type Target struct {
	URL    string       // of the site, without a slash at its end
	Client *http.Client // of the subject; a WebSocket target has none
	Seen   *Seen
	close  func()
	// command carries out a line that the measuring process sends to a target in a process of its own. It may be nil.
	command func(line string)
}

// Close releases the resources of the target.
func (p *Target) Close() { p.close() }

// Seen counts the requests, connections and writes that arrive at a target.
type Seen struct {
	Requests, Connections, Writes atomic.Int64
	// Keep is called with each request and its body. It may be nil.
	Keep func(r *http.Request, body []byte)
	// Half is called when half of a request body has arrived, and Nth with the number of each request. Both may be nil.
	Half func()
	Nth  func(n int64)
}

// Memory returns a target without a network: a RoundTripper that reads the body as net/http does.
func Memory(site Site) *Target {
	seen := new(Seen)
	return &Target{
		URL: "http://127.0.0.1:9", Client: &http.Client{Transport: &memory{site, seen}}, Seen: seen, close: func() {},
	}
}

type memory struct {
	site Site
	seen *Seen
}

func (m *memory) RoundTrip(r *http.Request) (*http.Response, error) {
	size, err := m.seen.read(r)
	if err != nil {
		return nil, err
	}
	answer := m.site(r, size)
	header := make(http.Header, 4)
	answer.fill(header)
	return &http.Response{
		Status: "200 OK", StatusCode: max(answer.Status, 200), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(answer.Body)), ContentLength: int64(len(answer.Body)),
		Request: r,
	}, nil
}

func (a *Answer) fill(header http.Header) {
	for name, values := range a.Header {
		header[name] = values
	}
	header["Content-Type"] = []string{a.Type}
	header["Content-Length"] = []string{strconv.Itoa(len(a.Body))}
}

// chunks are buffers of the size with which net/http copies a body.
var chunks = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// read reads the whole body.
func (s *Seen) read(r *http.Request) (size int64, err error) {
	if n := s.Requests.Add(1); s.Nth != nil {
		s.Nth(n)
	}
	if r.Body == nil {
		return 0, nil
	}
	defer r.Body.Close()
	chunk := chunks.Get().(*[32 << 10]byte)
	defer chunks.Put(chunk)
	var kept []byte
	for half := s.Half; ; {
		n, err := r.Body.Read(chunk[:])
		size += int64(n)
		if s.Keep != nil {
			kept = append(kept, chunk[:n]...)
		}
		if half != nil && size > fileSize/2 {
			half()
			half = nil
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return size, err
		}
	}
	if s.Keep != nil {
		s.Keep(r, kept)
	}
	return size, nil
}

// Loopback returns a target behind a real socket.
func Loopback(site Site) *Target {
	return serve(func(seen *Seen) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			size, err := seen.read(r)
			if err != nil {
				return
			}
			answer := site(r, size)
			answer.fill(w.Header())
			w.WriteHeader(max(answer.Status, 200))
			_, _ = w.Write(answer.Body)
		})
	})
}

// serve returns a target that is served by a handler.
func serve(handler func(*Seen) http.Handler) *Target {
	p := &Target{Seen: new(Seen)}
	server := httptest.NewUnstartedServer(handler(p.Seen))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			p.Seen.Connections.Add(1)
		}
	}
	server.Start()
	p.URL = server.URL
	disconnect := p.connect()
	p.close = func() { disconnect(); server.Close() }
	return p
}

// idlePerHost is the number of connections that a program by hand keeps for a server. parley keeps as many.
const idlePerHost = 512

// connect gives the target a client that counts writes. disconnect closes its idle connections.
func (p *Target) connect() (disconnect func()) {
	pool := &http.Transport{DialContext: p.dial, MaxIdleConnsPerHost: idlePerHost}
	p.Client = &http.Client{Transport: pool}
	return pool.CloseIdleConnections
}

func (p *Target) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &countingConn{conn, &p.Seen.Writes}, nil
}

type countingConn struct {
	net.Conn
	writes *atomic.Int64
}

func (c *countingConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}
