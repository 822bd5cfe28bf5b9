// Package storetest tests whether a uistream.Store keeps its promises, and a uistream.Tailer if it is one. It is for
// the stores of this module and for those of others:
//
//	func TestStore(t *testing.T) {
//		storetest.TestStore(t, func(t *testing.T) storetest.Harness {
//			return storetest.Harness{Store: mystore.New(connect(t)), Replica: mystore.New(connect(t))}
//		})
//	}
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
)

// patience is how long something that has to happen may take.
const patience = 30 * time.Second

// Harness is a Store under test. Every case gets a new one, which holds no conversation.
type Harness struct {
	// Store is the store under test.
	Store uistream.Store
	// Replica has the same conversations, as another process would open them. If it is nil, Store serves.
	Replica uistream.Store
	// Lose makes the lock of a conversation expire although its holder has not unlocked it. It returns when another
	// holder can get the lock. If it is nil, the cases that need it are skipped.
	Lose func(user, id string)
}

// TestStore runs all cases, each as a subtest with a Harness of its own. The cases of a Tailer are skipped if Store
// does not implement it.
func TestStore(t *testing.T, newHarness func(*testing.T) Harness) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) { run(t, newHarness(t), c, patience) })
	}
}

// entry is one case.
type entry struct {
	name string
	run  func(*bench)
	tail bool // it needs a Tailer
	lose bool // it needs Harness.Lose
}

func cases() []entry { return append(append(storeCases(), lostCases()...), tailCases()...) }

// bench is a case that runs.
type bench struct {
	testing.TB
	Harness
	ctx    context.Context // ends when the case takes too long
	tailer uistream.Tailer // of the Replica
}

func run(t testing.TB, h Harness, c entry, patience time.Duration) {
	t.Helper()
	if h.Replica == nil {
		h.Replica = h.Store
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b := &bench{TB: t, Harness: h, ctx: ctx}
	b.tailer, _ = h.Replica.(uistream.Tailer)
	if c.tail && b.tailer == nil {
		t.Skip("the store is no Tailer")
	}
	if c.lose && h.Lose == nil {
		t.Skip("the harness cannot make a lock expire")
	}
	c.run(b)
}

const (
	user = "ann@example.com"
	id   = "conversation_1"
)

// must ends the case unless ok.
func (b *bench) must(ok bool, format string, args ...any) {
	b.Helper()
	if !ok {
		b.Fatalf(format, args...)
	}
}

// lock returns a lease, which the case may unlock earlier.
func (b *bench) lock(s uistream.Store) uistream.Lease {
	b.Helper()
	l, err := s.Lock(b.ctx, user, id)
	b.must(err == nil, "Lock: %v", err)
	b.Cleanup(l.Unlock)
	return l
}

// locked requires that another holder has the lock.
func (b *bench) locked(s uistream.Store) {
	b.Helper()
	l, err := s.Lock(b.ctx, user, id)
	if err == nil {
		l.Unlock()
	}
	b.must(errors.Is(err, uistream.ErrLocked), "Lock while another holds the lock: %v, want ErrLocked", err)
}

// refused requires that a lease can neither save nor append.
func (b *bench) refused(l uistream.Lease) {
	b.Helper()
	err := l.Save(b.ctx, record("refused"))
	b.must(errors.Is(err, uistream.ErrLocked), "Save without the lock: %v, want ErrLocked", err)
	err = l.Append(b.ctx, []byte("refused"))
	b.must(errors.Is(err, uistream.ErrLocked), "Append without the lock: %v, want ErrLocked", err)
}

// save saves a Record that holds text.
func (b *bench) save(l uistream.Lease, text string) {
	b.Helper()
	err := l.Save(b.ctx, record(text))
	b.must(err == nil, "Save: %v", err)
}

// append appends chunks to the log.
func (b *bench) append(l uistream.Lease, chunks ...string) {
	b.Helper()
	var raw [][]byte
	for _, chunk := range chunks {
		raw = append(raw, []byte(chunk))
	}
	err := l.Append(b.ctx, raw...)
	b.must(err == nil, "Append: %v", err)
}

// loaded requires that a store has the Record with text, or the zero Record for "".
func (b *bench) loaded(s uistream.Store, user, id, text string) {
	b.Helper()
	r, err := s.Load(b.ctx, user, id)
	b.must(err == nil, "Load: %v", err)
	want := record(text)
	if text == "" {
		want = uistream.Record{}
	}
	b.must(same(r, want), "Load of %q, %q: %.80s and %.80s, want %.80q", user, id, r.State, r.Data, text)
}

// ended requires that the Context of a lease ends, with a cause that matches one of wants.
func (b *bench) ended(l uistream.Lease, wants ...error) {
	b.Helper()
	select {
	case <-l.Context().Done():
	case <-b.ctx.Done():
		b.Fatal("the Context of the lease did not end")
	}
	cause := context.Cause(l.Context())
	for _, want := range wants {
		if errors.Is(cause, want) {
			return
		}
	}
	b.Fatalf("the Context of the lease ended with %v", cause)
}

func record(text string) uistream.Record {
	raw, _ := json.Marshal(text) // of a string
	return uistream.Record{State: chat.State(`{"v":1}`), Data: raw}
}

// same compares two Records by the meaning of their JSON, because a Store may keep it in another form.
func same(a, b uistream.Record) bool {
	return equalJSON(a.State, b.State) && equalJSON(chat.State(a.Data), chat.State(b.Data))
}

func equalJSON(a, b chat.State) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	first, _ := json.Marshal(x) // decoded from JSON
	second, _ := json.Marshal(y)
	return string(first) == string(second)
}
