package transport

import (
	"sync"
	"time"
)

// budget bounds the retries of one client, so that a dead vendor does not get several times the traffic. A retry takes
// one token. A call that the server handled gives one token back, and one more comes back each second.
type budget struct {
	mu     sync.Mutex
	limit  float64
	tokens float64
	filled time.Time // when the tokens were last counted, by the monotonic clock
}

// newBudget returns a full budget. It holds enough tokens for a few calls whose attempts all fail.
func newBudget(maxRetries int) *budget {
	limit := float64(max(60, 4*maxRetries))
	return &budget{limit: limit, tokens: limit, filled: time.Now()}
}

// take spends a token. It reports false if no token is left.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.tokens = min(b.limit, b.tokens+now.Sub(b.filled).Seconds())
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func (b *budget) refund() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.limit, b.tokens+1)
}
