package fakeserver

import (
	"context"
	"net"
	"sync"
)

// Memory is a listener in memory, for tests in simulated time. Its connections are net.Pipe's. It is safe for
// concurrent use.
type Memory struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

// NewMemory returns a listener that can be reached only by its DialContext.
func NewMemory() *Memory { return &Memory{conns: make(chan net.Conn), done: make(chan struct{})} }

// Accept waits for a connection. After Close it returns net.ErrClosed.
func (m *Memory) Accept() (net.Conn, error) {
	select {
	case conn := <-m.conns:
		return conn, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listener. Connections that were accepted stay open.
func (m *Memory) Close() error {
	m.once.Do(func() { close(m.done) })
	return nil
}

// Addr returns an address that does not exist in any network.
func (m *Memory) Addr() net.Addr { return memoryAddr{} }

// DialContext connects to the listener, whatever the address. It can be used as http.Transport.DialContext.
func (m *Memory) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case m.conns <- server:
		return client, nil
	case <-m.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }
