package aiseratest

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
)

// Message is a message of a user, over either transport.
type Message struct {
	WebSocket bool // WebSocket is true for a frame and false for an HTTP request.
	First     bool // First is true if the session of the user begins with the message.

	UserID, UserEmail string // UserID and UserEmail identify the user.
	ChannelID         string // ChannelID is that of the frame, or over HTTP that of the body.

	// Text, FollowUpID and RequestID are as they were sent. A member that was not sent is empty.
	Text, FollowUpID, RequestID string

	// NeedsSessionHistory and IsReset are as they were sent.
	NeedsSessionHistory, IsReset bool

	// FormID is the id of the form that the user filled in, and FormFieldValues are its values.
	FormID          string
	FormFieldValues map[string]any

	SessionVars map[string]any // SessionVars is nil if the message has no session variables.

	Raw parley.Raw // Raw is the data of the frame, or over HTTP the body.
}

// Reply is one reply, or over WebSocket one frame of it. A member whose field is empty is not sent.
type Reply struct {
	Mode       aisera.Mode    // Mode is sent as modeType.
	Answers    []string       // Answers are texts. Each is an answer of its own.
	FollowUpID string         // FollowUpID is the id that a FollowUp to this reply repeats.
	RequestID  string         // RequestID is sent in place of the message's request id.
	Nested     bool           // Nested puts the members into "data".
	Extra      map[string]any // Extra holds further members for the top level.
	Raw        []byte         // Raw is sent as it is, in place of all other fields.
	Delay      time.Duration  // Delay is the wait before a frame is sent. Over HTTP it has no effect.
	// Late delivers the reply on its own, after Delay and without a request id, to the connections that the user has
	// open then. Messages that come meanwhile are answered first. Over HTTP a late reply is never delivered.
	Late bool
}

// Say returns a reply in words, with Mode Normal. Each text is a whole answer.
func Say(texts ...string) Reply { return Reply{Mode: aisera.ModeNormal, Answers: texts} }

// Stream returns an answer in parts: a status update, then a frame for each piece, and the whole text as the last
// frame. Each frame holds the whole text so far. The vendor does not publish whether its frames do.
func Stream(pieces ...string) []Reply {
	replies := []Reply{{Mode: aisera.ModeStatusUpdate, Answers: []string{"working"}}}
	whole := ""
	for _, piece := range pieces {
		whole += piece
		replies = append(replies, Reply{Mode: aisera.ModeStreamingInProgress, Answers: []string{whole}})
	}
	return append(replies, Reply{Mode: aisera.ModeStreamingCompleted, Answers: []string{whole}})
}

// Fault returns a reply that reports a failure in-band. Its Mode is Error, ExternalSystemError or FormError.
func Fault(mode aisera.Mode, text string) Reply { return Reply{Mode: mode, Answers: []string{text}} }

// HandOver returns the replies of a live agent's visit: the user waits in the queue, the agent joins, types and says
// each text as a whole answer, and leaves.
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

// SlowFlow returns the replies of a flow that takes longer than the tenant's "Flow Execution Wait Time": an interim
// reply, and the result on its own after a time. Over HTTP only the interim reply arrives.
func SlowFlow(interim, result string, after time.Duration) []Reply {
	return []Reply{
		{Mode: aisera.ModeFlowInProgress, Answers: []string{interim}},
		{Mode: aisera.ModeFlowCompleted, Answers: []string{result}, Delay: after, Late: true},
	}
}

// usual returns the answer of a new server.
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

// encode returns the reply to a message with requestID as JSON.
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
