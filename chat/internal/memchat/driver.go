package memchat

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/chattest"
)

// Options configures the driver.
type Options struct {
	// Awaits lets the vendor return its id of a message, by which the driver waits for the answer.
	Awaits bool
	// Bare is a vendor without history, recovery and humans.
	Bare bool
	// Silent is a driver without deltas, choices, greeting and hand-over.
	Silent bool
	// Flaw breaks the driver in one way.
	Flaw Flaw
}

// Flaw is a way to break the driver.
type Flaw string

// Driver is the driver of a Vendor.
type Driver struct {
	vendor *Vendor // where the conversations are
	opts   Options // as New got them
}

// New returns a driver of v.
func New(v *Vendor, opts Options) Driver { return Driver{v, opts} }

// Name returns "memchat".
func (d Driver) Name() string {
	if d.opts.Flaw == FlawName {
		return fmt.Sprint("memchat-", d.vendor.next())
	}
	return "memchat"
}

// Capabilities describes the driver with its Options.
func (d Driver) Capabilities() chat.Capabilities {
	full, shown := !d.opts.Silent, !d.opts.Bare
	can := chat.Capabilities{
		Greeting: full, Deltas: full, Choices: full, HandOver: full && shown,
		Humans: shown, Push: shown && full, History: shown, Recover: shown,
	}
	if d.opts.Flaw == FlawDeltasUnsaid {
		can.Deltas = false
	}
	return can
}

// Connect returns a session.
func (d Driver) Connect(_ chat.User, mem *chat.Memory) (chat.Session, error) {
	s := &session{Driver: d, mem: mem}
	switch {
	case d.opts.Flaw == FlawConnectFails:
		return nil, parley.ErrServer
	case d.opts.Flaw == FlawConnectOpens:
		return s, s.Open(context.Background())
	case d.opts.Bare:
		return bare{s}, nil
	case d.opts.Awaits:
		return awaiting{s}, nil
	}
	return s, nil
}

// memory is kept in the State.
type memory struct {
	Conversation string `json:"conversation"`
}

type session struct {
	Driver
	mem *chat.Memory
}

// bare hides the optional interfaces of a session.
type bare struct{ s *session }

func (b bare) Send(ctx context.Context, m chat.Message, t *chat.Turn) error {
	return b.s.Send(ctx, m, t)
}
func (b bare) Open(ctx context.Context) error                { return b.s.Open(ctx) }
func (b bare) Greet(ctx context.Context, t *chat.Turn) error { return b.s.Greet(ctx, t) }
func (b bare) Close() error                                  { return nil }

// awaiting waits for answers by the vendor's id.
type awaiting struct{ *session }

func (s *session) Close() error { return nil }

// Open creates the conversation.
func (s *session) Open(context.Context) error {
	var known memory
	if err := s.mem.Get(&known); err != nil || known.Conversation != "" && s.opts.Flaw != FlawForgets {
		return err
	}
	id := s.vendor.open()
	if s.opts.Flaw == FlawOpenSpeaks {
		s.vendor.Late("I am opening this")
	}
	return s.mem.Set(memory{id})
}

// conversation returns the session's, with the vendor locked. The caller unlocks.
func (s *session) conversation() *conversation {
	var known memory
	_ = s.mem.Get(&known)
	s.vendor.mu.Lock()
	return s.vendor.conversations[known.Conversation]
}

// Greet says hello.
func (s *session) Greet(ctx context.Context, t *chat.Turn) error {
	switch s.opts.Flaw {
	case FlawGreetSpeaks:
		_ = s.Open(ctx)
		return s.Send(ctx, chat.Message{Text: "hello"}, t)
	case FlawGreetFails:
		return parley.ErrServer
	}
	return t.Emit(chat.Event{Kind: chat.EventMessage, Text: "Welcome!"})
}

// HandOver lets a human answer.
func (s *session) HandOver(_ context.Context, t *chat.Turn) error {
	s.conversation().manual = true
	lost := s.vendor.fault == chattest.FaultLoseHandOver
	s.vendor.fault = 0
	s.vendor.mu.Unlock()
	switch {
	case lost && s.opts.Flaw == FlawKeepsNothing:
		_ = s.mem.Set(memory{})
		return parley.ErrServer
	case lost, s.opts.Flaw == FlawHandOverFails:
		return parley.ErrServer
	}
	return t.Emit(chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})
}

