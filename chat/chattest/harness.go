package chattest

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-127a5941/parley/chat"
)

// run completes a harness, runs a case and looks for goroutines that it left behind.
func run(t testing.TB, h Harness, f func(*bench)) {
	t.Helper()
	if h.User.ID == "" {
		h.User.ID = "chattest-user"
	}
	if h.Restart == nil {
		h.Restart = func() chat.Driver { return h.Driver }
	}
	if h.Requests == nil {
		h.Requests = func() int { return len(h.Heard()) }
	}
	if h.Patience == 0 {
		h.Patience = patience
	}
	before := goroutines()
	// so that the case fails before its context ends
	ctx, cancel := context.WithTimeout(context.Background(), 2*h.Patience)
	b := &bench{TB: t, Harness: h, can: h.Driver.Capabilities(), ctx: ctx}
	defer func() {
		cancel()
		for _, c := range b.open {
			_ = c.Close()
		}
		if !t.Failed() {
			b.noGoroutines(before)
		}
	}()
	f(b)
}

// bench is a case that runs.
type bench struct {
	testing.TB
	Harness
	can  chat.Capabilities
	ctx  context.Context
	open []*chat.Conversation
	keep store
}

// store is where the State is saved.
type store struct {
	mu     sync.Mutex
	states []chat.State
	fail   func(chat.State) error // if it is nil, saving succeeds
}

func (s *store) save(_ context.Context, state chat.State) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(state); err != nil {
			return err
		}
	}
	s.states = append(s.states, slices.Clone(state))
	return nil
}

func (s *store) last() chat.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.states) == 0 {
		return nil
	}
	return s.states[len(s.states)-1]
}

// conversation returns a new one of the driver, which proves absence quickly.
func (b *bench) conversation() *chat.Conversation { return b.with(b.Driver, chat.Options{}) }

// with returns a conversation whose state is kept in b.keep.
func (b *bench) with(d chat.Driver, opts chat.Options) *chat.Conversation {
	b.Helper()
	opts.PollInterval = poll
	if opts.RecoverWait == 0 {
		opts.RecoverWait = brief
	}
	if opts.Save == nil {
		opts.Save = b.keep.save
	}
	c, err := chat.New(d, b.User, opts)
	b.must(err == nil, "chat.New: %v", err)
	b.open = append(b.open, c)
	return c
}

// resumed returns the conversation as another process continues it from the last saved State.
func (b *bench) resumed() *chat.Conversation {
	b.Helper()
	return b.with(b.Restart(), chat.Options{State: b.keep.last()})
}

// must ends the case unless ok.
func (b *bench) must(ok bool, format string, args ...any) {
	b.Helper()
	if !ok {
		b.Fatalf(format, args...)
	}
}

// ask says text and returns the answer, which must be whole.
func (b *bench) ask(c *chat.Conversation, text string) *chat.Answer {
	b.Helper()
	return b.answered(text, c.Send(b.ctx, chat.Message{Text: text}))
}

// answered collects a turn that must end with the answer to text.
func (b *bench) answered(text string, events iter.Seq2[chat.Event, error]) *chat.Answer {
	b.Helper()
	a, err := chat.Collect(events)
	b.must(err == nil, "the turn of %.60q failed: %v", text, err)
	b.must(strings.Contains(a.Text, text), "the answer to %.60q is %.60q", text, a.Text)
	b.must(len(a.Messages) > 0, "the answer to %.60q has no EventMessage", text)
	return a
}

// fails says text and returns the error that it must end with.
func (b *bench) fails(c *chat.Conversation, m chat.Message) error {
	b.Helper()
	_, err := c.Ask(b.ctx, m)
	b.must(err != nil, "sending %.60q succeeded", m.Text)
	return err
}

// heard requires that the vendor acted on exactly these messages.
func (b *bench) heard(want ...string) {
	b.Helper()
	got := b.Heard()
	b.must(slices.Equal(got, want), "the vendor heard %.200q, want %.200q", got, want)
}

// waitHeard waits until the vendor has acted on a message.
func (b *bench) waitHeard() {
	b.Helper()
	b.eventually("the vendor hears the message", func() bool { return len(b.Heard()) > 0 })
}

// leave leaves the loop over a turn at its first event.
func (b *bench) leave(events iter.Seq2[chat.Event, error]) {
	b.Helper()
	for _, err := range events {
		b.must(err == nil, "the turn failed: %v", err)
		return
	}
}

// eventually waits for a condition.
func (b *bench) eventually(what string, so func() bool) {
	b.Helper()
	for deadline := time.Now().Add(b.Patience); !so(); {
		b.must(time.Now().Before(deadline), "%s: that did not happen", what)
		<-time.After(time.Millisecond)
	}
}

// fault sets a fault, or skips the case if the harness cannot.
func (b *bench) fault(f Fault) {
	b.Helper()
	if !b.Fault(f) {
		b.Skip("the harness has no such fault")
	}
}

// is requires that err matches target.
func (b *bench) is(err, target error) {
	b.Helper()
	b.must(errors.Is(err, target), "the error is %v, want %v", err, target)
}

// pending requires that a message is pending, or that no message is.
func (b *bench) pending(c *chat.Conversation, want bool) {
	b.Helper()
	_, got := c.Pending()
	b.must(got == want, "pending is %v, want %v", got, want)
}

// within runs f on another goroutine and requires that it returns.
func (b *bench) within(what string, f func()) {
	b.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	b.wait(what, done)
}

func (b *bench) wait(what string, done <-chan struct{}) {
	b.Helper()
	select {
	case <-done:
	case <-time.After(b.Patience):
		b.Fatalf("%s: that did not end", what)
	}
}

// goroutines returns the stacks of all goroutines by their first lines' number.
func goroutines() map[string]string {
	stacks := map[string]string{}
	for stack := range bytes.SplitSeq(allStacks(), []byte("\n\n")) {
		number, _, _ := strings.Cut(strings.TrimPrefix(string(stack), "goroutine "), " ")
		stacks[number] = string(stack)
	}
	return stacks
}

// allStacks returns the stacks of all goroutines. Its buffer grows, because few tests need a large one.
func allStacks() []byte {
	const most = 1 << 20
	for size := 1 << 15; ; size *= 2 {
		buffer := make([]byte, size)
		if n := runtime.Stack(buffer, true); n < size || size >= most {
			return buffer[:n]
		}
	}
}

// pooled names goroutines that belong to connections which wait for the next request, to servers, or to tests.
var pooled = []string{"net/http.", "testing.", "runtime.", "chattest.allStacks"}

// noGoroutines requires that the goroutines which were not there before end. It polls less and less often, because
// reading all stacks stops the world.
func (b *bench) noGoroutines(before map[string]string) {
	b.Helper()
	var left []string
	pause := time.Millisecond
	for deadline := time.Now().Add(5 * time.Second); ; pause = min(2*pause, 100*time.Millisecond) {
		left = left[:0]
		for number, stack := range goroutines() {
			idle := slices.ContainsFunc(pooled, func(name string) bool { return strings.Contains(stack, name) })
			if _, old := before[number]; !old && !idle {
				left = append(left, stack)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
		}
		<-time.After(pause)
	}
}
