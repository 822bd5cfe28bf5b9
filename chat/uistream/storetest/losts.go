package storetest

import (
	"github.com/seed-127a5941/parley/chat/uistream"
)

func lostCases() []entry {
	return []entry{
		{name: "a lost lease ends its Context and saves nothing", run: lost, lose: true},
		{name: "a lost lease saves nothing though nobody else has the lock", run: lostAlone, lose: true},
		{name: "the Unlock of a lost lease leaves the next one alone", run: lostUnlock, lose: true},
		{name: "a Tail ends when the lease is lost", run: lostTail, lose: true, tail: true},
	}
}

func lost(b *bench) {
	l := b.lock(b.Store)
	b.save(l, "in time")
	b.Lose(user, id)
	next := b.lock(b.Replica)
	b.refused(l)
	b.ended(l, uistream.ErrLocked)
	b.loaded(b.Replica, user, id, "in time")
	b.save(next, "next")
	b.refused(l)
	b.loaded(b.Store, user, id, "next")
}

func lostAlone(b *bench) {
	l := b.lock(b.Store)
	b.save(l, "in time")
	b.Lose(user, id)
	b.refused(l)
	b.loaded(b.Replica, user, id, "in time")
	b.ended(l, uistream.ErrLocked)
}

func lostUnlock(b *bench) {
	l := b.lock(b.Store)
	b.Lose(user, id)
	next := b.lock(b.Replica)
	l.Unlock()
	b.locked(b.Store)
	b.save(next, "next")
	b.must(next.Context().Err() == nil, "Unlock of a lost lease ended the next one")
}

func lostTail(b *bench) {
	l := b.lock(b.Store)
	b.append(l, "one")
	t := b.tail(b.ctx)
	t.next("one")
	b.Lose(user, id)
	next := b.lock(b.Store)
	b.append(next, "other")
	t.end()
	b.must(b.tail(b.ctx).read() == "other", "a Tail does not begin with the log of the lease that is held now")
}
