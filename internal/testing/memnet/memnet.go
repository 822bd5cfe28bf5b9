// Package memnet is a network in memory: hosts that listen, connections with latency and bandwidth, and faults at any
// byte.
//
// A Network behaves as TCP does as far as a client or a server can see. A write returns before the other end reads, a
// dial is refused where no host listens, and the data of a connection that breaks arrives up to the break. It reads the
// clock of package time and starts no goroutine, so inside testing/synctest its latencies and silences cost no real
// time. Everything that a Network does follows from its Plan and from the calls of its methods, and never from chance.
package memnet

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// backlog is how many connections wait for Accept before further ones are refused.
const backlog = 4096

// Network connects dialers to listeners. It is safe for concurrent use.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*Listener // by address
	conns     map[*Conn]string     // the dialers' ends of the open connections, with the address that they dialed
	dials     int
	plan      func(Dial) Path
}

// New returns a network without hosts, whose connections have no latency and no faults.
func New() *Network {
	return &Network{listeners: map[string]*Listener{}, conns: map[*Conn]string{}}
}

// Dial describes a dial to the func of Plan.
type Dial struct {
	Number  int    // counts the dials of the network from 1
	Address string // the host and port that is dialed
}

// Path describes a dial and the connection that it makes. The zero Path is a perfect one.
type Path struct {
	// Fail says how the dial ends. Where it fails, only Latency plays a further part.
	Fail DialFailure
	// Latency is how long a byte takes in one direction. A dial takes twice as long.
	Latency time.Duration
	// Bandwidth is the number of bytes per second in one direction. Zero means that there is no limit.
	Bandwidth int
	// Buffer is how many bytes a direction holds that were written and not read. A write then waits for the reader.
	// Zero means that there is no limit. HTTP/2 of net/http writes under a mutex, and simulated time stands still while
	// a goroutine waits for a mutex. So it works with a limit only if the reader needs no time.
	Buffer int
	// KeepAlive is how long a silent connection lasts. Then both ends get an error which matches syscall.ETIMEDOUT, as
	// from the keepalive of TCP. Zero means for ever.
	KeepAlive time.Duration
	// Up ends the connection after a number of bytes to the server, and Down after a number of bytes from it.
	Up, Down Cut
	// UpStall and DownStall hold the data of one direction back once. The zero Stall never does.
	UpStall, DownStall Stall
}

// Stall holds data back: from the write that passes After bytes, it arrives later by For, and whole. If the
// writer closes the connection meanwhile, the data still arrives, and the end behind it.
type Stall struct {
	After int
	For   time.Duration
}

// Cut ends a connection after a number of bytes in one direction. The zero Cut never does.
type Cut struct {
	After int // the bytes that still arrive
	How   Ending
}

// DialFailure is how a dial fails.
type DialFailure int

const (
	// DialSucceeds means that the dial fails only if no host listens.
	DialSucceeds DialFailure = iota
	// DialRefused means that the host refuses the connection, as if no program listened.
	DialRefused
	// NameNotFound means that there is no such host.
	NameNotFound
	// NameUnavailable means that the name server fails for the moment.
	NameUnavailable
	// DialUnanswered means that no response comes. The dial ends with its context.
	DialUnanswered
)

// Plan sets the paths of the dials from now on. f is called for one dial after the other, and must not call methods
// of the network. A nil f means the zero Path.
func (n *Network) Plan(f func(Dial) Path) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.plan = f
}

// Listen makes address, such as "api.example:80", one that can be dialed. It fails while another listener has it.
func (n *Network) Listen(address string) (*Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[address] != nil {
		return nil, opError("listen", address, os.NewSyscallError("bind", syscall.EADDRINUSE))
	}
	l := &Listener{network: n, address: address, queue: make(chan *Conn, backlog), closed: make(chan struct{})}
	n.listeners[address] = l
	return l, nil
}

// DialContext connects to a host of the network. It fits http.Transport. The errors are those of package net.
func (n *Network) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	path, number := n.next(address)
	if path.Fail == DialUnanswered {
		<-ctx.Done()
		return nil, opError("dial", address, ctx.Err())
	}
	if err := sleep(ctx, 2*path.Latency); err != nil {
		return nil, opError("dial", address, err)
	}
	host, _, _ := net.SplitHostPort(address)
	switch path.Fail {
	case NameNotFound:
		return nil, opError("dial", address, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true})
	case NameUnavailable:
		return nil, opError("dial", address, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true})
	case DialRefused:
		return nil, refused(address)
	}
	return n.connect(address, number, path)
}

func (n *Network) next(address string) (path Path, number int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials++
	if n.plan != nil {
		path = n.plan(Dial{Number: n.dials, Address: address})
	}
	return path, n.dials
}

// connect hands one end of a new connection to the listener and returns the other.
func (n *Network) connect(address string, number int, path Path) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.listeners[address]
	if l == nil {
		return nil, refused(address)
	}
	client, server := newConns(n, address, number, path)
	select {
	case l.queue <- server:
		n.conns[client] = address
		return client, nil
	default:
		return nil, refused(address)
	}
}

// Dials returns how many dials there were, failed ones included.
func (n *Network) Dials() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials
}

// Open returns how many connections are open at the end that dialed them.
func (n *Network) Open() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.conns)
}

// Break ends the open connections to address, all of the network's if it is "", and returns how many these are.
func (n *Network) Break(address string, how Ending) int {
	n.mu.Lock()
	var chosen []*Conn
	for conn, dialed := range n.conns {
		if address == "" || address == dialed {
			chosen = append(chosen, conn)
		}
	}
	n.mu.Unlock()
	for _, conn := range chosen {
		conn.Break(how)
	}
	return len(chosen)
}

// Mend lets the bytes that are written from now on to the open connections take latency in one direction, where they
// would take longer.
func (n *Network) Mend(latency time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for conn := range n.conns {
		conn.link.mend(latency)
	}
}

func (n *Network) forget(conn *Conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, conn)
}

func refused(address string) error {
	return opError("dial", address, os.NewSyscallError("connect", syscall.ECONNREFUSED))
}

func opError(op, address string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Addr: addr(address), Err: err}
}

// addr is a host and port.
type addr string

func (addr) Network() string  { return "tcp" }
func (a addr) String() string { return string(a) }

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
