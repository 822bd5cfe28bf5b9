// Package siteassistchat makes SiteAssist a driver of package chat.
//
// Answers are streamed. SiteAssist returns no id of the user's message, so Recover counts the user's messages beyond
// the settled ones. The greeting is the project's welcome message. A human cannot be asked for, but SiteAssist's
// operators can take a conversation over, and then messages are queued.
package siteassistchat

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/siteassist"
)

// Options configures the driver. The zero value serves for tests.
type Options struct {
	// DeviceKey makes device ids that cannot be guessed. Whoever knows the id of a visitor's device and the
	// publishable key, which is public, can read the visitor's conversations. So set it to at least 16 random bytes
	// that stay the same. If it is nil, the device id is a hash of User.ID alone.
	DeviceKey []byte
	// SingleVisitor uses the client's own visitor for all users. Set it if the client has a token instead of a
	// publishable key; then give each user a client.
	SingleVisitor bool
	// PageURL is the page where conversations begin. It may be "".
	PageURL string
}

// Driver is a chat.Driver. It is safe for concurrent use.
type Driver struct {
	client *siteassist.Client // belongs to the caller
	opts   Options            // as New got them
}

// New returns a driver that uses client. Message.Native may be a siteassist.SendMessageParams.
func New(client *siteassist.Client, opts Options) *Driver { return &Driver{client, opts} }

// Name returns "siteassist".
func (d *Driver) Name() string { return "siteassist" }

// Capabilities describes the driver. Its choices are links, which do not go back to the agent.
func (d *Driver) Capabilities() chat.Capabilities {
	return chat.Capabilities{Greeting: true, Deltas: true, Humans: true, Push: true, History: true, Recover: true}
}

// Connect returns the session of a conversation without a request.
func (d *Driver) Connect(user chat.User, mem *chat.Memory) (chat.Session, error) {
	s := &session{Driver: d, client: d.client, mem: mem}
	if !d.opts.SingleVisitor {
		client, err := d.client.ForVisitor(d.device(user.ID))
		if err != nil {
			return nil, err
		}
		s.client = client
	}
	var known memory
	return s, mem.Get(&known)
}

func (d *Driver) device(userID string) string {
	mac := hmac.New(sha256.New, d.opts.DeviceKey)
	_, _ = mac.Write([]byte(userID))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// memory is kept in the State for the next process.
type memory struct {
	Conversation string `json:"conversation"`
}

type session struct {
	*Driver
	client *siteassist.Client
	mem    *chat.Memory
}

func (s *session) conversation() string {
	var known memory
	_ = s.mem.Get(&known) // Connect has read it
	return known.Conversation
}

// Open starts the conversation.
func (s *session) Open(ctx context.Context) error {
	if s.conversation() != "" {
		return nil
	}
	started, err := s.client.Conversations.Start(ctx, siteassist.StartConversationParams{PageURL: s.opts.PageURL})
	if err != nil {
		return err
	}
	return s.mem.Set(memory{started.ID})
}

// Greet emits the project's welcome message.
func (s *session) Greet(ctx context.Context, t *chat.Turn) error {
	project, err := s.client.Projects.GetCurrent(ctx)
	if err != nil || project.ChatWidgetConfig == nil || project.ChatWidgetConfig.WelcomeMessage == "" {
		return err
	}
	return t.Emit(chat.Event{Kind: chat.EventMessage, Text: project.ChatWidgetConfig.WelcomeMessage, Native: project})
}

// Send sends m and streams the answer.
func (s *session) Send(ctx context.Context, m chat.Message, t *chat.Turn) error {
	params := siteassist.SendMessageParams{Content: m.Text}
	if m.Native != nil {
		native, ok := m.Native.(siteassist.SendMessageParams)
		if !ok {
			return fmt.Errorf("siteassistchat: %w: Native must be a siteassist.SendMessageParams",
				parley.ErrInvalidArgument)
		}
		params = native
	}
	stream, err := s.client.Messages.Stream(ctx, s.conversation(), params)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	if stream.Queued() {
		return queued(t)
	}
	if err := t.Accepted(""); err != nil {
		return err
	}
	answer := &answer{turn: t}
	for chunk, err := range stream.Chunks() {
		if err != nil {
			return err
		}
		if err := answer.add(chunk); err != nil {
			return err
		}
	}
	return answer.end(stream.FinishReason())
}

// queued tells that a human will answer.
func queued(t *chat.Turn) error {
	if err := t.Accepted(""); err != nil {
		return err
	}
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
	page, err := s.client.Messages.List(ctx, id, siteassist.ListMessagesParams{})
	if err != nil {
		return chat.Listing{}, err
	}
	var listing chat.Listing
	for _, m := range page.Data {
		listing.Messages = append(listing.Messages, chat.Listed{
			Event:      event(m),
			Unfinished: m.Status == siteassist.MessageStatusStreaming,
			Failed:     m.Status == siteassist.MessageStatusError,
		})
	}
	if n := len(page.Data); n > 0 && page.Data[n-1].Role == siteassist.RoleUser { // the message is not answered yet
		whole, err := s.client.Conversations.Get(ctx, id)
		if err != nil {
			return chat.Listing{}, err
		}
		listing.Queued = whole.IsHumanHandled
	}
	return listing, nil
}

// Listen emits what comes over the WebSocket of the conversation, which is seen only in the vendor's widget. Before a
// conversation is opened it returns at once.
func (s *session) Listen(ctx context.Context, emit func(chat.Event) error) error {
	id := s.conversation()
	if id == "" {
		return nil
	}
	for e, err := range s.client.Conversations.Events(ctx, id) {
		told := chat.Event{Kind: chat.EventStatus, Status: chat.StatusHumanJoined, Native: e}
		switch {
		case err != nil:
			return err
		case e.Message != nil:
			told = event(e.Message)
		case e.Type != siteassist.ConversationEventTypeHumanAssigned:
			continue
		}
		if err := emit(told); err != nil {
			return err
		}
	}
	return nil
}

// Close leaves the client alone, which belongs to the caller.
func (s *session) Close() error { return nil }

func event(m *siteassist.Message) chat.Event {
	e := chat.Event{Kind: chat.EventMessage, ID: m.ID, Text: m.Text(), At: m.CreatedAt.Time, Native: m}
	e.Role = chat.RoleAssistant
	switch m.Role {
	case siteassist.RoleUser:
		e.Role = chat.RoleUser
	case siteassist.RoleHumanAgent:
		e.Role = chat.RoleHuman
	}
	for _, raw := range m.Parts {
		part, _ := siteassist.DecodePart(raw)
		if tool, ok := part.(*siteassist.ToolPart); ok {
			e.Choices = append(e.Choices, links(tool.Output)...)
		}
	}
	return e
}

// links reads a tool's output as a link, which is seen only in the vendor's widget.
func links(output json.RawMessage) []chat.Choice {
	var link struct {
		Label string `json:"buttonLabel"`
		URL   string `json:"href"`
	}
	if json.Unmarshal(output, &link) != nil || strings.TrimSpace(link.URL) == "" {
		return nil
	}
	return []chat.Choice{{Label: link.Label, URL: link.URL}}
}
