// Package syntphonychat makes Syntphony a driver of package chat.
//
// A message is a turn of a syntphony.Session, and the greeting is the agent's welcome flow. The session code and the
// open context of each reply are saved before the first event of the reply, the context without the User's
// attributes. Syntphony shows no conversation, so Recover cannot look for a message, and no human answers.
package syntphonychat

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"strconv"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/syntphony"
)

// Options configures the driver. The zero value is ready to use.
type Options struct {
	// OS is the user's operating system, which Syntphony requires. If it is "", it is that of this process.
	OS string
	// BusinessKey returns the business's own key of a user. It may be nil.
	BusinessKey func(chat.User) string
}

// Driver is a chat.Driver. It is safe for concurrent use.
type Driver struct {
	client *syntphony.Client // belongs to the caller
	opts   Options           // with their defaults
}

// New returns a driver that uses client. Message.Native may be a syntphony.Input. User.ID becomes the user reference,
// User.Locale the locale, and User.Attributes the open context of the first turn, over which the Context of an Input is
// laid.
func New(client *syntphony.Client, opts Options) *Driver {
	opts.OS = cmp.Or(opts.OS, runtime.GOOS)
	return &Driver{client, opts}
}

// Name returns "syntphony".
func (d *Driver) Name() string { return "syntphony" }

// Capabilities describes the driver.
func (d *Driver) Capabilities() chat.Capabilities {
	return chat.Capabilities{Greeting: true, Choices: true}
}

// Connect returns the session of a conversation without a request. The attributes of the user are in its open context,
// unless the agent has changed them.
func (d *Driver) Connect(user chat.User, mem *chat.Memory) (chat.Session, error) {
	caller := syntphony.Caller{UserRef: user.ID, OS: d.opts.OS, Locale: user.Locale}
	if d.opts.BusinessKey != nil {
		caller.BusinessKey = d.opts.BusinessKey(user)
	}
	var state syntphony.SessionState
	if err := mem.Get(&state); err != nil {
		return nil, err
	}
	carried := make(map[string]any)
	for name, value := range user.Attributes {
		carried[name] = value
	}
	maps.Copy(carried, state.Context)
	if len(carried) > 0 {
		state.Context = carried
	}
	return &session{Session: d.client.ResumeSession(caller, state), attributes: user.Attributes, mem: mem}, nil
}

type session struct {
	*syntphony.Session
	attributes map[string]string // of the user
	mem        *chat.Memory
}

// Greet runs the agent's welcome flow.
func (s *session) Greet(ctx context.Context, t *chat.Turn) error {
	return s.turn(ctx, syntphony.Input{Code: syntphony.WelcomeCode}, t)
}

// Send sends m as one turn. A choice is sent as its value.
func (s *session) Send(ctx context.Context, m chat.Message, t *chat.Turn) error {
	input := syntphony.Input{Text: cmp.Or(m.ChoiceID, m.Text)}
	if m.Native != nil {
		native, ok := m.Native.(syntphony.Input)
		if !ok {
			return fmt.Errorf("syntphonychat: %w: Native must be a syntphony.Input", parley.ErrInvalidArgument)
		}
		input = native
	}
	return s.turn(ctx, input, t)
}

func (s *session) turn(ctx context.Context, input syntphony.Input, t *chat.Turn) error {
	before := s.Code()
	reply, err := s.Session.Send(ctx, input)
	if err != nil {
		return err
	}
	if err := s.remember(); err != nil {
		return err
	}
	if err := t.Accepted(reply.UserInteractionID); err != nil {
		return err
	}
	if before != "" && before != reply.SessionCode {
		if err := t.Emit(chat.Event{Kind: chat.EventStatus, Status: chat.StatusRestarted}); err != nil {
			return err
		}
	}
	emitted := map[string]bool{}
	for i := range reply.Answers {
		e := event(reply, i)
		if emitted[e.ID] && e.ID != "" { // the vendor does not say that interaction ids differ
			e.ID += "-" + strconv.Itoa(i)
		}
		emitted[e.ID] = true
		if err := t.Emit(e); err != nil {
			return err
		}
	}
	return nil
}

// remember keeps the session without the attributes of the user, which the next process has too. A context that is too
// large for the State stays in this process.
func (s *session) remember() error {
	state := s.State()
	for name, value := range s.attributes {
		if state.Context[name] == value {
			delete(state.Context, name)
		}
	}
	if s.mem.Set(state) == nil {
		return nil
	}
	return s.mem.Set(syntphony.SessionState{Code: state.Code})
}

// Close leaves the client alone, which belongs to the caller.
func (s *session) Close() error { return nil }

// event makes a message of one answer of a reply.
func event(reply *syntphony.Reply, i int) chat.Event {
	a := &reply.Answers[i]
	e := chat.Event{
		Kind: chat.EventMessage, ID: a.InteractionID, Native: a, Choices: choices(a.Buttons, a.QuickReplies),
	}
	if e.ID == "" && reply.UserInteractionID != "" {
		e.ID = reply.UserInteractionID + "-" + strconv.Itoa(i)
	}
	cards, isCards := a.Content.Cards()
	for _, card := range cards {
		e.Cards = append(e.Cards, chat.Card{
			Title: card.Title, Subtitle: card.SubTitle, ImageURL: card.ImageURL, Choices: choices(card.Buttons),
		})
	}
	switch a.Type {
	case syntphony.AnswerTypeImage, syntphony.AnswerTypeAudio, syntphony.AnswerTypeVideo, syntphony.AnswerTypeFile:
		if file, ok := a.Content.File(); ok {
			e.Files = []chat.File{{Name: file.Name, URL: file.URL}}
			return e
		}
	}
	if text, ok := a.Content.Text(); ok && !isCards {
		e.Text = text
	}
	return e
}

// choices makes choices of buttons and quick replies.
func choices(lists ...[]syntphony.Button) (all []chat.Choice) {
	for _, buttons := range lists {
		for _, button := range buttons {
			choice := chat.Choice{Label: button.Name}
			if button.Type == syntphony.ButtonTypeURL {
				choice.URL = button.Action
			} else {
				choice.ID = cmp.Or(button.Value, button.Name)
			}
			if choice.ID+choice.URL != "" {
				all = append(all, choice)
			}
		}
	}
	return all
}
