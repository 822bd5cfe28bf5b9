package consumer

import (
	"context"
	"maps"
	"sync"

	"github.com/seed-127a5941/parley/raia"
)

// Metrics counts requests by operation. OnAttempt goes into the Config of any vendor: the type of an attempt is the
// same in all. It is safe for concurrent use.
type Metrics struct {
	mu       sync.Mutex     // of requests
	requests map[Series]int // how many
}

// Series is what requests are counted by. Operation and path are templates, so there are not many.
type Series struct {
	Operation  string // "raia: send message"
	Path       string // "/conversations/{id}/messages"
	StatusCode int    // 0: no answer
	Retry      bool   // it is not the first request of its call
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
