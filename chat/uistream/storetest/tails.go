package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

func tailCases() []entry {
	return []entry{
		{name: "without a lock a Tail ends at once", run: tailUnlocked, tail: true},
		{name: "a Tail yields what was appended and what comes, to the end", run: tailFollows, tail: true},
		{name: "a Tail keeps boundaries and bytes", run: tailBytes, tail: true},
		{name: "a Tail does not go on with the next lease", run: tailNext, tail: true},
		{name: "a Tail ends with its context", run: tailContext, tail: true},
		{name: "many Tails see the same", run: tailMany, tail: true},
		{name: "Tails of conversations are apart", run: tailApart, tail: true},
	}
}

// tail is a Tail that runs on a goroutine of its own.
type tail struct {
	b      *bench
	chunks chan string
	err    error // valid when chunks is closed
}

func (b *bench) tail(ctx context.Context) *tail {
	t := &tail{b: b, chunks: make(chan string)}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	b.Cleanup(func() {
		cancel()
		<-done
	})
	go func() {
		defer close(done)
		defer close(t.chunks)
		for chunk, err := range b.tailer.Tail(ctx, user, id) {
			if err != nil {
				t.err = err
				return
			}
			select {
			case t.chunks <- string(chunk):
			case <-ctx.Done():
				return
			}
		}
	}()
	return t
}

// read returns the next chunk, or "" at the end.
func (t *tail) read() string {
	t.b.Helper()
	select {
	case chunk := <-t.chunks:
		return chunk
	case <-t.b.ctx.Done():
		t.b.Fatal("the Tail neither yielded a chunk nor ended")
		return ""
	}
}

// next requires the next chunks.
func (t *tail) next(want ...string) {
	t.b.Helper()
	for _, chunk := range want {
		got := t.read()
		t.b.must(got == chunk, "the Tail yielded %.80q, want %.80q (%v)", got, chunk, t.err)
	}
}

// end requires that no chunk follows and that the Tail ends without an error.
func (t *tail) end() {
	t.b.Helper()
	got := t.read()
	t.b.must(got == "" && t.err == nil, "the Tail yielded %.80q and %v where it had to end", got, t.err)
}

func tailUnlocked(b *bench) {
	b.tail(b.ctx).end()
	l := b.lock(b.Store)
	b.save(l, "x")
	b.append(l, "one")
	l.Unlock()
	b.tail(b.ctx).end()
}

func tailFollows(b *bench) {
	l := b.lock(b.Store)
	early := b.tail(b.ctx)
	b.append(l, "one", "two")
	b.append(l)
	early.next("one", "two")
	late := b.tail(b.ctx)
	late.next("one", "two")
	for i := range 50 {
		b.append(l, fmt.Sprint("chunk ", i))
		early.next(fmt.Sprint("chunk ", i))
		late.next(fmt.Sprint("chunk ", i))
	}
	b.append(l, "last", "of all")
	b.save(l, "done")
	l.Unlock()
	early.next("last", "of all")
	early.end()
	late.next("last", "of all")
	late.end()
}

func tailBytes(b *bench) {
	l := b.lock(b.Store)
	chunks := []string{
		"a\nb", "\r\n\r\n", "\x00\xff\xfe", "{\"a\":\"\u2028\"}", " ", strings.Repeat("x", 1<<20), "0", "null", "-1",
	}
	for _, chunk := range chunks {
		b.append(l, chunk)
	}
	var many []string
	for i := range 2000 {
		many = append(many, fmt.Sprint(i))
	}
	b.append(l, many...)
	t := b.tail(b.ctx)
	t.next(chunks...)
	t.next(many...)
	l.Unlock()
	t.end()
}

func tailNext(b *bench) {
	l := b.lock(b.Store)
	b.append(l, "first")
	t := b.tail(b.ctx)
	t.next("first")
	l.Unlock()
	next := b.lock(b.Store)
	b.append(next, "second")
	t.end()
	t = b.tail(b.ctx)
	t.next("second")
	next.Unlock()
	t.end()
}

func tailContext(b *bench) {
	l := b.lock(b.Store)
	b.append(l, "one")
	gone := errors.New("the reader has left")
	ctx, cancel := context.WithCancelCause(b.ctx)
	defer cancel(nil)
	for chunk, err := range b.tailer.Tail(ctx, user, id) {
		if err != nil {
			b.matches("Tail", err, gone)
			return
		}
		b.must(string(chunk) == "one", "the Tail yielded %q", chunk)
		cancel(gone)
	}
	b.Fatal("the Tail ended without an error when its context ended")
}

func tailMany(b *bench) {
	l := b.lock(b.Store)
	var tails []*tail
	for range 20 {
		tails = append(tails, b.tail(b.ctx))
	}
	for chunk, err := range b.tailer.Tail(b.ctx, user, id+"-other") {
		b.Fatalf("the Tail of a conversation without a lock yielded %q and %v", chunk, err)
	}
	for i := range 5 {
		b.append(l, fmt.Sprint(i))
		for _, t := range tails {
			t.next(fmt.Sprint(i))
		}
	}
	l.Unlock()
	for _, t := range tails {
		t.end()
	}
}

func tailApart(b *bench) {
	other, err := b.Store.Lock(b.ctx, user+"-other", id)
	b.must(err == nil, "Lock: %v", err)
	b.Cleanup(other.Unlock)
	b.append(other, "of the other user")
	l := b.lock(b.Store)
	b.append(l, "own")
	t := b.tail(b.ctx)
	t.next("own")
	other.Unlock()
	b.append(l, "more")
	t.next("more")
	l.Unlock()
	t.end()
}
