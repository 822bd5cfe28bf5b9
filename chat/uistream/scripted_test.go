package uistream_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// vendor is a vendor whose answers are scripts. It goes on when its client leaves, as vendors do.
type vendor struct {
	can chat.Capabilities
	// script makes the answer to a text. If it is nil, the text is repeated word by word.
	script func(text string) []any

	mu        sync.Mutex
	heard     []string
	opened    int
	listed    map[string][]chat.Listed
	queued    bool
	refuses   error           // why no session can be made
	panics    bool            // the list panics
	unlisted  error           // why the list cannot be read
	silent    bool            // the vendor does not say that it has taken a message
	override  *chat.Event     // what the list has as answer, whatever the script said
	pushed    chan chat.Event // a listener gets what comes from it; nil lets it listen for ever
	connected int
	closed    int
}

// gate is a step of a script that waits until it is closed or the client leaves.
type gate chan struct{}

// refusal is a first step: the vendor does not take the message.
type refusal struct{ error }

// block is a first step: the message does not reach the vendor.
type block struct{ begun gate }

// newVendor returns a vendor that can do everything.
func newVendor(script func(text string) []any) *vendor {
	return &vendor{
		script: script, listed: map[string][]chat.Listed{}, pushed: make(chan chat.Event),
		can: chat.Capabilities{
			Greeting: true, Deltas: true, Choices: true, HandOver: true, Humans: true, Push: true, History: true,
			Recover: true,
		},
	}
}

// always returns a script that answers everything alike.
func always(steps ...any) func(string) []any { return func(string) []any { return steps } }

func delta(text string) chat.Event { return chat.Event{Kind: chat.EventDelta, Text: text} }
func whole(text string) chat.Event { return chat.Event{Kind: chat.EventMessage, Text: text} }
func partEvent(raw string) chat.Event {
	return chat.Event{Kind: chat.EventPart, Part: []byte(raw)}
}

func (v *vendor) Name() string                    { return "scripted" }
func (v *vendor) Capabilities() chat.Capabilities { return v.can }

func (v *vendor) Connect(_ chat.User, mem *chat.Memory) (chat.Session, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.refuses != nil {
		return nil, v.refuses
	}
	v.connected++
	s := &scriptedSession{vendor: v, mem: mem}
	if !v.can.History && !v.can.Push {
		return struct {
			chat.Session
			chat.Greeter
		}{s, s}, nil
	}
	return s, nil
}

// said returns what the vendor heard, in order.
func (v *vendor) said() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.heard)
}

// sessions returns how many sessions are open.
func (v *vendor) sessions() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.connected - v.closed
}

// human lets a human say text in all conversations.
func (v *vendor) human(text string) {
	v.tell(chat.Event{Kind: chat.EventMessage, Role: chat.RoleHuman, Text: text})
}

// tell adds a message to all conversations.
func (v *vendor) tell(e chat.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id := range v.listed {
		v.list(id, chat.Listed{Event: e})
	}
}

// failLists lets the list fail from now on.
func (v *vendor) failLists(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.unlisted = err
}

// list stores a message with an ID, and returns its index. The caller holds mu.
func (v *vendor) list(id string, m chat.Listed) int {
	if m.ID == "" {
		m.ID = fmt.Sprintf("%s-%d", id, len(v.listed[id])+1)
	}
	v.listed[id] = append(v.listed[id], m)
	return len(v.listed[id]) - 1
}

type scriptedSession struct {
	*vendor
	mem  *chat.Memory
	once sync.Once
}

func (s *scriptedSession) Close() error {
	s.once.Do(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.closed++
	})
	return nil
}

func (s *scriptedSession) id() string {
	id := ""
	_ = s.mem.Get(&id)
	return id
}

func (s *scriptedSession) Open(context.Context) error {
	if s.id() != "" {
		return nil
	}
	s.mu.Lock()
	s.opened++
	id := fmt.Sprintf("v%d", s.opened)
	s.listed[id] = nil
	s.mu.Unlock()
	return s.mem.Set(id)
}

