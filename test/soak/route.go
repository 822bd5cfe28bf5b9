package soak

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// route is a proxy in front of one server, with one kind of fault. Its toxics are never changed while it runs, because
// that can lock toxiproxy up. Each round is a new proxy at the same address instead.
type route struct {
	fault    fault
	listen   string // address of the proxy
	upstream string // address of the server
	client   *http.Client
	tap      *tap // of client; nil if the client uses the pool of the SDK
	random   *rand.Rand
	api      *toxiproxy.ApiServer

	running sync.WaitGroup
	stop    context.CancelFunc
}

// openRoute starts a route. It runs until closeRoute is called.
func openRoute(ctx context.Context, f fault, upstream string, random *rand.Rand, l *Ledger) (*route, error) {
	listen, err := freeAddress(random)
	if err != nil {
		return nil, err
	}
	r := &route{
		fault: f, listen: listen, upstream: upstream, random: random,
		api: toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()),
	}
	var transport *http.Transport
	switch {
	case f.fresh:
		r.tap, transport = newTap(l, &http.Transport{DisableKeepAlives: true}, 0)
	case f.narrow:
		r.tap, transport = newTap(l, &http.Transport{DialContext: dialNarrow}, 0)
	}
	if transport != nil {
		r.client = &http.Client{Transport: transport}
	}
	first, err := r.open()
	if err != nil {
		return nil, err
	}
	ctx, r.stop = context.WithCancel(ctx)
	r.running.Go(func() { r.run(ctx, first) })
	return r, nil
}

func dialNarrow(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = tcp.SetWriteBuffer(4 << 10)
	}
	return conn, err
}

// freeAddress finds a port below those that the kernel gives to clients, so that a proxy can use its port again.
func freeAddress(random *rand.Rand) (string, error) {
	var last error
	for range 100 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", between(random, 15000, 31999)))
		if err == nil {
			return listener.Addr().String(), listener.Close()
		}
		last = err
	}
	return "", fmt.Errorf("faults: no port is free: %w", last)
}

// close ends the route and its connections. It complains about those that the SDK has left open.
func (r *route) close(l *Ledger) {
	r.stop()
	r.running.Wait()
	if r.client != nil {
		r.client.CloseIdleConnections()
		r.tap.judge(l, fmt.Sprintf("through %q", r.fault.name))
	}
}

// calm replaces the faults by a proxy without any, which runs until close.
func (r *route) calm(ctx context.Context) error {
	r.stop()
	r.running.Wait()
	r.fault.toxics = clean
	var p *toxiproxy.Proxy
	err := again(ctx, func() (err error) {
		if p, err = r.open(); err != nil {
			sleep(ctx, moment)
		}
		return err
	})
	if err != nil {
		return err
	}
	ctx, r.stop = context.WithCancel(ctx)
	r.running.Go(func() {
		<-ctx.Done()
		p.Stop()
	})
	return nil
}

// run starts and stops the proxy in turn until ctx ends.
func (r *route) run(ctx context.Context, p *toxiproxy.Proxy) {
	for {
		sleep(ctx, r.part(r.fault.up))
		p.Stop()
		sleep(ctx, r.part(r.fault.down))
		for {
			if ctx.Err() != nil {
				return
			}
			var err error
			if p, err = r.open(); err == nil {
				break
			}
			sleep(ctx, moment) // another process took the port meanwhile
		}
	}
}

// part returns a random time from half of d to d.
func (r *route) part(d time.Duration) time.Duration {
	return d/2 + time.Duration(r.random.Int64N(int64(d/2)+1))
}

func (r *route) open() (*toxiproxy.Proxy, error) {
	p := toxiproxy.NewProxy(r.api, r.fault.name, r.listen, r.upstream)
	for _, t := range r.fault.toxics(r.random) {
		t.Toxicity = r.fault.share
		if _, err := p.Toxics.AddToxicJson(bytes.NewReader(t.json())); err != nil {
			return nil, fmt.Errorf("faults: add toxic %s: %w", t.Name, err)
		}
	}
	if err := p.Start(); err != nil {
		return nil, fmt.Errorf("faults: start proxy: %w", err)
	}
	return p, nil
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
