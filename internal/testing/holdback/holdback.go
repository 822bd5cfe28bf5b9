// Package holdback lets a test hold responses back until it releases them.
package holdback

import (
	"context"
	"net/http"
	"sync"
)

// Transport is an http.RoundTripper that can hold responses back. It is safe for concurrent use.
type Transport struct {
	base  *http.Transport
	match func(*http.Request) bool

	mu   sync.Mutex
	held chan struct{} // closed by Release; nil if no response is held back
}

// New returns a transport that can hold back the responses to requests that match.
func New(match func(*http.Request) bool) *Transport { return NewOver(&http.Transport{}, match) }

// NewOver returns a transport that sends requests with base and can hold back the responses to those that match.
func NewOver(base *http.Transport, match func(*http.Request) bool) *Transport {
	return &Transport{base: base, match: match}
}

// Hold holds back responses from now on until Release.
func (t *Transport) Hold() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held = make(chan struct{})
}

// Release lets the responses arrive that were held back, and does not hold back further ones.
func (t *Transport) Release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held != nil {
		close(t.held)
	}
	t.held = nil
}

// RoundTrip sends the request at once. It returns the response when responses are no longer held back.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(r)
	t.mu.Lock()
	held := t.held
	t.mu.Unlock()
	if err != nil || held == nil || !t.match(r) {
		return response, err
	}
	select {
	case <-held:
		return response, nil
	case <-r.Context().Done():
		_ = response.Body.Close()
		return nil, context.Cause(r.Context())
	}
}

// CloseIdleConnections closes connections that wait for a request.
func (t *Transport) CloseIdleConnections() { t.base.CloseIdleConnections() }
