package fakeserver

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"
)

// Failure is what a call gets in place of its answer.
type Failure struct {
	// Status is the answer's; 0: the call is answered as usual once Delay is over.
	Status int
	Header http.Header // of the answer, beside what net/http sets
	Body   string      // of the answer; valid JSON goes out as application/json unless Header says otherwise
	Reset  bool        // cut the connection (RST) once the request was read, in place of an answer
	// Delay is waited first, after the request was read; it ends early when the client or the server goes away.
	Delay time.Duration
}

// Failures is a queue of them, safe for concurrent use; its zero value is empty.
type Failures struct {
	mu    sync.Mutex
	queue []Failure
}

// Add queues f for n calls.
func (q *Failures) Add(n int, f Failure) {
	f.Header = f.Header.Clone()
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		q.queue = append(q.queue, f)
	}
}

// Serve lets the next failure take the call, and reports whether that is over.
func (q *Failures) Serve(w http.ResponseWriter, r *http.Request) bool {
	f, failed := q.take()
	switch {
	case !failed:
		return false
	case !pause(r.Context(), f.Delay):
	case f.Reset:
		Reset(w)
	case f.Status != 0:
		f.write(w)
	default:
		return false
	}
	return true
}

func (q *Failures) take() (Failure, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) == 0 {
		return Failure{}, false
	}
	f := q.queue[0]
	q.queue = q.queue[1:]
	return f, true
}

// pause waits d and reports whether the client and the server are both still there.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f Failure) write(w http.ResponseWriter) {
	if json.Valid([]byte(f.Body)) {
		w.Header().Set("Content-Type", "application/json")
	}
	maps.Copy(w.Header(), f.Header)
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, f.Body)
}

// Reset closes the connection so that the client sees RST and not an orderly end.
func Reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
