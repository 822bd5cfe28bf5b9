package simulation

import (
	"context"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/memnet"
)

// The addresses of the vendor. Behind a proxy, the fake has the inner one.
const (
	outer = "127.0.0.1:80"
	inner = "127.0.0.1:8080"
)

// keepAlive is how long a silent connection lasts, as with the listeners and dialers of package net.
const keepAlive = 150 * time.Second

// usualLatency bounds the latency of a connection without a fault.
const usualLatency = 150 * time.Millisecond

// weather draws the path of each connection.
type weather struct {
	seed     uint64
	stalls   int          // how many of a hundred connections hold back a request
	severity atomic.Int32 // how many of a hundred connections have a fault
	over     *atomic.Bool // the faults have ended
}

// path draws the path of a dial. It depends on the seed and on the number of the dial.
func (w *weather) path(d memnet.Dial) memnet.Path {
	if d.Address == inner {
		return memnet.Path{}
	}
	r := rand.New(rand.NewPCG(w.seed, uint64(d.Number)))
	p := memnet.Path{Latency: time.Duration(r.Int64N(int64(usualLatency))), KeepAlive: keepAlive}
	if r.IntN(4) == 0 {
		p.Bandwidth = 8 << (10 + r.IntN(8))
	}
	if w.stalls > 0 && !w.over.Load() && r.IntN(100) < w.stalls {
		p.UpStall = memnet.Stall{After: r.IntN(300), For: attemptTimeout + time.Duration(r.IntN(15))*time.Second}
		return p
	}
	if r.IntN(100) >= int(w.severity.Load()) {
		return p
	}
	switch n := r.IntN(20); n {
	case 16, 17, 18: // what was written arrives long after its writer has given up
		p.UpStall = stall(r, 25*time.Second)
	case 19:
		p.DownStall = stall(r, time.Minute)
	case 14, 15: // a request may arrive when its caller has long left
		p.Latency = time.Duration(2000+r.IntN(10_000)) * time.Millisecond
	case 0:
		p.Fail = memnet.DialRefused
	case 1:
		p.Fail = memnet.NameUnavailable
	case 2:
		p.Fail = memnet.NameNotFound
	case 3:
		p.Fail = memnet.DialUnanswered
	default:
		cut := memnet.Cut{After: r.IntN(400 << r.IntN(6)), How: endingOf(r)}
		if n%2 == 0 {
			p.Up = cut
		} else {
			p.Down = cut
		}
	}
	return p
}

// stall draws one that is shorter than limit.
func stall(r *rand.Rand, limit time.Duration) memnet.Stall {
	return memnet.Stall{After: r.IntN(400 << r.IntN(6)), For: time.Duration(1 + r.Int64N(int64(limit)))}
}

func endingOf(r *rand.Rand) memnet.Ending {
	return []memnet.Ending{memnet.Close, memnet.Reset, memnet.Silence}[r.IntN(3)]
}

// entrance is where the vendor is reached. It can be shut and opened again, as a server that restarts.
type entrance interface {
	// listener is the one that the fake serves.
	listener() net.Listener
	open()
	shut(r *rand.Rand)
	close()
}

// door hands the connections of a listener that comes and goes to a fake, which listens all the time.
type door struct {
	net   *memnet.Network
	skew  time.Duration // of the vendor's clock
	conns chan net.Conn
	done  chan struct{}

	outside   net.Listener
	accepting sync.WaitGroup
}

func newDoor(n *memnet.Network, skew time.Duration) *door {
	return &door{net: n, skew: skew, conns: make(chan net.Conn), done: make(chan struct{})}
}

func (d *door) listener() net.Listener { return d }

func (d *door) open() {
	l, err := d.net.Listen(outer)
	if err != nil {
		return // it is open
	}
	d.outside = skewedListener{l, d.skew}
	d.accepting.Go(func() {
		for {
			conn, err := d.outside.Accept()
			if err != nil {
				return
			}
			select {
			case d.conns <- conn:
			case <-d.done:
				_ = conn.Close()
			}
		}
	})
}

func (d *door) shut(r *rand.Rand) {
	_ = d.outside.Close()
	d.accepting.Wait()
	d.net.Break(outer, endingOf(r))
}

func (d *door) close() { _ = d.outside.Close() }

// Accept returns the next connection.
func (d *door) Accept() (net.Conn, error) {
	select {
	case conn := <-d.conns:
		return conn, nil
	case <-d.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept. The fake calls it.
func (d *door) Close() error {
	close(d.done)
	return nil
}

// Addr returns the address of the vendor.
func (d *door) Addr() net.Addr { return address(outer) }

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// proxy is an HTTP/2 server before the fake. Where it restarts, it says GOAWAY.
type proxy struct {
	net    *memnet.Network
	pool   *http.Transport // to the fake
	behind net.Listener
	server *http.Server
	served chan struct{}
}

func newProxy(n *memnet.Network, skew time.Duration) (*proxy, error) {
	behind, err := n.Listen(inner)
	if err != nil {
		return nil, err
	}
	pool := &http.Transport{DialContext: n.DialContext, MaxIdleConnsPerHost: 100, IdleConnTimeout: keepAlive}
	return &proxy{net: n, behind: skewedListener{behind, skew}, pool: pool}, nil
}

func (p *proxy) listener() net.Listener { return p.behind }

func (p *proxy) open() {
	l, err := p.net.Listen(outer)
	if err != nil {
		return // it is open
	}
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: inner})
	forward.Transport, forward.FlushInterval, forward.ErrorLog = p.pool, -1, log.New(io.Discard, "", 0)
	p.server = &http.Server{Handler: forward, Protocols: unencryptedHTTP2(), ErrorLog: forward.ErrorLog}
	p.served = make(chan struct{})
	go func() {
		defer close(p.served)
		_ = p.server.Serve(l)
	}()
}

func unencryptedHTTP2() *http.Protocols {
	p := &http.Protocols{}
	p.SetUnencryptedHTTP2(true)
	return p
}

func (p *proxy) shut(r *rand.Rand) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(5000))*time.Millisecond)
	defer cancel()
	_ = p.server.Shutdown(ctx)
	_ = p.server.Close()
	<-p.served
	p.net.Break(outer, endingOf(r))
}

func (p *proxy) close() {
	_ = p.server.Close()
	<-p.served
	p.pool.CloseIdleConnections()
}
