package chattest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// entry is a case whose harness was completed.
type entry struct {
	Name string
	Run  func(*bench)
}

var turnCases = []entry{
	{"Driver/NameAndCapabilitiesAreConstant", func(b *bench) {
		other := b.Restart()
		b.must(b.Driver.Name() != "" && b.Driver.Name() == other.Name(), "names %q and %q", b.Driver.Name(),
			other.Name())
		b.must(reflect.DeepEqual(b.can, other.Capabilities()), "two drivers have different capabilities")
	}},
	{"New/SendsNothing", func(b *bench) {
		b.conversation()
		b.must(b.Requests() == 0, "chat.New sent %d requests", b.Requests())
	}},
	{"Send/NothingIsSentBeforeTheRange", func(b *bench) {
		_ = b.conversation().Send(b.ctx, chat.Message{Text: "hello"})
		b.must(b.Requests() == 0, "%d requests were sent before the range", b.Requests())
	}},
	{"Send/SaysAMessageOnceAndAnswersIt", func(b *bench) {
		a := b.ask(b.conversation(), "hello")
		b.must(a.Finish == chat.FinishStop, "the turn ended with %q", a.Finish)
		b.heard("hello")
	}},
	{"Send/NothingIsPendingAfterIt", func(b *bench) {
		c := b.conversation()
		b.ask(c, "hello")
		b.pending(c, false)
	}},
	{"Send/ASecondRangeIsErrClosed", func(b *bench) {
		events := b.conversation().Send(b.ctx, chat.Message{Text: "hello"})
		b.answered("hello", events)
		_, err := chat.Collect(events)
		b.is(err, parley.ErrClosed)
		b.heard("hello")
	}},
	{"Send/ExactlyOneDoneAtTheEnd", func(b *bench) {
		var kinds []chat.EventKind
		for e, err := range b.conversation().Send(b.ctx, chat.Message{Text: "hello"}) {
			b.must(err == nil, "the turn failed: %v", err)
			kinds = append(kinds, e.Kind)
		}
		b.must(len(kinds) > 1 && slices.Index(kinds, chat.EventDone) == len(kinds)-1, "the events were %v", kinds)
	}},
	{"Send/MessagesHaveIDsAndRoles", func(b *bench) {
		seen := map[string]bool{}
		for range 2 {
			for _, m := range b.ask(b.conversation(), "hello").Messages {
				b.must(m.ID != "" && m.Role == chat.RoleAssistant, "a message has ID %q and role %q", m.ID, m.Role)
				b.must(!seen[m.ID], "two messages have the ID %q", m.ID)
				seen[m.ID] = true
			}
		}
	}},
	{"Send/DeltasMakeUpTheMessages", deltas},
	{"Send/TurnsKeepTheirOrder", func(b *bench) {
		c := b.conversation()
		for _, text := range []string{"one", "two", "three"} {
			b.ask(c, text)
		}
		b.heard("one", "two", "three")
	}},
	{"Send/EqualTextsAreSaidEachTime", func(b *bench) {
		c := b.conversation()
		b.ask(c, "yes")
		b.ask(c, "yes")
		b.heard("yes", "yes")
	}},
	{"Send/AnEmptyMessageIsRefused", func(b *bench) {
		c := b.conversation()
		b.is(b.fails(c, chat.Message{}), parley.ErrInvalidArgument)
		b.must(b.Requests() == 0, "%d requests were sent", b.Requests())
		b.pending(c, false)
	}},
	{"Send/AHugeMessageIsWholeOrRefused", huge},
	{"Send/AnyTextArrivesAsItIs", func(b *bench) {
		text := "„Größe“ <b>&amp; \"quotes\"</b> \\ 漢字 🙂\nsecond line"
		b.ask(b.conversation(), text)
		b.heard(text)
	}},
	{"Send/AnUnknownNativeIsRefused", func(b *bench) {
		c := b.conversation()
		type unknown struct{ X int }
		b.is(b.fails(c, chat.Message{Native: unknown{1}}), parley.ErrInvalidArgument)
		b.heard()
		b.pending(c, false)
	}},
	{"Send/TheIDOfTheLastMessageIsErrAlreadySent", func(b *bench) {
		c := b.conversation()
		m := chat.Message{ID: "m-1", Text: "hello"}
		b.answered("hello", c.Send(b.ctx, m))
		b.is(b.fails(c, m), chat.ErrAlreadySent)
		b.heard("hello")
	}},
	{"Send/ConcurrentTurnsGetTheirOwnAnswers", concurrent},
	{"Send/ConversationsAreApart", func(b *bench) {
		var group sync.WaitGroup
		for i := range 4 {
			c := b.conversation()
			group.Go(func() {
				for j := range 2 {
					text := fmt.Sprintf("text-%d-%d", i, j)
					if a, err := c.Ask(b.ctx, chat.Message{Text: text}); err != nil || !strings.Contains(a.Text, text) {
						b.Errorf("the answer to %q is %q, %v", text, a.Text, err)
					}
				}
			})
		}
		group.Wait()
		b.must(len(b.Heard()) == 8, "the vendor heard %d messages", len(b.Heard()))
	}},
}

// deltas requires that the deltas make up the texts of the messages.
func deltas(b *bench) {
	texts, whole, streamed := map[string]string{}, map[string]string{}, false
	for e, err := range b.conversation().Send(b.ctx, chat.Message{Text: "tell me something longer"}) {
		b.must(err == nil, "the turn failed: %v", err)
		switch e.Kind {
		case chat.EventDelta:
			_, over := whole[e.ID]
			b.must(!over, "a delta of %q came after its message", e.ID)
			if streamed = true; e.Replace {
				texts[e.ID] = ""
			}
			texts[e.ID] += e.Text
		case chat.EventMessage:
			_, twice := whole[e.ID]
			b.must(!twice, "%q came whole twice", e.ID)
			whole[e.ID] = e.Text
		}
	}
	b.must(streamed == b.can.Deltas, "deltas came: %v, Capabilities.Deltas: %v", streamed, b.can.Deltas)
	for id, text := range texts {
		b.must(whole[id] == text, "the deltas of %q are %q and its message is %q", id, text, whole[id])
	}
}

// huge sends more than vendors take. It must not be cut.
func huge(b *bench) {
	c := b.conversation()
	text := strings.Repeat("0123456789", 12_000)
	_, err := c.Ask(b.ctx, chat.Message{Text: text})
	heard := b.Heard()
	if err != nil {
		b.must(len(heard) == 0, "the vendor heard a message that was refused: %v", err)
		b.pending(c, false)
		return
	}
	b.must(len(heard) == 1 && heard[0] == text, "the message did not arrive whole")
}

// concurrent runs turns of one conversation on several goroutines.
func concurrent(b *bench) {
	c := b.conversation()
	var group sync.WaitGroup
	for i := range 6 {
		text := fmt.Sprintf("text-%d", i)
		group.Go(func() {
			if a, err := c.Ask(b.ctx, chat.Message{Text: text}); err != nil || !strings.Contains(a.Text, text) {
				b.Errorf("the answer to %q is %q, %v", text, a.Text, err)
			}
		})
	}
	group.Wait()
	heard := b.Heard()
	slices.Sort(heard)
	b.must(len(slices.Compact(heard)) == 6, "the vendor heard %q", heard)
}
