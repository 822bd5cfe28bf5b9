package aiseratest

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
)

// Message is what a user sent, over either transport.
type Message struct {
	WebSocket                    bool   // false: over HTTP
	UserID, UserEmail            string // who sent it
	ChannelID                    string // of the envelope; over HTTP of the body
	Text, FollowUpID, RequestID  string // as sent; "": absent
	NeedsSessionHistory, IsReset bool
	FormID                       string         // of a filled-in form; "": none
	FormFieldValues, SessionVars map[string]any // nil: absent
	Raw                          parley.Raw     // the data of the frame; over HTTP the body
}

// Reply is one reply, or over WebSocket one frame of it.
type Reply struct {
	Mode       aisera.Mode    // "": none is sent
	Answers    []string       // texts
	FollowUpID string         // "": none is sent
	RequestID  string         // in place of the echo; "": the echo, if it is on
	Nested     bool           // put the members into "data"
	Extra      map[string]any // further members, at the top level
	Raw        []byte         // sent as it is, in place of all other fields
	Delay      time.Duration  // before it is sent; over HTTP ignored
}

// Say is a reply in words, with Mode Normal.
func Say(texts ...string) Reply { return Reply{Mode: aisera.ModeNormal, Answers: texts} }

// Stream is an answer in parts: a status update, each text so far, and the whole as the last.
func Stream(texts ...string) []Reply {
	replies := []Reply{{Mode: aisera.ModeStatusUpdate, Answers: []string{"working"}}}
	whole := ""
	for _, text := range texts {
		whole += text
		replies = append(replies, Reply{Mode: aisera.ModeStreamingInProgress, Answers: []string{whole}})
	}
	return append(replies, Reply{Mode: aisera.ModeStreamingCompleted, Answers: []string{whole}})
}

// Fault is a reply that says in-band that something failed: Mode Error, ExternalSystemError or FormError.
func Fault(mode aisera.Mode, text string) Reply { return Reply{Mode: mode, Answers: []string{text}} }

// HandOver is what a live agent's arrival looks like: waiting in the queue, the agent typing, joining and speaking.
func HandOver(texts ...string) []Reply {
	replies := []Reply{
		{Mode: aisera.ModeLiveAgentWaitingUpdate, Answers: []string{"You are next."}},
		{Mode: aisera.ModeLiveAgentJoined, Answers: []string{"An agent joined."}},
	}
	for _, text := range texts {
		replies = append(replies,
			Reply{Mode: aisera.ModeLiveAgentTyping}, Reply{Mode: aisera.ModeLiveAgent, Answers: []string{text}})
	}
	return append(replies, Reply{Mode: aisera.ModeLiveAgentExited, Answers: []string{"The agent left."}})
}

// usual is the answer of a new server.
func (s *Server) usual(m Message) []Reply {
	switch {
	case m.NeedsSessionHistory:
		return []Reply{Say(s.said(m.UserID)...)}
	case m.IsReset || m.Text == "/logout":
		s.forget(m.UserID)
		return []Reply{Say("The session is over.")}
	case m.FormID != "":
		return []Reply{{Mode: aisera.ModeFlowCompleted, Answers: []string{"Form " + m.FormID + " is filed."}}}
	case strings.Contains(strings.ToLower(m.Text), "live agent"):
		return []Reply{{Mode: aisera.ModeLiveAgentWaiting, Answers: []string{"Looking for an agent."}}}
	}
	s.remember(m)
	reply := Say("You said: " + m.Text)
	reply.FollowUpID = "F-" + m.RequestID
	return []Reply{reply}
}

func (s *Server) said(user string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.history[user]...)
}

func (s *Server) remember(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history[m.UserID] = append(s.history[m.UserID], m.Text)
}

func (s *Server) forget(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.history, user)
}

// encode renders the reply to a message with requestID.
func (r Reply) encode(requestID string) []byte {
	if r.Raw != nil {
		return r.Raw
	}
	if r.RequestID != "" {
		requestID = r.RequestID
	}
	members := map[string]any{}
	for name, value := range map[string]string{
		"modeType": string(r.Mode), "followUpId": r.FollowUpID, "reqId": requestID,
	} {
		if value != "" {
			members[name] = value
		}
	}
	if r.Answers != nil {
		answers := []map[string]string{}
		for _, text := range r.Answers {
			answers = append(answers, map[string]string{"text": text})
		}
		members["answers"] = answers
	}
	if r.Nested {
		members = map[string]any{"data": members}
	}
	maps.Copy(members, r.Extra)
	encoded, err := json.Marshal(members)
	if err != nil {
		return []byte(`{"modeType":"Error"}`)
	}
	return encoded
}
