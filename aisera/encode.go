package aisera

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley/internal/transport"
)

// data is a message as the server gets it: the member "data" of a frame, and most of an HTTP body.
type data struct {
	SessionVars         map[string]any  `json:"sessionVars"`
	IsKL                *bool           `json:"isKL,omitempty"`
	UserFullName        string          `json:"userFullName,omitempty"`
	Text                *string         `json:"text,omitempty"`
	RequestID           string          `json:"reqId"`
	ChannelID           string          `json:"channelId,omitempty"`
	FollowUpID          string          `json:"followUpId,omitempty"`
	FollowUpContext     json.RawMessage `json:"followUpContext,omitempty"`
	Form                *FormSubmission `json:"followUpData,omitempty"`
	NeedsSessionHistory bool            `json:"needsSessionHistory,omitempty"`
	IsReset             bool            `json:"isReset,omitempty"`
	Capabilities        json.RawMessage `json:"channelCapabilities,omitempty"`
	Type                RequestType     `json:"type,omitempty"`
}

type capabilities struct {
	Form  bool  `json:"isFormSupported"`
	Popup *bool `json:"isPopupSupported,omitempty"`
}

// flat is the body of the HTTP call. It has the members around the data of a frame beside those of the data.
type flat struct {
	UserID    string `json:"userId,omitempty"`
	UserEmail string `json:"userEmail,omitempty"`
	ChannelID string `json:"channelId,omitempty"`
	data
}

// envelope is a frame without its token.
type envelope struct {
	UserID    string `json:"userId"`
	UserIDToo string `json:"userid"` // the spelling of seven of the nine samples
	UserEmail string `json:"userEmail,omitempty"`
	ChannelID string `json:"channelId,omitempty"`
	Data      any    `json:"data"`
}

// These are the names of the members that this package sends, by object. Extra cannot replace them. The names of a
// message hold for frames and HTTP bodies.
var (
	reservedInContext      = []string{"type"}
	reservedInCapabilities = []string{"isFormSupported", "isPopupSupported"}
)

var reservedInMessage = []string{
	"sessionVars", "isKL", "userFullName", "text", "reqId", "channelId", "followUpId", "followUpContext",
	"followUpData",
	"needsSessionHistory", "isReset", "channelCapabilities", "type", "userId", "userEmail", "token",
}

// newData returns m in the form of the vendor, with a request id.
func newData(user User, m Message) (data, error) {
	d := data{
		SessionVars: m.SessionVars, UserFullName: user.FullName, RequestID: m.RequestID, ChannelID: m.ChannelID,
		FollowUpID: m.FollowUpID, Form: m.Form,
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
	var err error
	if m.FollowUpContext != nil {
		if d.FollowUpContext, err = encode(m.FollowUpContext, m.FollowUpContext.Extra, reservedInContext); err != nil {
			return data{}, err
		}
	}
	if m.Capabilities != nil {
		d.Capabilities, err = m.Capabilities.encode(m.Form != nil)
	}
	return d, err
}

// encode encodes c. It leaves pop-ups out beside a form, as the vendor's sample does, unless the caller can show them.
func (c *Capabilities) encode(withForm bool) (json.RawMessage, error) {
	encoded := capabilities{Form: c.Form}
	if c.Popup || !withForm {
		encoded.Popup = &c.Popup
	}
	return encode(encoded, c.Extra, reservedInCapabilities)
}

// speaks reports whether a message without text is sent with an empty text. A form is, but a message that only asks for
// something is not.
func (m *Message) speaks() bool {
	return m.FollowUpContext == nil && !m.NeedsSessionHistory && !m.IsReset && m.Type == ""
}

// encodeBody returns the body of the HTTP call.
func encodeBody(user User, channelID string, m Message) (json.RawMessage, error) {
	d, err := newData(user, m)
	if err != nil {
		return nil, err
	}
	if d.ChannelID != "" {
		channelID = d.ChannelID
	}
	return encode(flat{UserID: user.ID, UserEmail: user.Email, ChannelID: channelID, data: d}, m.Extra,
		reservedInMessage)
}

// encodeFrame returns the request id, and a frame without its token and without its opening brace.
func encodeFrame(user User, channelID string, m Message) (rest []byte, requestID string, err error) {
	d, err := newData(user, m)
	if err != nil {
		return nil, "", err
	}
	e := envelope{UserID: user.ID, UserIDToo: user.ID, UserEmail: user.Email, ChannelID: channelID, Data: &d}
	if len(m.Extra) > 0 {
		if e.Data, err = encode(d, m.Extra, reservedInMessage); err != nil {
			return nil, "", err
		}
	}
	frame, err := encode(e, nil, nil)
	if err != nil {
		return nil, "", err
	}
	return frame[1:], d.RequestID, nil
}

// withToken completes a frame with its token, which is in quotes.
func withToken(rest, quoted []byte) []byte {
	frame := make([]byte, 0, len(`{"token":,`)+len(quoted)+len(rest))
	frame = append(frame, `{"token":`...)
	frame = append(frame, quoted...)
	frame = append(frame, ',')
	return append(frame, rest...)
}

// encode returns body, an object with at least one member, followed by the members of extra. It leaves out members of
// extra whose names are reserved. It ignores case there, because many JSON decoders do.
func encode(body any, extra map[string]any, reserved []string) (json.RawMessage, error) {
	object, err := transport.EncodeJSON("Message", body)
	if err != nil {
		return nil, err
	}
	extra = maps.Clone(extra)
	maps.DeleteFunc(extra, func(name string, _ any) bool {
		return slices.ContainsFunc(reserved, func(own string) bool { return strings.EqualFold(name, own) })
	})
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