// Send says m.
func (s *session) Send(ctx context.Context, m chat.Message, t *chat.Turn) error {
	text := m.Text
	if m.ChoiceID != "" {
		text = m.ChoiceID
	}
	if m.Native != nil && s.opts.Flaw != FlawNative {
		return fmt.Errorf("memchat: %w: Native is not known", parley.ErrInvalidArgument)
	}
	text = s.garble(text)
	if s.opts.Flaw == FlawLosesEverything {
		return s.lost()
	}
	c := s.conversation()
	fault, held := s.vendor.fault, s.vendor.released
	s.vendor.fault = 0
	s.vendor.requests++
	switch fault {
	case chattest.FaultRefuse:
		s.vendor.mu.Unlock()
		return s.refused(m.Text)
	case chattest.FaultLoseRequest:
		if s.opts.Flaw == FlawRepeatsLost {
			s.vendor.answer(c, s.vendor.ask(c, text))
		}
		s.vendor.mu.Unlock()
		return s.lost()
	}
	question := s.vendor.ask(c, text)
	if fault == chattest.FaultNoAnswer {
		s.vendor.unanswered = append(s.vendor.unanswered, question)
		s.vendor.mu.Unlock()
		return s.lost()
	}
	if fault == chattest.FaultHold {
		s.vendor.mu.Unlock()
		if err := s.held(ctx, held, t, question); err != nil {
			return err
		}
		s.vendor.mu.Lock()
	}
	if s.opts.Flaw == FlawTwice {
		s.vendor.ask(c, text)
	}
	if fault == chattest.FaultFailAnswer {
		s.vendor.push(c, message{id: s.vendor.id(), role: chat.RoleAssistant, answerTo: question, failed: true})
		s.vendor.mu.Unlock()
		return s.failed()
	}
	answer, manual := s.vendor.answer(c, question), c.manual
	s.vendor.mu.Unlock()
	if fault == chattest.FaultLoseAnswer {
		return s.lost()
	}
	return s.deliver(t, question, answer, manual, fault == chattest.FaultCut)
}

func (s *session) held(ctx context.Context, held <-chan struct{}, t *chat.Turn, question string) error {
	if err := s.accepted(t, question); err != nil {
		return err
	}
	switch s.opts.Flaw {
	case FlawMakesUpAnswers:
		return nil
	case FlawTwiceHeld:
		c := s.conversation()
		s.vendor.ask(c, "again")
		s.vendor.mu.Unlock()
	}
	select {
	case <-held:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("memchat: %w: %w", ctx.Err(), parley.ErrDeliveryUnknown)
	}
}

func (s *session) accepted(t *chat.Turn, question string) error {
	if !s.opts.Awaits {
		question = ""
	}
	return t.Accepted(question)
}

// deliver emits an answer as it would come over a network.
func (s *session) deliver(t *chat.Turn, question string, answer message, manual, cut bool) error {
	if err := s.accepted(t, question); err != nil {
		return err
	}
	if manual {
		return t.Emit(chat.Event{Kind: chat.EventDone, Finish: s.queued()})
	}
	e := answer.event()
	if s.opts.Flaw == FlawRole {
		e.Role = chat.RoleUser
	}
	if !s.opts.Silent {
		if err := s.stream(t, e, cut); err != nil {
			return err
		}
	}
	return s.whole(t, e)
}

// stream emits the words of an answer.
func (s *session) stream(t *chat.Turn, e chat.Event, cut bool) error {
	words := strings.SplitAfter(e.Text, " ")
	for i, word := range words {
		if cut && i == len(words)/2 {
			return fmt.Errorf("memchat: %w", s.cut())
		}
		if i == 1 && s.opts.Flaw == FlawLosesADelta {
			continue
		}
		if err := t.Emit(chat.Event{Kind: chat.EventDelta, ID: e.ID, Role: e.Role, Text: word}); err != nil {
			return err
		}
	}
	return nil
}

// Await emits the answer to a message.
func (s awaiting) Await(_ context.Context, vendorID string, t *chat.Turn) error {
	c := s.conversation()
	defer s.vendor.mu.Unlock()
	s.vendor.requests++
	if s.vendor.disturbed > 0 {
		s.vendor.disturbed--
	}
	for _, m := range c.messages {
		if m.answerTo == vendorID {
			return t.Emit(m.event())
		}
	}
	return t.Emit(chat.Event{Kind: chat.EventDone, Finish: chat.FinishUnanswered})
}

// List returns the messages.
func (s *session) List(context.Context) (chat.Listing, error) {
	if s.opts.Flaw == FlawDeafToContext {
		<-time.After(time.Second)
	}
	c := s.conversation()
	defer s.vendor.mu.Unlock()
	s.vendor.requests++
	if s.vendor.disturbed > 0 {
		s.vendor.disturbed--
		return chat.Listing{}, fmt.Errorf("memchat: %w", s.passing())
	}
	if c == nil {
		return chat.Listing{}, nil
	}
	listing := chat.Listing{Queued: c.manual}
	for _, m := range c.messages {
		listed := chat.Listed{Event: m.event(), Failed: m.failed}
		if s.opts.Awaits {
			listed.AnswerTo = m.answerTo
		}
		listing.Messages = append(listing.Messages, listed)
	}
	return s.show(c, listing), nil
}

// Listen emits messages as they come.
func (s *session) Listen(ctx context.Context, emit func(chat.Event) error) error {
	l := make(chan chat.Event, 64)
	s.vendor.mu.Lock()
	s.vendor.listeners[l] = true
	s.vendor.mu.Unlock()
	defer func() {
		s.vendor.mu.Lock()
		delete(s.vendor.listeners, l)
		s.vendor.mu.Unlock()
	}()
	for {
		select {
		case e := <-l:
			if err := emit(e); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
