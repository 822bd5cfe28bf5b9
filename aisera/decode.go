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

// members are the known members of a reply, at whatever level.
type members struct {
	Mode       Mode    `json:"modeType"`
	Answers    answers `json:"answers"`
	FollowUpID id      `json:"followUpId,case:ignore"` // an FAQ of the vendor writes followupId
	RequestID  id      `json:"reqId"`
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
type replyBody struct {
	members
	Data   members `json:"data"`
	Header members `json:"header"`
	errorBody
}

// errNoObject is the error of a frame or a reply that is not a JSON object.
var errNoObject = errors.New("it is not a JSON object")

// decodeResponse reads a reply. The texts of syntax errors do not repeat the server's text. The usual form is decoded
// apart, because the tolerant types scan each answer four times.
func decodeResponse(raw []byte) (*Response, error) {
	if r, ok := decodePlain(raw); ok {
		return r, nil
	}
	return decodeTolerantly(raw)
}

// decodeTolerantly reads a reply of any form.
func decodeTolerantly(raw []byte) (*Response, error) {
	var body replyBody
	if err := unmarshalObject(raw, &body); err != nil {
		return nil, err
	}
	r := &Response{Raw: raw}
	for _, m := range [...]*members{&body.members, &body.Data, &body.Header} {
		r.setMissing(m.Mode, m.Answers, string(m.FollowUpID), string(m.RequestID))
	}
	failed := body.Error != "" || len(body.Errors) > 0 || r.isEmptyErrorBody(&body.errorBody)
	if r.Mode == "" && len(r.Answers) == 0 && failed {
		r.failure = &body.errorBody
	}
	return r, nil
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
