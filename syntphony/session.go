package syntphony

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"sync/atomic"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// Session is one user's conversation. It carries session code and open context from each reply to the next request, for
// text and audio alike. It does one turn at a time, in the order of the calls, because a turn needs the result of the
// one before. A wait for the turn ends with ctx. A Session is safe for concurrent use.
//
// The vendor ends a session after 30 minutes by default (a setting of its broker). It does not document the response to
// a turn after that. If it answers with a new code, the Session continues with that one. A turn that failed changes
// neither code nor context. Only the open context can be carried. The vendor's page also wants the visible and the
// hidden one back with audio, but a channel cannot send the former and never sees the latter.
type Session struct {
	conversations *ConversationsService // of the Client
	speaker       speaker
	turn          chan struct{} // held during a turn; a channel, so that the wait for it honours ctx
	state         atomic.Pointer[sessionState]
	invalid       error // why the SessionState that it resumes is invalid
}

// sessionState is replaced as a whole, never changed.
type sessionState struct {
	code    string
	context json.RawMessage // an object, or nil
}

// SessionState holds the data with which another replica can continue a Session. Encoding it as JSON changes no value.
type SessionState struct {
	// Code is the session code. It is empty before the first answer.
	Code string `json:"code"`
	// Context is the open context. A number is a float64, or a json.Number where a float64 would change it.
	Context map[string]any `json:"context,omitempty"`
}

// UnmarshalJSON decodes without changing numbers.
func (s *SessionState) UnmarshalJSON(raw []byte) error {
	var wire struct {
		Code    string          `json:"code"`
		Context json.RawMessage `json:"context"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return fmt.Errorf("syntphony: decode session state: %w", err)
	}
	s.Code, s.Context = wire.Code, objectOf(wire.Context)
	return nil
}

// NewSession returns a session for this user. It makes no request. The first turn starts the session. If a required
// field of caller is empty, that turn fails with ErrInvalidArgument.
func (c *Client) NewSession(caller Caller) *Session {
	return c.ResumeSession(caller, SessionState{})
}

// ResumeSession returns a session that continues another one, of this process or another. The context of state is
// copied. If JSON cannot express it, the first turn fails with ErrInvalidArgument.
func (c *Client) ResumeSession(caller Caller, state SessionState) *Session {
	s := &Session{
		conversations: c.Conversations, speaker: c.Conversations.broker.speaker(caller),
		turn: make(chan struct{}, 1),
	}
	first := &sessionState{code: state.Code}
	if state.Context != nil {
		var err error
		if first.context, err = json.Marshal(state.Context); err != nil {
			s.invalid = apierr.Invalid("SessionState.Context", "cannot be encoded as JSON: %v", err)
		}
	}
	s.state.Store(first)
	return s
}

// Code returns the session code. It is "" before the first answer and after an accepted ExpireSession. Code does not
// wait for a running turn.
func (s *Session) Code() string { return s.state.Load().code }

// State returns the state for ResumeSession after the last answer. It does not wait for a running turn.
func (s *Session) State() SessionState {
	last := s.state.Load()
	return SessionState{Code: last.code, Context: objectOf(last.context)}
}

// Welcome runs the agent's welcome flow. It is Send with WelcomeCode.
func (s *Session) Welcome(ctx context.Context) (*Reply, error) {
	return s.Send(ctx, Input{Code: WelcomeCode})
}

// Say sends the text that the user typed. It is Send with a text.
func (s *Session) Say(ctx context.Context, text string) (*Reply, error) {
	return s.Send(ctx, Input{Text: text})
}

// Send does one turn as ConversationsService.Send does. Members of in.Context replace those of the carried context.
func (s *Session) Send(ctx context.Context, in Input) (*Reply, error) {
	return s.take(ctx, in, func(code string, r request) (*Reply, error) {
		return s.conversations.send(ctx, code, s.speaker, in, r)
	})
}

// SendAudio does one turn as ConversationsService.SendAudio does. Members of in.Context replace those of the carried
// context.
func (s *Session) SendAudio(ctx context.Context, a Audio, in Input) (*Reply, error) {
	return s.take(ctx, in, func(code string, r request) (*Reply, error) {
		return s.conversations.sendAudio(ctx, code, s.speaker, a, in, r)
	})
}

// SubmitSatisfaction submits the user's evaluation as ConversationsService.SubmitSatisfaction does, once per session.
// An accepted ExpireSession empties the Session, and its next turn starts another one.
func (s *Session) SubmitSatisfaction(ctx context.Context, v Satisfaction) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if v.Locale == "" {
		v.Locale = s.speaker.Locale
	}
	if err := s.conversations.SubmitSatisfaction(ctx, s.Code(), v); err != nil {
		return err
	}
	if v.ExpireSession {
		s.state.Store(&sessionState{})
	}
	return nil
}

// take does one turn. It waits for its turn, sends in with the carried code and context, and keeps those of the reply.
func (s *Session) take(ctx context.Context, in Input, send func(string, request) (*Reply, error)) (*Reply, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	last := s.state.Load()
	turn := in.request()
	turn.Context = last.under(in.Context)
	reply, err := send(last.code, turn)
	if err != nil {
		return nil, err
	}
	next := &sessionState{code: reply.SessionCode}
	if reply.context != nil {
		next.context = carried(reply.context, reply.Context)
	} else { // the server sent no context, so the one that it got stays valid
		next.context = turn.sentContext()
	}
	s.state.Store(next)
	return reply, nil
}

func (s *Session) enter(ctx context.Context) error {
	if s.invalid != nil {
		return fmt.Errorf("syntphony: session turn: %w", s.invalid)
	}
	select {
	case s.turn <- struct{}{}:
		return nil // even if ctx has ended, because the call itself reports that
	default:
	}
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return transport.NotSent(fmt.Errorf("syntphony: session turn: wait for the turn before: %w", ctx.Err()))
	}
}

func (s *Session) leave() { <-s.turn }

// under returns the carried context with the members of over in it, in the form of request.Context. It changes neither
// of the two.
func (s *sessionState) under(over map[string]any) any {
	empty := !hasMembers(s.context)
	switch {
	case empty && over == nil:
		return nil
	case empty:
		return over
	case len(over) == 0:
		return s.context
	}
	own := members(s.context)
	merged := make(map[string]any, len(own)+len(over))
	for name, value := range own {
		merged[name] = value
	}
	maps.Copy(merged, over)
	return merged
}

// Format prints only the name of the type, for every verb, because a context may hold the user's words.
func (s *Session) Format(state fmt.State, verb rune) { redact.Format(state, verb, "syntphony.Session") }

// LogValue logs the text that Format prints.
func (s *Session) LogValue() slog.Value { return slog.StringValue("syntphony.Session") }
