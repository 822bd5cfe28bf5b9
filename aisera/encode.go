package aisera

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

// data is a message on the wire: the member "data" of a frame, and most of an HTTP body.
type data struct {
	SessionVars         map[string]any   `json:"sessionVars"`
	IsKL                *bool            `json:"isKL,omitempty"`
	UserFullName        string           `json:"userFullName,omitempty"`
	Text                *string          `json:"text,omitempty"`
	RequestID           string           `json:"reqId"`
	ChannelID           string           `json:"channelId,omitempty"`
	FollowUpID          string           `json:"followUpId,omitempty"`
	FollowUpContext     *FollowUpContext `json:"followUpContext,omitempty"`
	Form                *FormSubmission  `json:"followUpData,omitempty"`
	NeedsSessionHistory bool             `json:"needsSessionHistory,omitempty"`
	IsReset             bool             `json:"isReset,omitempty"`
	Capabilities        *capabilities    `json:"channelCapabilities,omitempty"`
	Type                RequestType      `json:"type,omitempty"`
}

type capabilities struct {
	Form  bool  `json:"isFormSupported"`
	Popup *bool `json:"isPopupSupported,omitempty"`
}

// flat is the body of the HTTP call: what a frame has around its data stands beside the data's members.
type flat struct {
	UserID    string `json:"userId,omitempty"`
	UserEmail string `json:"userEmail,omitempty"`
	ChannelID string `json:"channelId,omitempty"`
	data
}

// envelope is a frame without its token.
type envelope struct {
	UserID    string `json:"userId"`
	UserIDToo string `json:"userid"` // seven of the nine samples spell it so
	UserEmail string `json:"userEmail,omitempty"`
	ChannelID string `json:"channelId,omitempty"`
	Data      any    `json:"data"`
}

// reserved are the names that this package sends itself, in either body: Extra cannot take their place.
var reserved = [...]string{
	"sessionVars", "isKL", "userFullName", "text", "reqId", "channelId", "followUpId", "followUpContext", "followUpData",
	"needsSessionHistory", "isReset", "channelCapabilities", "type", "userId", "userEmail", "token",
}

// newData returns m on the wire, with a request id.
func newData(user User, m Message) data {
	d := data{
		SessionVars: m.SessionVars, UserFullName: user.FullName, RequestID: m.RequestID, ChannelID: m.ChannelID,
		FollowUpID: m.FollowUpID, FollowUpContext: m.FollowUpContext, Form: m.Form,
		NeedsSessionHistory: m.NeedsSessionHistory, IsReset: m.IsReset, Type: m.Type,
	}
	if d.SessionVars == nil {
		d.SessionVars = map[string]any{}
	}
	if d.RequestID == "" {
		d.RequestID = rand.Text()
	}
	if m.IsKL || m.FollowUpContext == nil { // the two samples with a context have no isKL
		d.IsKL = &m.IsKL
	}
	if m.Text != "" || m.speaks() {
		d.Text = &m.Text
	}
	if m.Capabilities != nil {
		d.Capabilities = &capabilities{Form: m.Capabilities.Form}
		if m.Capabilities.Popup || m.Form == nil { // the sample with a form does not mention pop-ups
			d.Capabilities.Popup = &m.Capabilities.Popup
		}
	}
	return d
}

// speaks reports whether a message without text has an empty one: a form has, what only asks for something has not.
func (m *Message) speaks() bool {
	return m.FollowUpContext == nil && !m.NeedsSessionHistory && !m.IsReset && m.Type == ""
}

func checkUser(user User) error {
	if user.ID == "" && user.Email == "" {
		return apierr.Invalid("User.ID", "must not be empty where User.Email is empty too")
	}
	return nil
}

// isReserved ignores case, as many JSON decoders do.
func isReserved(name string, _ any) bool {
	return slices.ContainsFunc(reserved[:], func(own string) bool { return strings.EqualFold(name, own) })
}

// encodeBody returns the body of the HTTP call.
func encodeBody(user User, channelID string, m Message) (json.RawMessage, error) {
	d := newData(user, m)
	if d.ChannelID != "" {
		channelID = d.ChannelID
	}
	return encode(flat{UserID: user.ID, UserEmail: user.Email, ChannelID: channelID, data: d}, m.Extra)
}

// encodeFrame returns a frame without its token and without the brace that opens it, and the request id.
func encodeFrame(user User, channelID string, m Message) (rest []byte, requestID string, err error) {
	d := newData(user, m)
	e := envelope{UserID: user.ID, UserIDToo: user.ID, UserEmail: user.Email, ChannelID: channelID, Data: &d}
	if len(m.Extra) > 0 {
		if e.Data, err = encode(d, m.Extra); err != nil {
			return nil, "", err
		}
	}
	frame, err := encode(e, nil)
	if err != nil {
		return nil, "", err
	}
	return frame[1:], d.RequestID, nil
}

// withToken completes a frame.
func withToken(rest []byte, token string) ([]byte, error) {
	quoted, err := json.Marshal(token)
	if err != nil {
		return nil, err
	}
	frame := make([]byte, 0, len(`{"token":,`)+len(quoted)+len(rest))
	frame = append(frame, `{"token":`...)
	frame = append(frame, quoted...)
	frame = append(frame, ',')
	return append(frame, rest...), nil
}

// encode renders body, an object with at least one member, with the members of extra behind its own.
func encode(body any, extra map[string]any) (json.RawMessage, error) {
	object, err := transport.EncodeJSON("Message", body)
	if err != nil {
		return nil, err
	}
	extra = maps.Clone(extra)
	maps.DeleteFunc(extra, isReserved)
	if len(extra) == 0 {
		return object, nil
	}
	more, err := transport.EncodeJSON("Extra", extra)
	if err != nil {
		return nil, err
	}
	object[len(object)-1] = ','
	return append(object, more[1:]...), nil
}
