package consumer

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/seed-127a5941/parley/syntphony"
)

// SyntphonySession is what the desk needs of a Syntphony session: *syntphony.Session, or a mock.
type SyntphonySession interface {
	Say(ctx context.Context, text string) (*syntphony.Reply, error)
	State() syntphony.SessionState
}

// States keeps where conversations stand between two requests, as a store that replicas share would.
type States struct {
	mu    sync.Mutex                        // of byKey
	byKey map[string]syntphony.SessionState // by visitor
}

// Load returns where the visitor's conversation stands; the zero value: there is none.
func (s *States) Load(visitor string) syntphony.SessionState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byKey[visitor]
}

// Store keeps where the visitor's conversation stands.
func (s *States) Store(visitor string, state syntphony.SessionState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey == nil {
		s.byKey = map[string]syntphony.SessionState{}
	}
	s.byKey[visitor] = state
}

// ResumeSyntphony makes sessions that go on where their state says.
func ResumeSyntphony(client *syntphony.Client) func(visitor string, state syntphony.SessionState) SyntphonySession {
	return func(visitor string, state syntphony.SessionState) SyntphonySession {
		return client.ResumeSession(syntphony.Caller{UserRef: visitor, OS: "Web"}, state)
	}
}

// Syntphony takes a turn, given as q, in the conversation of a visitor, given as visitor.
func Syntphony(
	resume func(visitor string, state syntphony.SessionState) SyntphonySession, states *States, log *slog.Logger,
) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitor := r.FormValue("visitor")
		session := resume(visitor, states.Load(visitor))
		reply, err := session.Say(r.Context(), r.FormValue("q"))
		if err != nil {
			fail(w, r, log, err)
			return
		}
		states.Store(visitor, session.State())
		_, _ = io.WriteString(w, texts(reply))
	})
}

// texts joins the answers that are text.
func texts(reply *syntphony.Reply) string {
	var list []string
	for _, answer := range reply.Answers {
		if text, ok := answer.Content.Text(); ok {
			list = append(list, text)
		}
	}
	return strings.Join(list, "\n")
}
