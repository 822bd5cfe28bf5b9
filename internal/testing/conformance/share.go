package conformance

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// heapNoise is the tolerance for the live heap, because of caches of the runtime and of the test itself.
const heapNoise = 2 * mega

// crowd is how many goroutines share one client.
func crowd() int {
	if testing.Short() {
		return 50
	}
	return 200
}

// Shared describes a vendor's fake server for Share.
type Shared[C any] struct {
	Operations []Operation[C]
	// Answer is the same as that of Vendor.
	Answer func(error) *Answer
	// Start starts a fake server, fills it with the objects for the calls and returns a client of it, which sends its
	// requests with the given http.Client. stop ends the server. ids returns the ids for the operation of that name.
	Start func(t *testing.T, via *http.Client) (client C, ids func(name string) []string, stop func())
}

// Share lets many goroutines share one client, each of them with all operations. Every operation must succeed at least
// sometimes. It may fail only with a 4xx, because another goroutine was faster. Afterwards, no goroutine, no connection
// and no memory may be left.
func Share[C any](t *testing.T, s Shared[C]) {
	LeavesNothing(t, func() { s.share(t) })
}

// LeavesNothing calls f and fails if goroutines or memory of f are left.
func LeavesNothing(t *testing.T, f func()) {
	running := goleak.IgnoreCurrent()
	before := liveHeap()
	f()
	if err := goleak.Find(running); err != nil {
		t.Errorf("goroutines are left: %v", err)
	}
	if grown := liveHeap() - before; grown > heapNoise {
		t.Errorf("live heap grew by %d KiB", grown/1024)
	}
}

func (s *Shared[C]) share(t *testing.T) {
	dials := &Dialer{}
	pool := &http.Transport{DialContext: dials.Dial, MaxIdleConnsPerHost: crowd()}
	client, ids, stop := s.Start(t, &http.Client{Transport: pool})
	succeeded := make([]atomic.Int64, len(s.Operations))
	var all sync.WaitGroup
	for n := range crowd() {
		all.Go(func() {
			for i := range s.Operations {
				at := (i + n) % len(s.Operations) // each goroutine begins with another operation
				op := &s.Operations[at]
				if s.settled(t, op, op.Call(context.Background(), client, ids(op.Name)...)) {
					succeeded[at].Add(1)
				}
			}
		})
	}
	all.Wait()
	for i := range s.Operations {
		if succeeded[i].Load() == 0 {
			t.Errorf("%s succeeds for nobody", s.Operations[i].Name)
		}
	}
	pool.CloseIdleConnections()
	stop()
	dials.verify(t)
}

// settled reports whether a call succeeded. It fails the test for errors that concurrency does not explain.
func (s *Shared[C]) settled(to reporter, op *Operation[C], err error) bool {
	if err == nil {
		return true
	}
	answer := s.Answer(err)
	if answer == nil || answer.StatusCode/100 != 4 || answer.StatusCode == 401 || answer.StatusCode == 403 {
		to.Errorf("%s: %v", op.Name, err)
	}
	return false
}

// Dialer counts connections.
type Dialer struct{ dialed, open atomic.Int64 }

// Open returns the number of open connections.
func (d *Dialer) Open() int64 { return d.open.Load() }

// Dial is the DialContext of an http.Transport.
func (d *Dialer) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.dialed.Add(1)
	d.open.Add(1)
	return &countedConn{Conn: conn, open: &d.open}, nil
}

func (d *Dialer) verify(t *testing.T) {
	// In addition to one for each goroutine, net/http dials in vain for goroutines that find an idle connection first.
	if n := d.dialed.Load(); n > int64(2*crowd()) {
		t.Errorf("%d connections for %d goroutines", n, crowd())
	}
	// a connection ends a little after its last response was read
	for deadline := time.Now().Add(slowest); d.Open() != 0; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%d connections are left open", d.Open())
			return
		}
	}
}

type countedConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

// Close closes the connection, and counts it once.
func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}
