package simulation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
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
	planted defect
}

// recoverWait is how long a message must be absent before chat takes that for proof.
const recoverWait = 3 * attemptTimeout

// maxState is the size that package chat promises for a State.
const maxState = 4 << 10

func newChatter(w *world, d chat.Driver, user int, r *rand.Rand, socket bool) *chatter {
	c := &chatter{driver: d, random: r, socket: socket, planted: w.planted}
	if listens(d, user) {
		c.events = newListener(w.ledger, user)
		w.listeners[user] = c.events
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
		State: c.saved, PollInterval: 2 * time.Second, RecoverWait: cmp.Or(c.planted.recoverWait, recoverWait),
		Save: func(_ context.Context, s chat.State) error {
			if len(s) > maxState {
				return fmt.Errorf("the state has %d bytes", len(s))
			}
			c.saved = s
			return nil
		},
	})
	if err == nil && c.events != nil {
		current := c.current
		c.events.follow(func(after string) iter.Seq2[chat.Event, error] {
			events := current.Events(context.Background(), after)
			if c.planted.events != nil {
				events = c.planted.events(events)
			}
			return events
		})
	}
	return c.current, err
}

func (c *chatter) die() {
	if c.current != nil {
		_ = c.current.Close()
		c.current = nil
		if c.events != nil {
			c.events.loops.Wait() // or two processes would hear the same message
		}
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
	c.events = nil // it holds the ledger
	return nil
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
