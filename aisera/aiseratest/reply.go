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
	First                        bool   // the session of the user begins with it
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
	// Late delivers the reply on its own, after Delay, to the connections that the user has open then, without a request
	// id. Messages that come meanwhile are answered first. Over HTTP a late reply is never delivered.
	Late bool
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

// SlowFlow is what a flow looks like that takes longer than the tenant's "Flow Execution Wait Time": an interim reply, and
// the result on its own after a time. Over HTTP the interim reply is all that arrives.
func SlowFlow(interim, result string, after time.Duration) []Reply {
	return []Reply{
		{Mode: aisera.ModeFlowInProgress, Answers: []string{interim}},
		{Mode: aisera.ModeFlowCompleted, Answers: []string{result}, Delay: after, Late: true},
	}
}

// usual is the answer of a new server.
func (s *Server) usual(m Message) []Reply {
	switch {
	case m.NeedsSessionHistory:
		return []Reply{Say(s.said(m.UserID)...)}
	case m.IsReset || m.Text == "/logout":
		s.forget(m.UserID)
		return []Reply{Say("The session is over.")}
	case s.expired(m.FollowUpID):
		return []Reply{Say("That is no longer open. How else can I help you?")}
	case m.FormID != "":
		return []Reply{{Mode: aisera.ModeFlowCompleted, Answers: []string{"Form " + m.FormID + " is filed."}}}
	case strings.Contains(strings.ToLower(m.Text), "live agent"):
		return []Reply{{Mode: aisera.ModeLiveAgentWaiting, Answers: []string{"Looking for an agent."}}}
	}
	reply := Say("You said: " + m.Text)
	reply.FollowUpID = "F-" + m.RequestID
	return []Reply{reply}
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
