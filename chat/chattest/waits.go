package chattest

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

var errGivenUp = errors.New("chattest: given up")

var waitCases = []entry{
	{"Context/EndedBeforeTheTurnSendsNothing", func(b *bench) {
		c := b.conversation()
		ctx, cancel := context.WithCancelCause(b.ctx)
		cancel(errGivenUp)
		_, err := c.Ask(ctx, chat.Message{Text: "hello"})
		b.is(err, errGivenUp)
		b.must(b.Requests() == 0, "%d requests were sent", b.Requests())
		b.pending(c, false)
	}},
	{"Context/EndsTheWaitForTheAnswer", func(b *bench) {
		b.fault(FaultHold)
		c := b.conversation()
		ctx, cancel := context.WithCancelCause(b.ctx)
		go func() { b.waitHeard(); cancel(errGivenUp) }()
		b.within("a turn whose context has ended", func() {
			_, err := c.Ask(ctx, chat.Message{Text: "hello"})
			if !errors.Is(err, errGivenUp) {
				b.Errorf("the error is %v, want the cause of the context", err)
			}
		})
		b.pending(c, true)
		b.Release()
		b.heard("hello")
	}},
	{"Context/EndsTheWaitForTheTurn", func(b *bench) {
		b.fault(FaultHold)
		c := b.conversation()
		first := b.start(c, "first")
		b.waitHeard()
		ctx, cancel := context.WithCancelCause(b.ctx)
		cancel(errGivenUp)
		_, err := c.Ask(ctx, chat.Message{Text: "second"})
		b.is(err, errGivenUp)
		b.Release()
		b.wait("the first turn", first)
		b.heard("first")
	}},
	{"Break/LeavesTheMessagePending", func(b *bench) {
		c := b.conversation()
		b.leave(c.Send(b.ctx, chat.Message{Text: "hello"}))
		b.pending(c, true)
		b.heard("hello")
	}},
	{"Close/InMidTurnEndsIt", func(b *bench) {
		b.fault(FaultHold)
		c := b.conversation()
		ended := make(chan error, 1)
		go func() { _, err := c.Ask(b.ctx, chat.Message{Text: "hello"}); ended <- err }()
		b.waitHeard()
		b.within("Close", func() { _ = c.Close() })
		b.within("a turn of a closed conversation", func() {
			if err := <-ended; !errors.Is(err, parley.ErrClosed) {
				b.Errorf("the error is %v, want ErrClosed", err)
			}
		})
		b.pending(c, true)
		b.Release()
	}},
	{"Close/InTheLoop", func(b *bench) {
		c := b.conversation()
		b.within("a loop that closes its conversation", func() {
			for _, err := range c.Send(b.ctx, chat.Message{Text: "hello"}) {
				if _ = c.Close(); err != nil {
					return
				}
			}
		})
		b.heard("hello")
	}},
	{"Close/AtEveryEventOfATurn", closes},
	{"Close/TwiceAndBeforeUse", func(b *bench) {
		c := b.conversation()
		for range 2 {
			b.must(c.Close() == nil, "Close returned an error")
		}
		b.is(b.fails(c, chat.Message{Text: "hello"}), parley.ErrClosed)
		b.must(b.Requests() == 0, "%d requests were sent", b.Requests())
	}},
	{"Close/AfterATurnTellsTheVendorNothing", func(b *bench) {
		c := b.conversation()
		b.ask(c, "hello")
		b.must(c.Close() == nil, "Close returned an error")
		next := b.resumed()
		b.ask(next, "still there")
		b.heard("hello", "still there")
	}},
	{"Shutdown/WaitsForTheTurnAndRefusesNewOnes", func(b *bench) {
		b.fault(FaultHold)
		c := b.conversation()
		first := b.start(c, "first")
		b.waitHeard()
		ctx, cancel := context.WithCancelCause(b.ctx)
		cancel(errGivenUp)
		b.is(c.Shutdown(ctx), errGivenUp)
		b.is(b.fails(c, chat.Message{Text: "second"}), parley.ErrClosed)
		b.Release()
		b.wait("the first turn", first)
		b.must(c.Shutdown(b.ctx) == nil, "Shutdown returned an error")
		b.heard("first")
	}},
}

// closes closes the conversation at each event of a turn and goes on with the loop. Another process settles the
// message.
func closes(b *bench) {
	for at := 0; ; at++ {
		text := fmt.Sprintf("text-%d", at)
		c := b.with(b.Driver, chat.Options{State: b.keep.last()})
		n := 0
		b.within("a loop that closes its conversation", func() {
			for _, err := range c.Send(b.ctx, chat.Message{Text: text}) {
				if err != nil {
					return
				}
				if n == at {
					_ = c.Close()
				}
				n++
			}
		})
		b.must(len(b.Heard()) == at+1, "after Close at event %d the vendor heard %q", at, b.Heard())
		next := b.resumed()
		if _, open := next.Pending(); open {
			b.recovers(next, text)
		}
		if n <= at {
			return
		}
	}
}

// start says text on another goroutine; the answer must be whole. The channel is closed when the turn has ended.
func (b *bench) start(c *chat.Conversation, text string) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := c.Ask(b.ctx, chat.Message{Text: text}); err != nil {
			b.Errorf("the turn of %q failed: %v", text, err)
		}
	}()
	return done
}
