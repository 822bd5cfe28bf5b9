package chat_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// script is a driver whose session does what its funcs say.
type script struct {
	can    chat.Capabilities
	send   func(context.Context, chat.Message, *chat.Turn) error
	greet  func(context.Context, *chat.Turn) error
	list   func(context.Context) (chat.Listing, error)
	listen func(context.Context, func(chat.Event) error) error
	open   func(context.Context, *chat.Memory) error
	mem    *chat.Memory
}

func (s *script) Name() string                    { return "script" }
func (s *script) Capabilities() chat.Capabilities { return s.can }
func (s *script) Close() error                    { return nil }

func (s *script) Connect(_ chat.User, mem *chat.Memory) (chat.Session, error) {
	s.mem = mem
	return s, nil
}

func (s *script) Send(ctx context.Context, m chat.Message, t *chat.Turn) error {
	return s.send(ctx, m, t)
}
func (s *script) Greet(ctx context.Context, t *chat.Turn) error    { return s.greet(ctx, t) }
func (s *script) HandOver(ctx context.Context, t *chat.Turn) error { return s.greet(ctx, t) }
func (s *script) List(ctx context.Context) (chat.Listing, error)   { return s.list(ctx) }

func (s *script) Listen(ctx context.Context, emit func(chat.Event) error) error {
	return s.listen(ctx, emit)
}

func (s *script) Open(ctx context.Context) error {
	if s.open == nil {
		return nil
	}
	return s.open(ctx, s.mem)
}

// full are the capabilities of a script.
var full = chat.Capabilities{Greeting: true, HandOver: true, History: true, Recover: true, Deltas: true, Choices: true}

// says makes a session's Send emit an answer.
func says(events ...chat.Event) func(context.Context, chat.Message, *chat.Turn) error {
	return func(_ context.Context, _ chat.Message, t *chat.Turn) error {
		for _, e := range events {
			if err := t.Emit(e); err != nil {
				return err
			}
		}
		return nil
	}
}

// fails makes a session's Send fail.
func fails(err error) func(context.Context, chat.Message, *chat.Turn) error {
	return func(context.Context, chat.Message, *chat.Turn) error { return err }
}

func message(id, text string) chat.Event {
	return chat.Event{Kind: chat.EventMessage, ID: id, Role: chat.RoleAssistant, Text: text}
}

func spoken(id string, role chat.Role, text string) chat.Listed {
	return chat.Listed{Event: chat.Event{Kind: chat.EventMessage, ID: id, Role: role, Text: text}}
}

func listing(messages ...chat.Listed) chat.Listing { return chat.Listing{Messages: messages} }

var user = chat.User{ID: "u-1"}

func start(t *testing.T, d chat.Driver, opts chat.Options) *chat.Conversation {
	t.Helper()
	c, err := chat.New(d, user, opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

var errLost = errors.Join(errors.New("connection reset"), parley.ErrDeliveryUnknown)

// pendingIn returns a conversation of s in which "m" is pending, sent now.
func pendingIn(t *testing.T, s *script) *chat.Conversation {
	t.Helper()
	s.send = fails(errLost)
	c := start(t, s, chat.Options{})
	_, err := c.Ask(t.Context(), chat.Message{ID: "m", Text: "yes"})
	require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	_, open := c.Pending()
	require.True(t, open)
	return c
}

// listAfter lists nothing of the user's until d has passed.
func listAfter(d time.Duration, then chat.Listing) func(context.Context) (chat.Listing, error) {
	from := time.Now()
	return func(context.Context) (chat.Listing, error) {
		if time.Since(from) < d {
			return chat.Listing{}, nil
		}
		return then, nil
	}
}
