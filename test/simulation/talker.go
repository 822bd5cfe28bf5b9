package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/chat"
)

// talker is one user's way to a vendor.
type talker interface {
	// say says text and returns the answer. It returns errSkipped if it could not begin.
	say(ctx context.Context, text string) (answer string, err error)
	// settle finds out what became of a message whose fate is open. Its second result is false if it cannot tell yet.
	settle(ctx context.Context) (answer string, err error, settled bool)
	// ordered says that messages which are said at once arrive in their order.
	ordered() bool
	// traced says that each message goes out in HTTP requests of its own.
	traced() bool
	close() error
}

// direct is a talker without state to settle.
type direct struct{}

func (direct) settle(context.Context) (string, error, bool) { return "", errSkipped, false }
func (direct) ordered() bool                                { return false }
func (direct) traced() bool                                 { return true }
func (direct) close() error                                 { return nil }

// chatter talks through package chat. Now and then its process dies and another one goes on with the saved state.
type chatter struct {
	driver  chat.Driver
	user    chat.User
	random  *rand.Rand
	socket  bool
	saved   chat.State
	current *chat.Conversation
	events  *listener // hears unasked messages, or nil
}

// maxState is the size that package chat promises for a State.
const maxState = 4 << 10

func newChatter(w *world, d chat.Driver, user int, r *rand.Rand, socket bool) *chatter {
	c := &chatter{driver: d, random: r, socket: socket}
	if caps := d.Capabilities(); (caps.Humans || caps.Push) && user%25 == 0 {
		c.events = &listener{ledger: w.ledger, user: user, seen: map[string]bool{}}
	}
	c.user = chat.User{ID: fmt.Sprintf("user-%d", user), Name: "Ada Byron", Email: fmt.Sprintf("u%d@example.com", user)}
	return c
}

// open returns the conversation, which a new process continues from the saved state.
func (c *chatter) open() (*chat.Conversation, error) {
	if c.current != nil {
		return c.current, nil
	}
	var err error
	c.current, err = chat.New(c.driver, c.user, chat.Options{
		State: c.saved, PollInterval: 2 * time.Second, RecoverWait: 3 * attemptTimeout,
		Save: func(_ context.Context, s chat.State) error {
			if len(s) > maxState {
				return fmt.Errorf("the state has %d bytes", len(s))
			}
			c.saved = s
			return nil
		},
	})
	if err == nil && c.events != nil {
		c.events.listen(c.current)
	}
	return c.current, err
}

func (c *chatter) die() {
	if c.current != nil {
		_ = c.current.Close()
		c.current = nil
	}
}

func (c *chatter) say(ctx context.Context, text string) (string, error) {
	conversation, err := c.open()
	if err != nil {
		return "", err
	}
	if _, pending := conversation.Pending(); pending {
		return "", errSkipped
	}
	answer, err := conversation.Ask(ctx, chat.Message{ID: text, Text: text})
	return told(answer, err)
}

// told returns the answer of a turn, and errAccepted for a turn without one.
func told(answer *chat.Answer, err error) (string, error) {
	if err == nil && (answer.Finish == chat.FinishQueued || answer.Finish == chat.FinishUnanswered) {
		err = errAccepted
	}
	return answer.Text, err
}

func (c *chatter) settle(ctx context.Context) (string, error, bool) {
	if c.random.IntN(3) == 0 {
		c.die()
	}
	conversation, err := c.open()
	if err != nil {
		return "", err, true
	}
	if _, pending := conversation.Pending(); !pending {
		return "", nil, false
	}
	answer, err := told(chat.Collect(conversation.Recover(ctx)))
	_, pending := conversation.Pending()
	return answer, err, !pending
}

func (c *chatter) ordered() bool { return false }
func (c *chatter) traced() bool  { return !c.socket }

func (c *chatter) close() error {
	c.die()
	if c.events != nil {
		c.events.loops.Wait()
		c.events = nil
	}
	return nil
}

// listener hears the unasked messages in the conversation of one user, whichever process has it.
type listener struct {
	ledger *Ledger
	user   int
	loops  sync.WaitGroup

	mu   sync.Mutex
	seen map[string]bool // by ID
	last string
}

func (l *listener) listen(c *chat.Conversation) {
	l.mu.Lock()
	after := l.last
	l.mu.Unlock()
	l.loops.Go(func() {
		for event, err := range c.Events(context.Background(), after) {
			if err == nil && event.Kind == chat.EventMessage {
				l.heard(event)
			}
		}
	})
}

// heard records an event and complains if it came before, or if it belongs to another user.
func (l *listener) heard(e chat.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.ID != "" && l.seen[e.ID] {
		l.ledger.Break(RuleEventTwice, fmt.Sprintf("user %d got %s: %q", l.user, e.ID, e.Text))
	}
	if text := textForm.FindString(e.Text); text != "" && !strings.Contains(text, fmt.Sprintf("-u%d-", l.user)) {
		l.ledger.Break(RuleForeign, fmt.Sprintf("user %d got %q", l.user, e.Text))
	}
	l.seen[e.ID], l.last = true, e.ID
}

// isOpen reports whether the fate of the last message is open.
func isOpen(t talker) bool {
	c, ok := t.(*chatter)
	if !ok || c.current == nil {
		return false
	}
	_, pending := c.current.Pending()
	return pending
}

var errGone = errors.New("the user left")
