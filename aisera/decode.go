package aisera

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
)

// UnmarshalJSON decodes an object with a text, or a bare text.
func (a *Answer) UnmarshalJSON(raw []byte) error {
	if lenient.Unmarshal(raw, &a.Text) == nil {
		return nil
	}
	var object struct {
		Text string `json:"text"`
	}
	_ = lenient.Unmarshal(raw, &object) // an answer of another form must not make the reply fail
	a.Text = object.Text
	return nil
}

// members are the known members of a reply, at whatever level. A is the type for the answers, and I the type for ids.
type members[A any, I ~string] struct {
	Mode       Mode `json:"modeType"`
	Answers    A    `json:"answers"`
	FollowUpID I    `json:"followUpId,case:ignore"` // an FAQ of the vendor writes followupId
	RequestID  I    `json:"reqId"`
}

// id is an id that may be a number. It keeps the digits of the number unchanged.
type id string

func (i *id) UnmarshalJSON(raw []byte) error {
	var number json.Number
	if json.Unmarshal(raw, (*string)(i)) != nil && json.Unmarshal(raw, &number) == nil {
		*i = id(number)
	}
	return nil // a value of another type must not make the reply fail
}

// plainAnswer is an answer in the usual form.
type plainAnswer struct {
	Text string `json:"text"`
}

// answers decodes a list of answers, or one answer in place of a list.
type answers []Answer

func (a *answers) UnmarshalJSON(raw []byte) error {
	if lenient.Unmarshal(raw, (*[]Answer)(a)) == nil {
		return nil
	}
	*a = answers{{}}
	return (*a)[0].UnmarshalJSON(raw)
}

// replyBody is a reply as the server sends it.
type replyBody[A any, I ~string] struct {
	members[A, I]
	Data   members[A, I] `json:"data"`
	Header members[A, I] `json:"header"`
	errorBody
}

// errNoObject is the error of a frame or a reply that is not a JSON object.
var errNoObject = errors.New("it is not a JSON object")

// decodeResponse reads a reply. The texts of syntax errors do not repeat the server's text. The usual form is decoded
// in one pass, because the tolerant types scan each answer four times. That took a third of a round trip, which then
// cost 1.5 times as much as with the bare library, where the target is 1.15.
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

// answersOf returns nil only if the reply has no list of answers.
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

// newResponse makes the Response of body. list converts the answers.
func newResponse[A any, I ~string](raw []byte, body *replyBody[A, I], list func(A) []Answer) *Response {
	r := &Response{Raw: raw}
	for _, m := range [...]*members[A, I]{&body.members, &body.Data, &body.Header} {
		r.setMissing(m.Mode, list(m.Answers), string(m.FollowUpID), string(m.RequestID))
	}
	failed := body.Error != "" || len(body.Errors) > 0 || r.isEmptyErrorBody(&body.errorBody)
	if r.Mode == "" && len(r.Answers) == 0 && failed {
		r.failure = &body.errorBody
	}
	return r
}

// isEmptyErrorBody reports whether the reply is only an error body, although its error is empty.
func (r *Response) isEmptyErrorBody(body *errorBody) bool {
	return body.Errors != nil && r.FollowUpID == "" && r.RequestID == ""
}

// setMissing sets the members that are not set yet.
func (r *Response) setMissing(mode Mode, answers []Answer, followUpID, requestID string) {
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

// unmarshalObject decodes an object. It skips members of an unexpected type, because encoding/json decodes the rest.
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

// decodeFrame reads a frame. A frame that is not a reply becomes a Response too, so that the order of the frames is
// kept.
func decodeFrame(frame []byte, mask func(string) string) *Response {
	r, err := decodeResponse(frame)
	if err != nil {
		text, _ := json.Marshal(string(frame))
		r = &Response{Raw: text, invalid: fmt.Errorf("aisera: reply: %w: %w", parley.ErrDecode, err)}
	}
	r.mask = mask
	return r
}
