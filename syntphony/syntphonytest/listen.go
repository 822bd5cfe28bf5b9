package syntphonytest

import "net"

// NewServer starts a server on a free port of loopback. The caller closes it. NewServer panics if it cannot listen, as
// httptest does.
func NewServer() *Server {
	s := newServer()
	s.server.Start()
	return s
}

// NewServerAt starts a server at a TCP address such as "127.0.0.1:8080". The caller closes it.
func NewServerAt(addr string) (*Server, error) {
	s := newServer()
	if err := s.server.StartAt(addr); err != nil {
		return nil, err
	}
	return s, nil
}

// NewServerOn starts a server on a listener, which Close closes too. With a listener in memory a test can run in
// simulated time. Config then names 127.0.0.1, and its HTTPClient needs a transport that dials the listener.
func NewServerOn(l net.Listener) *Server {
	s := newServer()
	s.server.StartOn(l)
	return s
}
