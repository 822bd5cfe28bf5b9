package conformance

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/seed-127a5941/parley/internal/testing/memnet"
)

// prefix begins the base path of every client, so that code which forgets the base path fails.
const prefix = "/prefix/v9/"

// server is one server for all trials. The base path of a trial ends in its number.
type server struct {
	url string
	// dial connects to the server. Nil means that it listens on a socket.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	// elsewhere is the address of another origin, to which no request may go.
	elsewhere string

	mu      sync.Mutex
	trials  map[string]*trial
	astray  []string
	serial  int
	visited int // requests that came to the other origin
}

func newServer(t *testing.T) *server {
	s := &server{trials: map[string]*trial{}}
	main := httptest.NewServer(s)
	other := httptest.NewServer(http.HandlerFunc(s.visit))
	t.Cleanup(main.Close)
	t.Cleanup(other.Close)
	s.url, s.elsewhere = main.URL, other.URL
	return s
}

// newServerInMemory returns a server on a network in memory. It has no other origin.
func newServerInMemory(t *testing.T) *server {
	const address = "127.0.0.1:80"
	network := memnet.New()
	listener, err := network.Listen(address)
	if err != nil {
		t.Fatalf("memory refuses to listen: %v", err)
	}
	s := &server{trials: map[string]*trial{}, url: "http://" + address, dial: network.DialContext}
	inMemory := &httptest.Server{Listener: listener, Config: &http.Server{Handler: s}}
	inMemory.Start()
	t.Cleanup(func() { s.verifyStrays(t) })
	t.Cleanup(inMemory.Close)
	return s
}

func (s *server) visit(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visited++
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) visits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.visited
}

// verifyStrays fails if a request went to no trial.
func (s *server) verifyStrays(t *testing.T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.astray) > 0 {
		t.Errorf("requests outside the base path: %v", s.astray)
	}
}

// open assigns a base path to t.
func (s *server) open(t *trial) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	t.number = strconv.Itoa(s.serial)
	s.trials[t.number] = t
}

func (s *server) close(t *trial) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.trials, t.number)
}

// ServeHTTP passes the request to its trial, without its base path.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, _ := strings.CutPrefix(r.URL.EscapedPath(), prefix)
	number, path, found := strings.Cut(rest, "/")
	s.mu.Lock()
	t := s.trials[number]
	if t == nil || !found {
		s.astray = append(s.astray, r.Method+" "+r.URL.EscapedPath())
	}
	s.mu.Unlock()
	if t == nil || !found {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	t.serve(w, r, "/"+path)
}

// request is one request as it arrived.
type request struct {
	method, path, query string // path is below the base path and has its escapes
	header              http.Header
	body                string
}

// exchange is one request that waits for its response.
type exchange struct {
	http.ResponseWriter
	*http.Request
	request
	trial *trial
	n     int // the number of the request in its trial, from 1
}

// answer writes a response.
func (x *exchange) answer(status int, contentType, body string) {
	if contentType != "" {
		x.ResponseWriter.Header().Set("Content-Type", contentType)
	} else {
		x.ResponseWriter.Header()["Content-Type"] = nil // otherwise net/http guesses one
	}
	x.WriteHeader(status)
	_, _ = io.WriteString(x.ResponseWriter, body)
}

// succeed responds as the vendor does.
func (x *exchange) succeed() {
	x.answer(http.StatusOK, x.trial.spec.contentType(), x.trial.spec.Reply)
}

// announce sends a body that is shorter than announced.
func (x *exchange) announce(status int, body string) {
	x.ResponseWriter.Header().Set("Content-Length", strconv.Itoa(len(body)+10))
	x.answer(status, x.trial.spec.contentType(), body)
	_ = http.NewResponseController(x.ResponseWriter).Flush()
	x.reset()
}

// reset cuts the connection so that the client sees RST.
func (x *exchange) reset() {
	conn, _, err := http.NewResponseController(x.ResponseWriter).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hang waits until the client has left.
func (x *exchange) hang() { <-x.Context().Done() }
