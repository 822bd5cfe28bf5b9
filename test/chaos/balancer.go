package chaos

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// balancer is a load balancer as nginx would be one: it asks /readyz, and sends a request to another replica if the
// first one did not take the connection. It never sends a request twice.
type balancer struct {
	replicas []*replica
	server   *http.Server
	listener net.Listener
	proxy    *httputil.ReverseProxy
	client   *http.Transport
	next     atomic.Uint64        // whose turn it is
	change   func(*http.Response) // may change a response, may be nil
	watching sync.WaitGroup
	stop     context.CancelFunc

	mu    sync.Mutex
	ready map[*replica]bool
}

const healthPause = 200 * time.Millisecond

func newBalancer(ctx context.Context, replicas []*replica) (*balancer, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &balancer{
		replicas: replicas, listener: listener, client: &http.Transport{MaxIdleConnsPerHost: 100},
		ready: map[*replica]bool{},
	}
	b.proxy = &httputil.ReverseProxy{
		Rewrite:       func(*httputil.ProxyRequest) {},
		Transport:     b,
		FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "The service is not available at the moment. Please try again.", http.StatusBadGateway)
		},
		ErrorLog: quietLog(),
	}
	b.server = &http.Server{Handler: b.proxy, ErrorLog: quietLog(), ReadHeaderTimeout: time.Minute}
	ctx, b.stop = context.WithCancel(ctx)
	b.watching.Go(func() { _ = b.server.Serve(listener) })
	for _, r := range replicas {
		b.watching.Go(func() { b.watch(ctx, r) })
	}
	return b, nil
}

func (b *balancer) url() string { return "http://" + b.listener.Addr().String() }

func (b *balancer) close() {
	b.stop()
	_ = b.server.Close()
	b.watching.Wait()
	b.client.CloseIdleConnections()
}

// watch asks a replica again and again whether it is ready.
func (b *balancer) watch(ctx context.Context, r *replica) {
	for ctx.Err() == nil {
		ready := isReady(ctx, r)
		b.mu.Lock()
		b.ready[r] = ready
		b.mu.Unlock()
		sleep(ctx, healthPause)
	}
}

func isReady(ctx context.Context, r *replica) bool {
	base := r.address()
	if base == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// candidates returns the base URLs of the replicas, those that are ready first.
func (b *balancer) candidates() (urls []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := int(b.next.Add(1))
	for _, ready := range []bool{true, false} {
		for i := range b.replicas {
			r := b.replicas[(first+i)%len(b.replicas)]
			if base := r.address(); base != "" && b.ready[r] == ready {
				urls = append(urls, base)
			}
		}
	}
	return urls
}

// errNoReplica means that no replica takes connections.
var errNoReplica = errors.New("no replica takes connections")

// RoundTrip sends the request to the first replica that takes the connection.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	for _, base := range b.candidates() {
		target, err := url.Parse(base)
		if err != nil {
			return nil, err
		}
		attempt := r.Clone(r.Context())
		attempt.URL.Scheme, attempt.URL.Host = target.Scheme, target.Host
		attempt.Body, attempt.GetBody = io.NopCloser(bytes.NewReader(body)), nil
		response, err := b.client.RoundTrip(attempt)
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			continue
		}
		if err == nil && b.change != nil {
			b.change(response)
		}
		return response, err
	}
	return nil, errNoReplica
}

// readBody returns the body of a request, which httputil leaves out if it is empty.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return io.ReadAll(r.Body)
}
