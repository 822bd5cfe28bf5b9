package main

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	maxBody     = 1 << 20          // bytes of a request, also the limit of package uistream
	maxOpen     = 24               // requests and streams that a user may have open at once on a replica
	readBody    = 15 * time.Second // for a whole request
	writeStalls = 30 * time.Second // for a write, so that a stream lasts as long as its client reads
)

// openRequests counts the open requests of each user.
type openRequests struct {
	mu sync.Mutex
	of map[string]int
}

// enter reports whether the user may have one more. leave has to follow then.
func (o *openRequests) enter(user string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.of[user] >= maxOpen {
		return false
	}
	o.of[user]++
	return true
}

func (o *openRequests) leave(user string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.of[user]--; o.of[user] == 0 {
		delete(o.of, user)
	}
}

// limited serves requests of the API within the limits. It reads the body before next runs, and takes the deadline of
// secured away then, because a deadline that passes ends the context of a response that takes longer.
func (g *gateway) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, err := g.identity.user(r)
		if err != nil {
			http.Error(w, "Open the page first: it says who you are by a cookie.", http.StatusUnauthorized)
			return
		}
		if !g.requests.enter(user.ID) {
			w.Header().Set("Retry-After", "5")
			http.Error(w, "Too many of your requests are open. Close other windows.", http.StatusTooManyRequests)
			return
		}
		defer g.requests.leave(user.ID)
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1)) // next refuses a longer one
		if err != nil {
			http.Error(w, "The message did not arrive whole in time.", http.StatusRequestTimeout)
			return
		}
		if len(body) <= maxBody { // net/http reads on in a longer one before it responds
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}
