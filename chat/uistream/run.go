package uistream

import (
	"context"
	"sync"
)

// run is a response that readers of this process read, any number of them and each from its start. A job or a follower
// makes it, or it is made of a stored answer.
type run struct {
	key  key
	turn turn          // which one it is; the zero turn means that it is not known
	done chan struct{} // closed when the conversation is free again

	mu     sync.Mutex
	chunks [][]byte
	grown  chan struct{} // closed when there are more chunks or the run is over; then there is another
	state  runState
	users  int
	leave  context.CancelFunc // ends a follower that has lost its readers; other runs have no such func
}

type runState int

const (
	running runState = iota
	whole            // no chunk follows
	broken           // the turn goes on elsewhere, or later: readers have to come again
)

func newRun(k key, t turn) *run {
	return &run{key: k, turn: t, done: make(chan struct{}), grown: make(chan struct{})}
}

// storedRun returns the response of a turn that has ended.
func storedRun(k key, t turn) *run {
	r := newRun(k, t)
	for _, c := range t.Chunks {
		r.chunks = append(r.chunks, c)
	}
	r.end(whole)
	close(r.done)
	return r
}

// publish adds chunks, which must not be changed afterwards.
func (r *run) publish(chunks ...[]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(chunks) > 0 && r.state == running {
		r.chunks = append(r.chunks, chunks...)
		r.wake()
	}
}

// end lets the readers end behind the last chunk.
func (r *run) end(state runState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state == running {
		r.state = state
		r.wake()
	}
}

func (r *run) wake() {
	close(r.grown)
	r.grown = make(chan struct{})
}

// since returns the chunks from an index on, the state behind them, and a channel that is closed when that is outdated.
func (r *run) since(index int) ([][]byte, runState, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.chunks[index:], r.state, r.grown
}

// attach counts a reader. It reports false if the run was given up because it had no readers.
func (r *run) attach() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.leave != nil && r.users < 0 {
		return false
	}
	r.users++
	return true
}

// detach counts a reader that has left. A follower ends with the last one.
func (r *run) detach() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users--; r.users == 0 && r.leave != nil {
		r.users = -1
		r.leave()
	}
}

// deserted reports whether the run has no readers.
func (r *run) deserted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.users == 0
}

// runs are the responses that are being made in this process.
type runs struct {
	mu     sync.Mutex
	active map[key]*run
	turns  map[string]int // by user
	closed bool
	jobs   sync.WaitGroup
}

// find returns the run of a conversation with its reader counted, or nil.
func (rs *runs) find(k key) *run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r := rs.active[k]; r != nil && r.attach() {
		return r
	}
	return nil
}

// begin registers a run with its first reader. It fails if the user has limit turns already, or after close. A limit of
// 0 is that of a follower, which is not counted.
func (rs *runs) begin(r *run, limit int) error {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	switch {
	case rs.closed:
		return errShutdown
	case limit > 0 && rs.turns[r.key.user] >= limit:
		return errTooMany
	}
	if limit > 0 {
		rs.turns[r.key.user]++
	}
	r.users = 1
	rs.active[r.key] = r
	rs.jobs.Add(1)
	return nil
}

// finish forgets a run, for which the limit of begin was positive if it counts.
func (rs *runs) finish(r *run, counts bool) {
	rs.mu.Lock()
	if counts {
		if rs.turns[r.key.user]--; rs.turns[r.key.user] == 0 {
			delete(rs.turns, r.key.user)
		}
	}
	if rs.active[r.key] == r {
		delete(rs.active, r.key)
	}
	rs.mu.Unlock()
	close(r.done)
	rs.jobs.Done()
}

// close lets no run begin any more.
func (rs *runs) close() {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.closed = true
}

// keyLocks let one request at a time decide about a conversation.
type keyLocks struct {
	mu   sync.Mutex
	held map[key]*keyLock
}

type keyLock struct {
	free  chan struct{} // has a value while the lock is free
	users int
}

// lock waits for the lock or the end of ctx. The caller calls the func that it returns.
func (ls *keyLocks) lock(ctx context.Context, k key) (func(), error) {
	ls.mu.Lock()
	l := ls.held[k]
	if l == nil {
		l = &keyLock{free: make(chan struct{}, 1)}
		l.free <- struct{}{}
		ls.held[k] = l
	}
	l.users++
	ls.mu.Unlock()
	select {
	case <-l.free:
		return func() {
			l.free <- struct{}{}
			ls.leave(k, l)
		}, nil
	case <-ctx.Done():
		ls.leave(k, l)
		return nil, context.Cause(ctx)
	}
}

func (ls *keyLocks) leave(k key, l *keyLock) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if l.users--; l.users == 0 {
		delete(ls.held, k)
	}
}
