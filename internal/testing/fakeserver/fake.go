// Package fakeserver answers: what do the four fake servers share?
//
// A Server listens on loopback, records every request, applies the failures that a test queued and hands the rest to the
// vendor's handler. The handler finds the whole body in the request, although it was recorded before.
package fakeserver

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Request is one request as it arrived.
type Request struct {
	Method string
	Path   string // as it was on the wire, escapes included
	Query  url.Values
	Header http.Header
	Body   []byte // what arrived of it
}

// Server is a fake server on loopback. It is safe for concurrent use.
type Server struct {
	handler http.Handler
	server  *http.Server
	url     string
	stop    context.CancelFunc
	running sync.WaitGroup // Serve and the handlers

	failures Failures

	mu       sync.Mutex
	closed   bool
	requests []Request
}

// New starts a server that gives h what no Failure takes. It panics when it cannot listen on loopback, as httptest does.
// The context of each request ends with the server too, so a handler that waits or holds a connection watches it.
func New(h http.Handler) *Server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("parley: fake server cannot listen on loopback: " + err.Error())
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{handler: h, url: "http://" + listener.Addr().String(), stop: stop}
	s.server = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	s.running.Go(func() { _ = s.server.Serve(listener) })
	return s
}

// URL returns the server's address, "http://127.0.0.1:port".
func (s *Server) URL() string { return s.url }

// Requests returns what arrived so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Fail makes the next n calls end as f says. Calls of Fail add up: what was queued first is used first.
func (s *Server) Fail(n int, f Failure) { s.failures.Add(n, f) }

// Close ends the server and its connections, and waits for the handlers. It may be called more than once.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	_ = s.server.Close() // before stop: a handler that returns at its end must not still be able to answer
	s.stop()
	s.running.Wait()
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		return
	}
	defer s.running.Done()
	body, err := io.ReadAll(r.Body)
	s.record(r, body)
	if err != nil {
		return // the client left half-way
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !s.failures.Serve(w, r) {
		s.handler.ServeHTTP(w, r)
	}
}

// enter counts a handler in, unless Close began: its Wait must not race with an Add.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

func (s *Server) record(r *http.Request, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(), Header: r.Header.Clone(), Body: body,
	})
}

// JSON answers with v encoded as JSON.
func JSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
