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

// ConversationEventType is the kind of an event in a conversation. The vendor may add values.
type ConversationEventType string

// These are the events that the vendor's widget knows.
const (
	ConversationEventTypeNewMessage    ConversationEventType = "new_message"
	ConversationEventTypeHumanAssigned ConversationEventType = "human_assigned"
)

// ConversationEvent is an event in a conversation.
type ConversationEvent struct {
	Type    ConversationEventType // the kind of the event
	Message *Message              // the new message, or nil for another event
	Raw     parley.Raw            // the frame as sent, or nil for a message that was read from the list
}

const (
	firstReconnectWait = time.Second // doubled for each further wait, as in the vendor's widget
	maxReconnectWait   = 30 * time.Second
	healthyConnection  = 30 * time.Second // a connection that lasted this long resets the wait
)

// Events yields the events of a conversation from now on: new messages of people, above all those of a human agent, and
// the assignment of an agent. The loop ends with the error of ctx when ctx ends. Leaving the loop closes the
// connection. Each range over the result connects anew.
//
// The server pushes events over a WebSocket, which needs Config.PublishableKey. If the connection is lost, Events
// connects again, and reads the messages that came meanwhile from the list of messages. No message is lost or yielded
// twice. If the assistant is still making an answer, that is left out until it is whole. If an agent is assigned while
// there is no connection, the assignment is not yielded, but the agent's messages are.
//
// The loop ends with an error if the first connection cannot be made. It ends later if the server refuses the key or
// the conversation. The error then matches ErrUnauthorized, ErrForbidden or ErrNotFound. It calls GET
// /conversations/{conversationId}/ws (no documentation page: seen only in the vendor's widget).
func (s *ConversationsService) Events(ctx context.Context, id string) iter.Seq2[*ConversationEvent, error] {
	return func(yield func(*ConversationEvent, error) bool) {
		w := &eventWatch{core: s.core, messages: (*MessagesService)(s), id: id, seen: map[string]bool{}, yield: yield}
		if err := w.run(ctx); err != nil && !errors.Is(err, errLeft) {
			yield(nil, eventsError(err))
		}
	}
}

// errLeft means that the caller left the loop.
var errLeft = errors.New("the loop was left")

// eventWatch is one range over the events of a conversation.
type eventWatch struct {
	core     *core
	messages *MessagesService
	id       string
	seen     map[string]bool // ids of messages that are old or that were yielded
	yield    func(*ConversationEvent, error) bool
}

// run serves one connection after another. It reads the list before the first connection is made, so that it knows
// which messages are old. It reads the list again after each connection was made, so that it misses no message in
// between.
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
		if errors.Is(err, errLeft) { // checked before ctx, because no more may be yielded to a loop that was left
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

// isFinal reports whether another connection would be refused for the same reason as err.
func isFinal(err error) bool {
	for _, class := range [...]error{ErrUnauthorized, ErrForbidden, ErrNotFound, ErrInvalidArgument} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// reconnectWait returns the wait of the vendor's widget with jitter, and at least the wait that the server asks for.
func reconnectWait(tries int, err error) time.Duration {
	wait := min(firstReconnectWait<<min(tries, 10), maxReconnectWait)
	wait = wait/2 + rand.N(wait/2+1)
	if refused, ok := errors.AsType[*Error](err); ok {
		wait = max(wait, refused.RetryAfter)
	}
	return wait
}

// pause waits. It reports false if ctx ended meanwhile.
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
		if err != nil {
			return err
		}
		if err := w.yieldMessage(message, nil); err != nil {
			return err
		}
	}
	return nil
}

// yieldMessage yields a message unless it was yielded before or is not whole yet.
func (w *eventWatch) yieldMessage(message *Message, raw parley.Raw) error {
	if w.seen[message.ID] || message.Status == MessageStatusStreaming {
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

// eventFrame is a frame that reports an event.
type eventFrame struct {
	Type    ConversationEventType `json:"type"`
	ChatID  string                `json:"chatId"`
	Message parley.Raw            `json:"message"`
}

// tells reports whether a frame reports an event of this conversation. Frames without a type, such as the pong of the
// heartbeat, do not.
func (w *eventWatch) tells(frame []byte) (f eventFrame, ok bool) {
	err := lenient.Unmarshal(frame, &f)
	return f, err == nil && f.Type != "" && (f.ChatID == "" || f.ChatID == w.id)
}

// handle yields the event that a frame reports.
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
		return w.catchUp(ctx) // the frame does not hold the message
	}
	return w.yieldMessage(message, frame)
}

// eventsError puts the operation in front of err, unless err already names one.
func eventsError(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return fmt.Errorf("siteassist: conversation events: %w", err)
}
