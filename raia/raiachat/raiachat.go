// Package raiachat makes raia a driver of package chat.
//
// A message is sent with Conversations.SendAsync, whose response has raia's id of the message, and its answer is
// awaited by that id. Recover looks for the message among the user's messages beyond the settled ones and awaits its
// answer. Give chat.Options.RecoverWait at least twice raia.Config.Timeout. HandOver puts the conversation into the
// manual mode, in which staff answers. Events polls, because raia has no push but webhooks.
package raiachat

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/raia"
)

// Options configures the driver. The zero value is ready to use.
type Options struct {
	// Source is that of users whom the driver creates. It may be "".
	Source string
	// Title is that of conversations that the driver creates. It may be "".
	Title string
	// ModeInterval is the time between two looks whether staff has taken the conversation over. The driver looks while
	// it awaits an answer, and waits longer if a Retry-After asks for it. Zero means 5 seconds.
	ModeInterval time.Duration
}

// Driver is a chat.Driver. It is safe for concurrent use.
type Driver struct {
	client *raia.Client // belongs to the caller
	opts   Options      // with their defaults
}

// New returns a driver that uses client, which needs an agent key. Message.Native may be a raia.SendMessageParams.
func New(client *raia.Client, opts Options) *Driver {
	const interval = 5 * time.Second
	opts.ModeInterval = cmp.Or(max(opts.ModeInterval, 0), interval)
	return &Driver{client, opts}
}

// Name returns "raia".
func (d *Driver) Name() string { return "raia" }

// Capabilities describes the driver.
func (d *Driver) Capabilities() chat.Capabilities {
	return chat.Capabilities{HandOver: true, Humans: true, History: true, Recover: true}
}

// Connect returns the session of a conversation without a request. raia's user has User.ID as foreign key.
func (d *Driver) Connect(user chat.User, mem *chat.Memory) (chat.Session, error) {
	s := &session{Driver: d, user: user, mem: mem}
	var known memory
	err := mem.Get(&known)
	return s, err
}

// memory is kept in the State for the next process.
type memory struct {
	Conversation string `json:"conversation"`
	Manual       bool   `json:"manual,omitempty"` // HandOver was called, so staff may answer
}

type session struct {
	*Driver
	user chat.User
	mem  *chat.Memory
}

// known returns the memory of the session, which Connect has read before.
func (s *session) known() (m memory) {
	_ = s.mem.Get(&m)
	return m
}

// conversation returns the id of the conversation, or "".
func (s *session) conversation() string { return s.known().Conversation }

// Open finds or creates the user and creates the conversation.
func (s *session) Open(ctx context.Context) error {
	if s.conversation() != "" {
		return nil
	}
	first, last, _ := strings.Cut(strings.TrimSpace(s.user.Name), " ")
	user, err := s.client.Users.GetOrCreate(ctx, raia.CreateUserParams{
		FirstName: cmp.Or(first, "User"), LastName: cmp.Or(last, s.user.ID),
		FkID: s.user.ID, Email: s.user.Email, Source: s.opts.Source, CustomData: custom(s.user.Attributes),
	})
	if err != nil {
		return err
	}
	made, err := s.client.Conversations.Create(ctx, raia.CreateConversationParams{
		ConversationUserID: user.ID, Title: s.opts.Title,
	})
	if err != nil {
		return err
	}
	return s.mem.Set(memory{Conversation: made.ID})
}

func custom(attributes map[string]string) map[string]any {
	if len(attributes) == 0 {
		return nil
	}
	data := make(map[string]any, len(attributes))
	for name, value := range attributes {
		data[name] = value
	}
	return data
}

// Send sends m and awaits its answer.
func (s *session) Send(ctx context.Context, m chat.Message, t *chat.Turn) error {
	params := raia.SendMessageParams{Message: m.Text}
	if m.Native != nil {
		native, ok := m.Native.(raia.SendMessageParams)
		if !ok {
			return fmt.Errorf("raiachat: %w: Native must be a raia.SendMessageParams", parley.ErrInvalidArgument)
		}
		params = native
	}
	question, err := s.client.Conversations.SendAsync(ctx, s.conversation(), params)
	if err != nil {
		return err
	}
	if err := t.Accepted(question.ID); err != nil {
		return err
	}
	return s.Await(ctx, question.ID, t)
}

// HandOver lets staff answer from now on.
func (s *session) HandOver(ctx context.Context, t *chat.Turn) error {
	// also if the response is lost
	if err := s.mem.Set(memory{Conversation: s.conversation(), Manual: true}); err != nil {
		return err
	}
	if _, err := s.client.Conversations.SetMode(ctx, s.conversation(), raia.ConversationModeManual); err != nil {
		return err
	}
	return queued(t)
}

func queued(t *chat.Turn) error {
	if err := t.Emit(chat.Event{Kind: chat.EventStatus, Status: chat.StatusQueued}); err != nil {
		return err
	}
	return t.Emit(chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})
}

// List returns the messages of the conversation.
func (s *session) List(ctx context.Context) (chat.Listing, error) {
	id := s.conversation()
	if id == "" {
		return chat.Listing{}, nil
	}
	messages, err := s.client.Conversations.ListMessages(ctx, id, raia.ListMessagesParams{})
	if err != nil {
		return chat.Listing{}, err
	}
	var listing chat.Listing
	for _, m := range messages {
		listed := chat.Listed{Event: event(m)}
		if m.ConversationMessageID != m.ID && listed.Role != chat.RoleUser {
			listed.AnswerTo = m.ConversationMessageID
		}
		listing.Messages = append(listing.Messages, listed)
	}
	return listing, nil
}

// Close leaves the client alone, which belongs to the caller.
func (s *session) Close() error { return nil }

func event(m *raia.Message) chat.Event {
	e := chat.Event{Kind: chat.EventMessage, ID: m.ID, Text: m.Message, At: m.CreatedAt.Time, Native: m}
	e.Role = chat.RoleAssistant
	switch m.SenderRole {
	case raia.SenderRoleUser:
		e.Role = chat.RoleUser
	case raia.SenderRoleManualAssistant:
		e.Role = chat.RoleHuman
	}
	for _, file := range m.Files {
		e.Files = append(e.Files, chat.File{ID: file.ID, Name: file.FileName})
	}
	return e
}
