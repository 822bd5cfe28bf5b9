package simulation

import (
	"fmt"
	"io"
	"net/http"
	"sync"
)

// bodies is a RoundTripper of the user's that knows which bodies of responses are open. A tracer ends its span when the
// body is closed, so that one that is only read to its end is a leak although its connection can be used again.
type bodies struct {
	base http.RoundTripper

	mu   sync.Mutex
	open map[*body]string // the request
}

// RoundTrip sends a request.
func (b *bodies) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.base.RoundTrip(r)
	if err != nil {
		return resp, err
	}
	opened := &body{ReadCloser: resp.Body, all: b}
	b.mu.Lock()
	b.open[opened] = fmt.Sprintf("%s %s, status %d", r.Method, r.URL.Path, resp.StatusCode)
	b.mu.Unlock()
	resp.Body = opened
	if writer, ok := opened.ReadCloser.(io.Writer); ok { // of a WebSocket
		resp.Body = writable{opened, writer}
	}
	return resp, nil
}

// left returns the requests whose bodies are open. Of a nil b it is empty.
func (b *bodies) left() (requests []string) {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, request := range b.open {
		requests = append(requests, request)
	}
	return requests
}

// body is the body of one response.
type body struct {
	io.ReadCloser
	all *bodies
}

// Close closes the body.
func (b *body) Close() error {
	b.all.mu.Lock()
	delete(b.all.open, b)
	b.all.mu.Unlock()
	return b.ReadCloser.Close()
}

// writable is the body of a response that has changed the protocol.
type writable struct {
	*body
	io.Writer
}
