package siteassisttest

import "net"

// NewServer starts a server on a free port of loopback, which the caller closes. It panics when it cannot listen there,
// as httptest does.
func NewServer() *Server {
	s := newServer()
	s.fake.Start()
	return s
}

// NewServerAt starts a server at a TCP address such as "127.0.0.1:8080", which the caller closes.
func NewServerAt(addr string) (*Server, error) {
	s := newServer()
	if err := s.fake.StartAt(addr); err != nil {
		return nil, err
	}
	return s, nil
}

// NewServerOn starts a server on a listener, which Close closes too. The listener may be one in memory, so that a test
// runs in simulated time. Config then says 127.0.0.1, and its HTTPClient needs a transport that dials the listener.
func NewServerOn(l net.Listener) *Server {
	s := newServer()
	s.fake.StartOn(l)
	return s
}
