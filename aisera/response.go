package aisera

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
)

// Response is a reply, or over WebSocket one frame of it. The vendor publishes no schema: what is known is typed, the rest
// is in Raw. Mode, Answers, FollowUpID and RequestID are read at the top level, or inside "data" or "header" where they
// stand there.
type Response struct {
	RequestID  string   // the message's, where the server echoes reqId; "": it does not
	FollowUpID string   // to be sent back with the next message to keep state (Message.FollowUpID); "": none
	Mode       Mode     // the state of the conversation; "": the server named none
	Answers    []Answer // in no hierarchy; empty: there is nothing to show
	// Raw is the reply as sent, "score" included, which the vendor asks to ignore.
	Raw parley.Raw

	failure *errorBody // an error body without mode and answers
	invalid error      // why the frame could not be decoded
	mask    func(string) string
}

// Answer is one answer of a reply. The vendor recommends not to show it as it came; it may hold HTML or Markdown.
type Answer struct {
	Text string // "": the answer has none, see Response.Raw
}

// UnmarshalJSON takes an object with a text, or the bare text.
func (a *Answer) UnmarshalJSON(raw []byte) error {
	if lenient.Unmarshal(raw, &a.Text) == nil {
		return nil
	}
	var object struct {
		Text string `json:"text"`
	}
	_ = lenient.Unmarshal(raw, &object) // whatever else an answer is, it does not spoil the reply
	a.Text = object.Text
	return nil
}

// members are the known members of a reply, wherever they stand. A is what the answers are decoded into.
type members[A any] struct {
	Mode       Mode   `json:"modeType"`
	Answers    A      `json:"answers"`
	FollowUpID string `json:"followUpId"`
	RequestID  string `json:"reqId"`
}

// plainAnswer is an answer in the usual form.
type plainAnswer struct {
	Text string `json:"text"`
}

// answers takes one answer in place of a list.
type answers []Answer

func (a *answers) UnmarshalJSON(raw []byte) error {
	if lenient.Unmarshal(raw, (*[]Answer)(a)) == nil {
		return nil
	}
	*a = answers{{}}
	return (*a)[0].UnmarshalJSON(raw)
}

// Final reports whether this is the end of an answer: false for StatusUpdate, StreamingInProgress and LiveAgentTyping,
// true for every other mode, also for one that is unknown.
func (r *Response) Final() bool { return r.Mode.final() }

// Streaming reports whether this is a part of an answer that is generated bit by bit. Whether parts repeat the text so far
// or continue it is not documented.
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

// Err returns an *Error for what failed in-band: the modes Error, ExternalSystemError and FormError, and a frame that is
// the error body of the HTTP page. For a frame that is no JSON object the error matches ErrDecode. nil: nothing failed.
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

// callError is the error of a call that was answered with r.
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

// replyBody is a reply on the wire.
type replyBody[A any] struct {
	members[A]
	Data   members[A] `json:"data"`
	Header members[A] `json:"header"`
	errorBody
}

// errNoObject says what a frame or a reply has to be.
var errNoObject = errors.New("it is not a JSON object")

// decodeResponse reads a reply. The texts of syntax errors do not repeat what the server sent. The usual form is decoded in
// one pass, because the tolerant types scan each answer four times: that was a third of a round trip (1.5 of that of the
// bare library, where 1.15 is the target).
func decodeResponse(raw []byte) (*Response, error) {
	var plain replyBody[[]plainAnswer]
	if lenient.Kind(raw) == '{' && lenient.Unmarshal(raw, &plain) == nil {
		return newResponse(raw, &plain, func(from []plainAnswer) (to []Answer) {
			for _, answer := range from {
				to = append(to, Answer(answer))
			}
			return to
		}), nil
	}
	var body replyBody[answers]
	if err := unmarshalObject(raw, &body); err != nil {
		return nil, err
	}
	return newResponse(raw, &body, func(from answers) []Answer { return from }), nil
}

// newResponse returns what body says; list makes the answers of what they were decoded into.
func newResponse[A any](raw []byte, body *replyBody[A], list func(A) []Answer) *Response {
	r := &Response{Raw: raw}
	for _, m := range [...]*members[A]{&body.members, &body.Data, &body.Header} {
		r.adopt(m.Mode, list(m.Answers), m.FollowUpID, m.RequestID)
	}
	failed := body.Error != "" || len(body.Errors) > 0 || r.hollow(&body.errorBody)
	if r.Mode == "" && len(r.Answers) == 0 && failed {
		r.failure = &body.errorBody
	}
	return r
}

// hollow reports whether the reply is nothing but an error body, without an error.
func (r *Response) hollow(body *errorBody) bool {
	return body.Errors != nil && r.FollowUpID == "" && r.RequestID == ""
}

// adopt takes what was not found yet.
func (r *Response) adopt(mode Mode, answers []Answer, followUpID, requestID string) {
	if r.Mode == "" {
		r.Mode = mode
	}
	if len(r.Answers) == 0 {
		r.Answers = answers
	}
	if r.FollowUpID == "" {
		r.FollowUpID = followUpID
	}
	if r.RequestID == "" {
		r.RequestID = requestID
	}
}

// unmarshalObject decodes an object. A member of an unexpected type is skipped: encoding/json goes on behind it.
func unmarshalObject(raw []byte, out any) error {
	if lenient.Kind(raw) != '{' {
		return errNoObject
	}
	err := lenient.Unmarshal(raw, out)
	if skipped, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && skipped.Field != "" {
		return nil
	}
	if err != nil {
		return errNoObject
	}
	return nil
}

// decodeFrame reads a frame. One that is no reply becomes a Response too, so that it keeps its place among the others.
func decodeFrame(frame []byte, mask func(string) string) *Response {
	r, err := decodeResponse(frame)
	if err != nil {
		text, _ := json.Marshal(string(frame))
		r = &Response{Raw: text, invalid: fmt.Errorf("aisera: reply: %w: %w", parley.ErrDecode, err)}
	}
	r.mask = mask
	return r
}
