package uistream

import (
	"context"
	"sync"

	"github.com/seed-127a5941/parley/chat"
)

// key names a conversation.
type key struct{ user, id string }

// talk is a chat.Conversation that the turns and the event streams of a conversation share, because a message that one
// of them has yielded must not come from another.
type talk struct {
	*chat.Conversation
	key   key
	stale chan struct{} // closed when another replica has gone on, or the state of this one could not be saved

	// The mutex of talks guards refs, at and next.
	refs int
	at   string // the State that the Store has
	next string // the State that was passed to the Store last, which may have it before its Save returns

	mu   sync.Mutex
	sink func(context.Context, chat.State) error // saves for the turn that runs; nil between the turns
	idle func(context.Context, *talk, chat.State) error
}

// save is chat.Options.Save. Between the turns it saves what the next message needs of an event, such as choices.
func (t *talk) save(ctx context.Context, s chat.State) error {
	t.mu.Lock()
	sink := t.sink
	t.mu.Unlock()
	if sink == nil {
		return t.idle(ctx, t, s)
	}
	return sink(ctx, s)
}

// saveWith sets how the turn that runs saves. nil means that the turn has ended.
func (t *talk) saveWith(sink func(context.Context, chat.State) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sink = sink
}

// talks are the conversations that are in use.
type talks struct {
	mu   sync.Mutex
	open map[key]*talk
	make func(chat.User, chat.State, func(context.Context, chat.State) error) (*chat.Conversation, error)
	idle func(context.Context, *talk, chat.State) error // saves while no turn runs
}

// use returns the conversation of a Record. The caller has to call release.
func (ts *talks) use(k key, user chat.User, state chat.State) (*talk, error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t := ts.open[k]; t != nil && t.has(state) {
		t.refs++
		return t, nil
	}
	t := &talk{key: k, stale: make(chan struct{}), refs: 1, at: string(state), next: string(state), idle: ts.idle}
	c, err := ts.make(user, state, t.save)
	if err != nil {
		return nil, err
	}
	t.Conversation = c
	ts.drop(ts.open[k])
	ts.open[k] = t
	return t, nil
}

// drop lets only those go on with t that use it already. The caller holds mu. t may be nil.
func (ts *talks) drop(t *talk) {
	if t != nil && ts.open[t.key] == t {
		delete(ts.open, t.key)
		close(t.stale)
	}
}

// discard drops a conversation whose state is not that of the Store.
func (ts *talks) discard(t *talk) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.drop(t)
}

// current reports whether t has the State of the Store, and drops it otherwise.
func (ts *talks) current(t *talk, state chat.State) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t.has(state) {
		return true
	}
	ts.drop(t)
	return false
}

// has reports whether a State of the Store is that of t. The caller holds the mutex of talks.
func (t *talk) has(state chat.State) bool { return t.at == string(state) || t.next == string(state) }

// save puts a Record into the Store, whose State is that of t from now on. If the Store fails, it may have the State or
// not.
func (ts *talks) save(ctx context.Context, t *talk, lease Lease, r Record) error {
	ts.mu.Lock()
	t.next = string(r.State)
	ts.mu.Unlock()
	if err := lease.Save(ctx, r); err != nil {
		return err
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t.at = string(r.State)
	return nil
}

// release closes a conversation behind its last user.
func (ts *talks) release(t *talk) {
	ts.mu.Lock()
	t.refs--
	last := t.refs == 0
	if last {
		ts.drop(t)
	}
	ts.mu.Unlock()
	if last {
		_ = t.Close()
	}
}
