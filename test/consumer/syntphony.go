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

// SyntphonySession is the part of a Syntphony session that the help desk uses. *syntphony.Session and mocks implement
// it.
type SyntphonySession interface {
	Say(ctx context.Context, text string) (*syntphony.Reply, error)
	State() syntphony.SessionState
}

// States keeps the states of conversations between requests, as a store that replicas share would.
type States struct {
	mu    sync.Mutex                        // guards byKey
	byKey map[string]syntphony.SessionState // by visitor
}

// Load returns the state of the visitor's conversation. It is zero if there is no such conversation.
func (s *States) Load(visitor string) syntphony.SessionState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byKey[visitor]
}

// Store keeps the state of the visitor's conversation.
func (s *States) Store(visitor string, state syntphony.SessionState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey == nil {
		s.byKey = map[string]syntphony.SessionState{}
	}
	s.byKey[visitor] = state
}

// ResumeSyntphony returns a func that makes sessions from their states.
func ResumeSyntphony(client *syntphony.Client) func(visitor string, state syntphony.SessionState) SyntphonySession {
	return func(visitor string, state syntphony.SessionState) SyntphonySession {
		return client.ResumeSession(syntphony.Caller{UserRef: visitor, OS: "Web"}, state)
	}
}

// Syntphony returns the handler of a turn, which is the parameter q, in the conversation of the parameter visitor.
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

// texts joins the answers that are texts.
func texts(reply *syntphony.Reply) string {
	var list []string
	for _, answer := range reply.Answers {
		if text, ok := answer.Content.Text(); ok {
			list = append(list, text)
		}
	}
	return strings.Join(list, "\n")
}
