package aisera

import (
	"strings"

	"github.com/seed-127a5941/parley"
)

// Response is a reply, or over WebSocket one frame of a reply. The vendor publishes no schema. The known members are
// typed, and Raw holds all members. Mode, Answers, FollowUpID and RequestID may be at the top level or inside "data" or
// "header".
type Response struct {
	RequestID  string   // that of the message if the server echoes reqId, otherwise empty
	FollowUpID string   // to be sent back as Message.FollowUpID to keep state, may be empty
	Mode       Mode     // the state of the conversation, empty if the server did not name it
	Answers    []Answer // without hierarchy, may be empty
	// Raw is the reply as sent. It includes "score", which the vendor asks to ignore.
	Raw parley.Raw

	failure *errorBody // an error body without mode and answers
	invalid error      // why the frame could not be decoded
	reply   bool       // it has a member of a reply
	mask    func(string) string
}

// Answer is one answer of a reply. It may hold HTML or Markdown, and the vendor recommends not to show it unchanged.
type Answer struct {
	Text string // empty if the answer has no text: see Response.Raw
}

// Final reports whether this is the end of an answer. It is false for StatusUpdate, StreamingInProgress and
// LiveAgentTyping, and true for every other mode, including unknown ones.
func (r *Response) Final() bool { return r.Mode.final() }

// Streaming reports whether this is a part of an answer that is generated bit by bit. The vendor does not document
// whether parts repeat the text so far or continue it.
func (r *Response) Streaming() bool {
	return r.Mode == ModeStreamingInProgress || r.Mode == ModeStreamingCompleted
}

// LiveAgent reports whether a live agent is in the conversation, is leaving it, or was asked for.
func (r *Response) LiveAgent() bool { return strings.HasPrefix(string(r.Mode), string(ModeLiveAgent)) }

// Text returns the texts of all answers, a line each.
func (r *Response) Text() string {
	var texts []string
	for _, answer := range r.Answers {
		if answer.Text != "" {
			texts = append(texts, answer.Text)
		}
	}
	return strings.Join(texts, "\n")
}

// Err returns an *Error for a failure in-band, or nil if the reply reports no failure. Failures are the modes Error and
// ExternalSystemError, which match ErrAnswerFailed, the mode FormError, and a frame that is the error body of the HTTP
// page. For a frame that is not a JSON object the error matches ErrDecode.
func (r *Response) Err() error {
	switch {
	case r.invalid != nil:
		return r.invalid
	case r.Mode != ModeFormError && !r.broken():
		return nil
	}
	body := readErrorBody(r.Raw)
	e := &Error{Operation: "aisera: reply", Mode: r.Mode, RequestID: r.RequestID, Body: r.Raw}
	e.Message = r.masked(body.Error)
	if e.Message == "" {
		e.Message = r.masked(r.Text())
	}
	e.Errors = body.details(r.masked)
	e.Code = findCode(r.Text())
	if e.Code == "" {
		e.Code = body.code(r.Raw)
	}
	return e
}

// broken reports whether the reply is the error of a call.
func (r *Response) broken() bool { return r.Mode.broken() || r.failure != nil || r.invalid != nil }

// isReply reports whether the frame has any member of a reply. A heartbeat, for example, has no such member. A frame
// that could not be decoded counts as a reply.
func (r *Response) isReply() bool { return r.reply || r.failure != nil || r.invalid != nil }

// callError returns the error of a call whose reply is r.
func (r *Response) callError() error {
	if r.broken() {
		return r.Err()
	}
	return nil
}

func (r *Response) masked(text string) string {
	if r.mask == nil {
		return text
	}
	return r.mask(text)
}
