package memnet

import (
	"net"
	"sync"
)

// Listener accepts the connections to one address of a Network. It is safe for concurrent use.
type Listener struct {
	network *Network
	address string
	queue   chan *Conn
	once    sync.Once
	closed  chan struct{}
}

// Accept waits for a connection. After Close it returns an error that matches net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
	default:
		select {
		case conn := <-l.queue:
			return conn, nil
		case <-l.closed:
		}
	}
	return nil, opError("accept", l.address, net.ErrClosed)
}

// Close frees the address, so that dials are refused and another listener can take it. Connections that wait for Accept
// are reset, and accepted ones stay.
func (l *Listener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.network.mu.Lock()
		if l.network.listeners[l.address] == l {
			delete(l.network.listeners, l.address)
		}
		l.network.mu.Unlock()
		for {
			select {
			case conn := <-l.queue:
				conn.Break(Reset)
			default:
				return
			}
		}
	})
	return nil
}

// Addr returns the address that was given to Listen.
func (l *Listener) Addr() net.Addr { return addr(l.address) }
