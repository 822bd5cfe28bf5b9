package aisera

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
)

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

// members are the known members of a reply, wherever they stand. A is what the answers are decoded into, I an id.
type members[A any, I ~string] struct {
	Mode       Mode `json:"modeType"`
	Answers    A    `json:"answers"`
	FollowUpID I    `json:"followUpId,case:ignore"` // an FAQ of the vendor writes followupId
	RequestID  I    `json:"reqId"`
}

// id is an id that may be a number, whose digits it keeps as they are.
type id string

func (i *id) UnmarshalJSON(raw []byte) error {
	var number json.Number
	if json.Unmarshal(raw, (*string)(i)) != nil && json.Unmarshal(raw, &number) == nil {
		*i = id(number)
	}
	return nil // any other value does not spoil the reply
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

// replyBody is a reply on the wire.
type replyBody[A any, I ~string] struct {
	members[A, I]
	Data   members[A, I] `json:"data"`
	Header members[A, I] `json:"header"`
	errorBody
}

// errNoObject says what a frame or a reply has to be.
var errNoObject = errors.New("it is not a JSON object")

// decodeResponse reads a reply. The texts of syntax errors do not repeat what the server sent. The usual form is
// decoded in one pass, because the tolerant types scan each answer four times: that was a third of a round trip (1.5 of
// that of the bare library, where 1.15 is the target).
func decodeResponse(raw []byte) (*Response, error) {
	var plain replyBody[[]plainAnswer, string]
	if lenient.Kind(raw) == '{' && lenient.Unmarshal(raw, &plain) == nil {
		return newResponse(raw, &plain, answersOf), nil
	}
	var body replyBody[answers, id]
	if err := unmarshalObject(raw, &body); err != nil {
		return nil, err
	}
	return newResponse(raw, &body, func(from answers) []Answer { return from }), nil
}

// answersOf returns nil only if there was no list.
func answersOf(plain []plainAnswer) []Answer {
	if plain == nil {
		return nil
	}
	answers := make([]Answer, len(plain))
	for i, answer := range plain {
		answers[i] = Answer(answer)
	}
	return answers
}

// newResponse returns what body says; list makes the answers of what they were decoded into.
func newResponse[A any, I ~string](raw []byte, body *replyBody[A, I], list func(A) []Answer) *Response {
	r := &Response{Raw: raw}
	for _, m := range [...]*members[A, I]{&body.members, &body.Data, &body.Header} {
		r.adopt(m.Mode, list(m.Answers), string(m.FollowUpID), string(m.RequestID))
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
	r.reply = r.reply || mode != "" || answers != nil || followUpID != "" || requestID != ""
	if r.Mode == "" {
		r.Mode = mode
	}
	if len(r.Answers) == 0 && len(answers) > 0 {
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
