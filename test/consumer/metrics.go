package consumer

import (
	"context"
	"maps"
	"sync"

	"github.com/seed-127a5941/parley/raia"
)

// Metrics counts requests by operation. Its method OnAttempt can be used in the Config of any vendor, because all
// vendors have the same type of attempts. It is safe for concurrent use.
type Metrics struct {
	mu       sync.Mutex     // guards requests
	requests map[Series]int // the number of requests
}

// Series is the key by which requests are counted. Operation and path are templates, so there are few different keys.
type Series struct {
	Operation  string // such as "raia: send message"
	Path       string // such as "/conversations/{id}/messages"
	StatusCode int    // zero means no response
	Retry      bool   // the request is not the first one of its call
}

// OnAttempt counts a request.
func (m *Metrics) OnAttempt(_ context.Context, a raia.Attempt) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.requests == nil {
		m.requests = map[Series]int{}
	}
	m.requests[Series{a.Operation, a.Path, a.StatusCode, a.Number > 1}]++
}

// Requests returns the counts so far.
func (m *Metrics) Requests() map[Series]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.requests)
}
