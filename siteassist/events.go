package siteassist

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
)

// ConversationEventType says what happened in a conversation. The vendor may add values.
type ConversationEventType string

// These are the events that the vendor's widget knows.
const (
	ConversationEventTypeNewMessage    ConversationEventType = "new_message"
	ConversationEventTypeHumanAssigned ConversationEventType = "human_assigned"
)

// ConversationEvent is something that happened in a conversation.
type ConversationEvent struct {
	Type    ConversationEventType // what happened
	Message *Message              // the new message, or nil for another event
	Raw     parley.Raw            // the frame as sent, or nil for a message that was read from the list
}

const (
	firstReconnectWait = time.Second // doubled for each further one, as in the vendor's widget
	maxReconnectWait   = 30 * time.Second
	healthyConnection  = 30 * time.Second // a connection that lasted so long resets the wait
)

// Events yields what happens in a conversation from now on: new messages of people, above all those of a human agent,
// and that an agent was assigned. The loop ends when ctx does, with ctx's error. Leaving the loop closes the
// connection. Each range over the result connects anew.
//
// The server pushes events over a WebSocket, which needs Config.PublishableKey. If the connection is lost, Events
// connects again, and reads the messages that came meanwhile from the list of messages. No message is lost, and none is
// yielded twice. An answer of the assistant that is still being made is left out until it is whole. An assignment that
// happens while there is no connection is not yielded, but the agent's messages are.
//
// The loop ends with an error if the first connection cannot be made, and later if the server refuses the key or the
// conversation: the error matches ErrUnauthorized, ErrForbidden or ErrNotFound. It calls
// GET /conversations/{conversationId}/ws (no documentation page: seen only in the vendor's widget).
func (s *ConversationsService) Events(ctx context.Context, id string) iter.Seq2[*ConversationEvent, error] {
	return func(yield func(*ConversationEvent, error) bool) {
		w := &eventWatch{core: s.core, messages: (*MessagesService)(s), id: id, seen: map[string]bool{}, yield: yield}
		if err := w.run(ctx); err != nil && !errors.Is(err, errLeft) {
			yield(nil, eventsError(err))
		}
	}
}

// errLeft says that the caller left the loop.
var errLeft = errors.New("the loop was left")

// eventWatch is one range over the events of a conversation.
type eventWatch struct {
	core     *core
	messages *MessagesService
	id       string
	seen     map[string]bool // ids of messages that are old or were yielded
	yield    func(*ConversationEvent, error) bool
}

// run serves one connection after the other. The list is read before the first connection is made, so that its messages
// are old, and after each connection was made, so that no message falls between the two.
func (w *eventWatch) run(ctx context.Context) error {
	target, err := w.core.eventsURL(w.id)
	if err != nil {
		return err
	}
	if err := w.markOld(ctx); err != nil {
		return err
	}
	socket, err := dialEvents(ctx, w.core, target)
	for tries := 0; ; tries++ {
		if err == nil {
			began := time.Now()
			err = w.serve(ctx, socket)
			if time.Since(began) >= healthyConnection {
				tries = 0
			}
		} else if tries == 0 {
			return err
		}
		if errors.Is(err, errLeft) { // before ctx is asked: a loop that was left must not be yielded anything more
			return err
		}
		if ended := ctx.Err(); ended != nil {
			return ended
		}
		if isFinal(err) || !pause(ctx, reconnectWait(tries, err)) {
			return errors.Join(ctx.Err(), err)
		}
		socket, err = dialEvents(ctx, w.core, target)
	}
}

// isFinal reports whether err says that another connection would be refused as well.
func isFinal(err error) bool {
	for _, class := range [...]error{ErrUnauthorized, ErrForbidden, ErrNotFound, ErrInvalidArgument} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// reconnectWait is the wait of the vendor's widget with jitter, and at least the wait that the server asks for.
func reconnectWait(tries int, err error) time.Duration {
	wait := min(firstReconnectWait<<min(tries, 10), maxReconnectWait)
	wait = wait/2 + rand.N(wait/2+1)
	if refused, ok := errors.AsType[*Error](err); ok {
		wait = max(wait, refused.RetryAfter)
	}
	return wait
}

// pause waits and reports whether ctx still lives.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (w *eventWatch) markOld(ctx context.Context) error {
	for message, err := range w.messages.All(ctx, w.id, ListMessagesParams{}) {
		if err != nil {
			return err
		}
		w.seen[message.ID] = true
	}
	return nil
}

// serve yields the events of one connection until it is lost.
func (w *eventWatch) serve(ctx context.Context, socket *eventSocket) error {
	defer socket.close()
	if err := w.catchUp(ctx); err != nil {
		return err
	}
	for {
		frame, err := socket.next(ctx)
		if err != nil {
			return err
		}
		if err := w.handle(ctx, frame); err != nil {
			return err
		}
	}
}

// catchUp yields the messages of the list that were not yielded yet.
func (w *eventWatch) catchUp(ctx context.Context) error {
	for message, err := range w.messages.All(ctx, w.id, ListMessagesParams{}) {
		switch {
		case err != nil:
			return err
		case message.Status == MessageStatusStreaming:
			continue
		}
		if err := w.yieldMessage(message, nil); err != nil {
			return err
		}
	}
	return nil
}

// yieldMessage yields a message unless it was yielded before.
func (w *eventWatch) yieldMessage(message *Message, raw parley.Raw) error {
	if w.seen[message.ID] {
		return nil
	}
	w.seen[message.ID] = true
	return w.emit(&ConversationEvent{Type: ConversationEventTypeNewMessage, Message: message, Raw: raw})
}

func (w *eventWatch) emit(event *ConversationEvent) error {
	if !w.yield(event, nil) {
		return errLeft
	}
	return nil
}

// eventFrame is a frame that tells of an event.
type eventFrame struct {
	Type    ConversationEventType `json:"type"`
	ChatID  string                `json:"chatId"`
	Message parley.Raw            `json:"message"`
}

// tells reports whether a frame tells of an event of this conversation. Frames without a type, such as the pong of the
// heartbeat, tell of none.
func (w *eventWatch) tells(frame []byte) (f eventFrame, ok bool) {
	err := lenient.Unmarshal(frame, &f)
	return f, err == nil && f.Type != "" && (f.ChatID == "" || f.ChatID == w.id)
}

// handle yields the event that a frame tells of.
func (w *eventWatch) handle(ctx context.Context, frame []byte) error {
	f, ok := w.tells(frame)
	if !ok {
		return nil
	}
	if f.Type != ConversationEventTypeNewMessage {
		return w.emit(&ConversationEvent{Type: f.Type, Raw: frame})
	}
	message := new(Message)
	if lenient.Unmarshal(f.Message, message) != nil || message.ID == "" {
		return w.catchUp(ctx) // the frame only says that there is a message
	}
	return w.yieldMessage(message, frame)
}

// eventsError gives err the operation, unless a call below gave it one already.
func eventsError(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return fmt.Errorf("siteassist: conversation events: %w", err)
}
