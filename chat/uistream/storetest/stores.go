package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/chat/uistream"
)

func storeCases() []entry {
	return []entry{
		{name: "an unknown conversation is the zero Record", run: unknown},
		{name: "what was saved is loaded, by another replica too", run: saved},
		{name: "conversations of users and ids are apart", run: apart},
		{name: "a Record of megabytes in many scripts", run: large},
		{name: "one holder has the lock", run: exclusive},
		{name: "a lease outlives the context of Lock", run: outlives},
		{name: "Unlock ends the lease, and only that one", run: unlock},
		{name: "an ended context ends each call", run: ended},
		{name: "no change that was made under the lock is lost", run: counted},
	}
}

func unknown(b *bench) {
	b.loaded(b.Store, user, id, "")
	l := b.lock(b.Store)
	b.loaded(b.Store, user, id, "")
	l.Unlock()
	b.loaded(b.Replica, user, id, "")
}

func saved(b *bench) {
	l := b.lock(b.Store)
	for _, text := range []string{"one", "two", "two"} {
		b.save(l, text)
		b.loaded(b.Store, user, id, text)
		b.loaded(b.Replica, user, id, text)
	}
	l.Unlock()
	b.loaded(b.Replica, user, id, "two")
	next := b.lock(b.Replica)
	b.loaded(b.Replica, user, id, "two")
	b.save(next, "three")
	b.loaded(b.Store, user, id, "three")
	err := next.Save(b.ctx, uistream.Record{})
	b.must(err == nil, "Save of the zero Record: %v", err)
	b.loaded(b.Store, user, id, "")
}

func apart(b *bench) {
	keys := [][2]string{
		{"a", "b-c"}, {"a-b", "c"}, {"a:b", "c"}, {"a", "b"}, {"A", "b"}, {"a", "B"}, {"{a}", "b"}, {"a b", "c"},
		{"a\nb", "c"},
		{"a\x00b", "c"}, {"ä", "b"}, {"*", "b"}, {"a*", "b"}, {"a/b", "c"}, {"%61", "b"},
		{strings.Repeat("a", 500), "b"},
		{"a", strings.Repeat("b", 64)}, {"a", strings.Repeat("b", 63)},
	}
	for i, key := range keys {
		l, err := b.Store.Lock(b.ctx, key[0], key[1])
		b.must(err == nil, "Lock of %q, %q: %v", key[0], key[1], err)
		b.Cleanup(l.Unlock)
		b.save(l, strings.Repeat("x", i+1))
	}
	for i, key := range keys {
		b.loaded(b.Replica, key[0], key[1], strings.Repeat("x", i+1))
	}
}

func large(b *bench) {
	text := strings.Repeat("Grüße, 世界 \U0001F600 <b>&\u2028\\\"\x01 ", 30_000)
	l := b.lock(b.Store)
	b.save(l, text)
	l.Unlock()
	b.loaded(b.Replica, user, id, text)
}

func exclusive(b *bench) {
	l := b.lock(b.Store)
	began := time.Now()
	b.locked(b.Store)
	b.locked(b.Replica)
	b.must(time.Since(began) < patience/3 && b.ctx.Err() == nil, "Lock waited for the other holder")
	other, err := b.Replica.Lock(b.ctx, user, id+"-other")
	b.must(err == nil, "Lock of another conversation: %v", err)
	other.Unlock()
	other, err = b.Replica.Lock(b.ctx, user+"-other", id)
	b.must(err == nil, "Lock of another user's conversation: %v", err)
	other.Unlock()
	b.locked(b.Replica)
	b.save(l, "held")
	l.Unlock()
	b.lock(b.Replica).Unlock()
	b.lock(b.Store).Unlock()
}

func outlives(b *bench) {
	ctx, cancel := context.WithCancel(b.ctx)
	l, err := b.Store.Lock(ctx, user, id)
	b.must(err == nil, "Lock: %v", err)
	b.Cleanup(l.Unlock)
	cancel()
	select {
	case <-l.Context().Done():
		b.Fatal("the Context of the lease ended with the context of Lock")
	case <-time.After(50 * time.Millisecond):
	}
	b.locked(b.Replica)
	b.save(l, "alive")
	b.append(l, "alive")
	b.loaded(b.Replica, user, id, "alive")
}

func unlock(b *bench) {
	l := b.lock(b.Store)
	b.save(l, "first")
	l.Unlock()
	b.ended(l, uistream.ErrLocked, context.Canceled)
	b.refused(l)
	next := b.lock(b.Replica)
	l.Unlock()
	b.refused(l)
	b.locked(b.Store)
	b.loaded(b.Store, user, id, "first")
	b.must(next.Context().Err() == nil, "Unlock of an earlier lease ended the next one")
	b.save(next, "second")
	b.loaded(b.Store, user, id, "second")
	next.Unlock()
	next.Unlock()
	b.lock(b.Store)
}

func ended(b *bench) {
	gone := errors.New("the caller has left")
	ctx, cancel := context.WithCancelCause(b.ctx)
	cancel(gone)
	l := b.lock(b.Store)
	_, err := b.Store.Load(ctx, user, id)
	b.matches("Load", err, gone)
	_, err = b.Store.Lock(ctx, user, id+"-new")
	b.matches("Lock", err, gone)
	b.matches("Save", l.Save(ctx, record("late")), gone)
	b.matches("Append", l.Append(ctx, []byte("late")), gone)
	b.loaded(b.Store, user, id, "")
	b.save(l, "in time")
}

// matches requires that an error tells of the end of a context that ended with a cause.
func (b *bench) matches(call string, err, cause error) {
	b.Helper()
	b.must(errors.Is(err, cause) || errors.Is(err, context.Canceled), "%s with an ended context: %v", call, err)
}

// counted lets several holders on two replicas add one to a number in the Record.
func counted(b *bench) {
	const holders, times = 8, 5
	var wg sync.WaitGroup
	for i := range holders {
		s := b.Store
		if i%2 == 1 {
			s = b.Replica
		}
		wg.Go(func() {
			for range times {
				b.increment(s)
			}
		})
	}
	wg.Wait()
	r, err := b.Store.Load(b.ctx, user, id)
	b.must(err == nil, "Load: %v", err)
	b.must(string(r.Data) == "40", "%d holders have counted to %s in %d steps each", holders, r.Data, times)
}

func (b *bench) increment(s uistream.Store) {
	for b.ctx.Err() == nil {
		l, err := s.Lock(b.ctx, user, id)
		if errors.Is(err, uistream.ErrLocked) {
			<-time.After(time.Millisecond)
			continue
		}
		if err != nil {
			b.Errorf("Lock: %v", err)
			return
		}
		if err := b.addOne(s, l); err != nil {
			b.Errorf("under the lock: %v", err)
		}
		l.Unlock()
		return
	}
}

func (b *bench) addOne(s uistream.Store, l uistream.Lease) error {
	r, err := s.Load(b.ctx, user, id)
	if err != nil {
		return err
	}
	n := 0
	if r.Data != nil {
		if err := json.Unmarshal(r.Data, &n); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(n + 1)
	if err != nil {
		return err
	}
	return l.Save(b.ctx, uistream.Record{Data: raw})
}
