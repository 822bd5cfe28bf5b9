// Package aiserachat makes Aisera a driver of package chat.
//
// With Options.WebSocket answers come in parts, and a live agent can speak. Otherwise each message is one HTTP call.
// Aisera shows no conversation in a documented form, so Recover cannot look for a message. A message that Aisera
// pushes while no connection of this process listens is lost, and Events ignores its argument after.
package aiserachat

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/chat"
)

// Options configures the driver. The zero value uses HTTP.
type Options struct {
	// WebSocket uses a WebSocket for each conversation, which is dialled when it is needed. The client needs a
	// WebSocketURL.
	WebSocket bool
	// Dial is how the WebSocket is kept. The driver sets OnUnsolicited.
	Dial aisera.DialOptions
	// HandOverText is what HandOver says, such as "Contact live agent". If it is "", HandOver is not supported. Without
	// WebSocket the words of the live agent do not reach this process.
	HandOverText string
	// Choices returns the choices that a response offers. No page documents where they stand in Response.Raw. A
	// Choice.ID is sent back as follow-up id. If it is nil, there are no choices.
	Choices func(*aisera.Response) []chat.Choice
	// Appends means that the parts of an answer continue each other. Otherwise each part repeats the text so far. No
	// page documents which it is.
	Appends bool
}

// Driver is a chat.Driver. It is safe for concurrent use.
type Driver struct {
	client *aisera.Client // belongs to the caller
	opts   Options        // as New got them
}

// New returns a driver that uses client. Message.Native may be an aisera.Message, such as a filled-in form.
func New(client *aisera.Client, opts Options) *Driver { return &Driver{client, opts} }

// Name returns "aisera".
func (d *Driver) Name() string { return "aisera" }

// Capabilities describes the driver with these Options.
func (d *Driver) Capabilities() chat.Capabilities {
	socket := d.opts.WebSocket
	return chat.Capabilities{
		Deltas: socket, Humans: socket, Push: socket, HandOver: d.opts.HandOverText != "",
		Choices: d.opts.Choices != nil,
	}
}

// Connect returns the session of one conversation and sends no request. It fails if the Memory cannot be decoded.
func (d *Driver) Connect(user chat.User, mem *chat.Memory) (chat.Session, error) {
	s := &session{Driver: d, mem: mem, vars: make(map[string]any), dialing: make(chan struct{}, 1)}
	s.user = aisera.User{ID: user.ID, Email: user.Email, FullName: user.Name}
	for name, value := range user.Attributes {
		s.vars[name] = value
	}
	var known memory
	return s, mem.Get(&known)
}

// memory is kept in the State for the next process.
type memory struct {
	FollowUp string `json:"followUp,omitempty"` // to be sent with the next message
	Live     bool   `json:"live,omitempty"`     // a live agent answers
}

type session struct {
	*Driver
	user aisera.User
	vars map[string]any // the attributes of the user
	mem  *chat.Memory

	feed    feed          // of the loops that listen
	dialing chan struct{} // held while the connection is made, and a channel so that the wait for it honours ctx

	leaving sync.Mutex // held while left changes
	left    drafts     // of the answers whose frames belong to no turn

	following  sync.Mutex // held while the memory changes
	unanswered bool       // a message was sent to the live agent, and neither the agent nor the bot has answered it

	mu     sync.Mutex
	conn   *aisera.Conn // nil before it is needed
	closed bool
}

// Send sends m and emits the answer.
func (s *session) Send(ctx context.Context, m chat.Message, t *chat.Turn) error {
	message := aisera.Text(m.Text)
	if m.Native != nil {
		native, ok := m.Native.(aisera.Message)
		if !ok {
			return fmt.Errorf("aiserachat: %w: Native must be an aisera.Message", parley.ErrInvalidArgument)
		}
		message = native
	}
	var known memory
	_ = s.mem.Get(&known) // Connect has read it
	message.FollowUpID = cmp.Or(m.ChoiceID, message.FollowUpID, known.FollowUp)
	return s.say(ctx, message, known.Live, t)
}

// HandOverText returns the words that ask for a live agent.
func (s *session) HandOverText() string { return s.opts.HandOverText }

// say sends a message. A live agent's answers come from Events, so the turn of a message to one ends as queued.
func (s *session) say(ctx context.Context, m aisera.Message, live bool, t *chat.Turn) error {
	if m.SessionVars == nil && len(s.vars) > 0 {
		m.SessionVars = s.vars
	}
	if !s.opts.WebSocket {
		response, err := s.client.Send(ctx, s.user, m)
		if response == nil {
			return err
		}
		return s.tell(response, true, new(draft), t) // which knows an error in-band
	}
	conn, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", parley.ErrNotSent, err)
	}
	if live {
		s.sendsToAgent()
		if _, err := conn.Send(ctx, m); err != nil {
			return err
		}
		s.spend(m.FollowUpID)
		if err := t.Accepted(""); err != nil {
			return err
		}
		return t.Emit(chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})
	}
	return s.exchange(ctx, conn, m, t)
}

// exchange sends a message and emits the answer. If the turn ends before the answer does, the rest of it is
// unsolicited. leave is called before the Exchange is left, because the rest may come at once. After a lost connection
// no rest comes.
func (s *session) exchange(ctx context.Context, conn *aisera.Conn, m aisera.Message, t *chat.Turn) error {
	first, d := true, new(draft)
	for response, err := range conn.Exchange(ctx, m) {
		lost := err != nil && ctx.Err() == nil
		if err == nil {
			err = s.tell(response, first, d, t)
			first = false
		}
		if err != nil {
			if !lost && d.text.Len() > 0 {
				s.leave(d)
			}
			return err
		}
	}
	return nil
}

// sendsToAgent records that a message is sent to a live agent. It is called first, because the answer may come at once.
func (s *session) sendsToAgent() {
	s.following.Lock()
	defer s.following.Unlock()
	s.unanswered = true
}

// spend forgets a follow-up id that was sent to a live agent, unless a frame has brought another one meanwhile.
func (s *session) spend(id string) {
	s.following.Lock()
	defer s.following.Unlock()
	var known memory
	if _ = s.mem.Get(&known); known.FollowUp == id { // Connect has read it
		known.FollowUp = ""
		_ = s.mem.Set(known) // which cannot be too long, because it was longer before
	}
}

// Close closes the connection.
func (s *session) Close() error {
	s.mu.Lock()
	conn := s.conn
	s.conn, s.closed = nil, true
	s.mu.Unlock()
	if conn == nil {
		return nil
	}
	return conn.Close()
}
