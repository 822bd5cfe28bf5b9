// Package fakeserver is the common part of the four fake servers.
//
// A Server listens, records every request, applies the failures that a test queued and passes all other requests to the
// vendor's handler. The handler finds the whole body in the request, although it was recorded before. The handler
// reports its actions to the server, so that a test can count the messages that really arrived.
package fakeserver

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Request is one request as it arrived.
type Request struct {
	Method string
	Path   string // Path is in the form it had on the wire, escapes included.
	Query  url.Values
	Header http.Header
	Body   []byte // Body holds the bytes that arrived, even of a request that was cut.
}

// Server is a fake server. It is safe for concurrent use.
type Server struct {
	handler http.Handler
	server  *http.Server
	url     string
	life    context.Context // ends with the server
	stop    context.CancelFunc
	running sync.WaitGroup // Serve and the handlers

	failures failures

	mu       sync.Mutex
	closed   bool
	requests []Request
	ledger   []Action
}

// New starts a server on loopback that passes to h each request to which no Failure applies. It panics if it cannot
// listen, as httptest does. The context of each request ends with the server too, so a handler that waits or holds a
// connection has to watch it.
func New(h http.Handler) *Server {
	s := Unstarted(h)
	s.Start()
	return s
}

// Unstarted returns a server that does not listen yet. It is for handlers that use the server itself, which they need
// before the first request arrives.
func Unstarted(h http.Handler) *Server {
	life, stop := context.WithCancel(context.Background())
	s := &Server{handler: h, life: life, stop: stop}
	s.server = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return life },
	}
	return s
}

// Start listens on a free port of loopback. It panics if it cannot, as httptest does.
func (s *Server) Start() {
	if err := s.StartAt("127.0.0.1:0"); err != nil {
		panic("parley: fake server cannot listen on loopback: " + err.Error())
	}
}

// StartAt listens on a TCP address such as "127.0.0.1:8080".
func (s *Server) StartAt(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err == nil {
		s.StartOn(listener)
	}
	return err
}

// StartOn serves a listener. Close closes the listener too. A listener in memory needs no network.
func (s *Server) StartOn(listener net.Listener) {
	s.url = "http://" + reachable(listener.Addr())
	s.running.Go(func() { _ = s.server.Serve(listener) })
}

// reachable returns the host and port at which clients of this machine reach addr. For a listener on all interfaces, or
// one that is not on a network, it returns loopback.
func reachable(addr net.Addr) string {
	bound, err := netip.ParseAddrPort(addr.String())
	switch {
	case err != nil:
		return "127.0.0.1"
	case bound.Addr().IsUnspecified():
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), bound.Port()).String()
	}
	return bound.String()
}

// URL returns the server's address, such as "http://127.0.0.1:8080". If the listener's address has no IP and port, it
// is "http://127.0.0.1", and the client's transport decides where that leads.
func (s *Server) URL() string { return s.url }

// Requests returns the requests that arrived so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Fail makes the next n calls end as f says. Calls of Fail add up, and the failure that was queued first is used first.
func (s *Server) Fail(n int, f Failure) { s.FailMatching(n, nil, f) }

// FailNext makes the next call that matches end as f says. match is called for each request until it returns true. It
// must not queue failures itself. A nil match accepts every request.
func (s *Server) FailNext(match func(Request) bool, f Failure) { s.FailMatching(1, match, f) }

// FailMatching makes the next n calls that match end as f says. It is FailNext for more than one call.
func (s *Server) FailMatching(n int, match func(Request) bool, f Failure) {
	s.failures.add(n, match, f)
}

// Take removes and returns the next failure for a request that reached the server in another way than by HTTP, such as
// in a WebSocket frame. It takes only failures whose match accepts r.
func (s *Server) Take(r Request) (Failure, bool) { return s.failures.take(r) }

// Go runs f beside the handlers. The context of f ends with the server, whose Close waits for f.
func (s *Server) Go(f func(context.Context)) {
	if s.enter() {
		go func() {
			defer s.running.Done()
			f(s.life)
		}()
	}
}

// Close ends the server and its connections, and waits for the handlers. It may be called more than once.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	// Before stop, because a handler that returns when stop is called must not be able to respond any more.
	_ = s.server.Close()
	s.stop()
	s.running.Wait()
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		return
	}
	defer s.running.Done()
	body, err := io.ReadAll(r.Body)
	request := Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(), Header: r.Header.Clone(), Body: body,
	}
	s.record(request)
	if err != nil {
		return // The client left in the middle of the request.
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if f, failed := s.failures.take(request); failed {
		s.fail(w, r, f)
		return
	}
	s.handler.ServeHTTP(w, r)
}

// enter counts a handler, unless Close has begun, because the Wait of Close must not race with an Add.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

func (s *Server) record(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
}

// JSON responds with v encoded as JSON.
func JSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
