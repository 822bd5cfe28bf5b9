package simulation

import (
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// listens reports whether a user hears what comes unasked. Not all do, because their polls take most of the time.
func listens(d chat.Driver, user int) bool {
	can := d.Capabilities()
	return (can.Humans || can.Push) && user%listenEach == listenEach-1
}

// listenEach is how many users there are for each one that listens.
const listenEach = 5

// listener hears the unasked messages in the conversation of one user, whichever process has it.
type listener struct {
	ledger *Ledger
	user   int
	loops  sync.WaitGroup

	mu    sync.Mutex
	seen  map[string]bool // by ID, and lines by their text
	last  string
	due   []string // the lines that must come
	count int      // of the messages that were heard
}

func newListener(l *Ledger, user int) *listener {
	return &listener{ledger: l, user: user, seen: map[string]bool{}}
}

// follow hears the events of one process until it closes its conversation. events begins a loop after the message with
// an ID. A loop that ends with another error is followed by one that begins where it ended.
func (l *listener) follow(events func(after string) iter.Seq2[chat.Event, error]) {
	l.loops.Go(func() {
		for {
			if err := l.hear(events(l.place())); errors.Is(err, parley.ErrClosed) {
				return
			}
			time.Sleep(time.Second)
		}
	})
}

// place returns the ID of the last message that was heard.
func (l *listener) place() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// hear hears one loop and returns the error that ends it.
func (l *listener) hear(events iter.Seq2[chat.Event, error]) (err error) {
	for event, failed := range events {
		switch {
		case failed != nil:
			err = failed
		case event.Kind == chat.EventMessage:
			l.heard(event)
		}
	}
	return err
}

// lineForm is how the lines of humans look. They do not answer a message.
var lineForm = regexp.MustCompile(`This is Grace, line \d+`)

func line(n int) string { return fmt.Sprintf("This is Grace, line %d.", n) }

// heard records an event and complains if it came before, or if it belongs to another user.
func (l *listener) heard(e chat.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := lineForm.FindString(e.Text)
	if e.ID != "" && l.seen[e.ID] || said != "" && l.seen[said] {
		l.ledger.Break(RuleEventTwice, fmt.Sprintf("user %d got %s: %q", l.user, e.ID, e.Text))
	}
	if text := textForm.FindString(e.Text); text != "" && !strings.Contains(text, fmt.Sprintf("-u%d-", l.user)) {
		l.ledger.Break(RuleForeign, fmt.Sprintf("user %d got %q", l.user, e.Text))
	}
	l.seen[e.ID], l.seen[said], l.last = true, true, e.ID
	l.count++
}

// expect records that a human has said a line to the user. The line must come if the listener knows a place in the
// conversation, behind which its loops begin.
func (l *listener) expect(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != "" {
		l.due = append(l.due, lineForm.FindString(text))
	}
}

// judge complains about the lines that did not come. It returns how many messages came.
func (l *listener) judge() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, said := range l.due {
		if !l.seen[said] {
			l.ledger.Break(RuleEventLost, fmt.Sprintf("user %d did not get %q", l.user, said))
		}
	}
	return l.count
}