func (s *scriptedSession) Greet(_ context.Context, t *chat.Turn) error {
	return t.Emit(chat.Event{Kind: chat.EventMessage, ID: "greeting", Text: "Welcome!"})
}

func (s *scriptedSession) HandOver(_ context.Context, t *chat.Turn) error {
	s.mu.Lock()
	s.queued = true
	s.mu.Unlock()
	if err := t.Emit(chat.Event{Kind: chat.EventStatus, Status: chat.StatusQueued}); err != nil {
		return err
	}
	return t.Emit(chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})
}

// Send plays the script. Whatever becomes of the client, the answer is in the list in the end.
func (s *scriptedSession) Send(ctx context.Context, m chat.Message, t *chat.Turn) error {
	text := m.Text
	if m.ChoiceID != "" {
		text = "choice " + m.ChoiceID
	}
	steps := s.steps(text)
	if len(steps) > 0 {
		switch first := steps[0].(type) {
		case refusal:
			return first.error
		case block:
			close(first.begun)
			<-ctx.Done()
			return errors.Join(context.Cause(ctx), parley.ErrDeliveryUnknown)
		}
	}
	id := s.id()
	s.mu.Lock()
	s.heard = append(s.heard, text)
	s.list(id, chat.Listed{Event: chat.Event{Kind: chat.EventMessage, Role: chat.RoleUser, Text: text}})
	at := s.list(id, chat.Listed{
		Unfinished: true, Event: chat.Event{Kind: chat.EventMessage, Role: chat.RoleAssistant},
	})
	answer := s.listed[id][at].ID
	s.mu.Unlock()
	defer s.finish(id, at, steps)
	if !s.silent {
		if err := t.Accepted(""); err != nil {
			return err
		}
	}
	for _, step := range steps {
		if err := s.play(ctx, step, answer, t); err != nil {
			return err
		}
	}
	return nil
}

func (v *vendor) steps(text string) []any {
	if v.script != nil {
		return v.script(text)
	}
	var steps []any
	for _, word := range strings.SplitAfter("You said: "+text, " ") {
		steps = append(steps, delta(word))
	}
	return steps
}

func (s *scriptedSession) play(ctx context.Context, step any, answer string, t *chat.Turn) error {
	switch step := step.(type) {
	case chat.Event:
		if step.ID == "" && step.Kind != chat.EventDone {
			step.ID = answer
		}
		return t.Emit(step)
	case gate:
		select {
		case <-step:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	case error:
		return step
	case func():
		step()
	}
	return nil
}

// finish stores the text of a script.
func (s *scriptedSession) finish(id string, at int, steps []any) {
	text := ""
	for _, step := range steps {
		if e, ok := step.(chat.Event); ok {
			switch {
			case e.Kind == chat.EventMessage, e.Replace:
				text = e.Text
			case e.Kind == chat.EventDelta:
				text += e.Text
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := &s.listed[id][at]; text == "" {
		s.listed[id] = slices.Delete(s.listed[id], at, at+1)
	} else {
		m.Text, m.Unfinished = text, false
		if o := s.override; o != nil {
			m.Text, m.ID = o.Text, m.ID+o.ID
		}
	}
}

func (s *scriptedSession) List(context.Context) (chat.Listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panics {
		panic("driver")
	}
	if s.unlisted != nil {
		return chat.Listing{}, s.unlisted
	}
	return chat.Listing{Messages: slices.Clone(s.listed[s.id()]), Queued: s.queued}, nil
}

func (s *scriptedSession) Listen(ctx context.Context, emit func(chat.Event) error) error {
	for {
		select {
		case e := <-s.pushed:
			if err := emit(e); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// newPair returns a replica that talks to a vendor with a script.
func newPair(t testing.TB, script func(string) []any) (*vendor, *site) {
	v := newVendor(script)
	return v, newSite(t, siteConfig(v))
}

// answerWith replaces what the list has as the last answer.
func (v *vendor) answerWith(e chat.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.override = &e
}

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// panicInLists lets the driver panic when the list is read.
func (v *vendor) panicInLists() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.panics = true
}
