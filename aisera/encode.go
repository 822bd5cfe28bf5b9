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
	SessionVars         any             `json:"sessionVars"` // a map or noVars
	IsKL                *bool           `json:"isKL,omitempty"`
	UserFullName        string          `json:"userFullName,omitempty"`
	Text                *string         `json:"text,omitempty"`
	RequestID           string          `json:"reqId"`
	ChannelID           string          `json:"channelId,omitempty"`
	FollowUpID          string          `json:"followUpId,omitempty"`
	FollowUpContext     any             `json:"followUpContext,omitempty"`
	Form                *FormSubmission `json:"followUpData,omitempty"`
	NeedsSessionHistory bool            `json:"needsSessionHistory,omitempty"`
	IsReset             bool            `json:"isReset,omitempty"`
	Capabilities        any             `json:"channelCapabilities,omitempty"`
	Type                RequestType     `json:"type,omitempty"`

	// These hold the values of the members of the same names, so that a message is one piece of memory.
	isKL         bool
	text         string
	capabilities capabilities
}

// noVars is encoded as an empty object.
type noVars struct{}

type capabilities struct {
	Form  bool  `json:"isFormSupported"`
	Popup *bool `json:"isPopupSupported,omitempty"`

	popup bool
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

	data data // the value of Data unless the message has further members
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

// fill sets d to m in the form of the vendor, with a request id.
func (d *data) fill(user *User, m *Message) (err error) {
	*d = data{
		SessionVars: noVars{}, UserFullName: user.FullName, RequestID: m.RequestID, ChannelID: m.ChannelID,
		FollowUpID: m.FollowUpID, Form: m.Form,
		NeedsSessionHistory: m.NeedsSessionHistory, IsReset: m.IsReset, Type: m.Type,
		isKL: m.IsKL, text: m.Text,
	}
	if m.SessionVars != nil {
		d.SessionVars = m.SessionVars
	}
	if d.RequestID == "" {
		d.RequestID = rand.Text()
	}
	if m.IsKL || m.FollowUpContext == nil { // the two samples with a context have no isKL
		d.IsKL = &d.isKL
	}
	if m.Text != "" || m.speaks() {
		d.Text = &d.text
	}
	if follow := m.FollowUpContext; follow != nil {
		if d.FollowUpContext, err = withExtra(follow, follow.Extra, reservedInContext); err != nil {
			return err
		}
	}
	if m.Capabilities != nil {
		d.capabilities.fill(m.Capabilities, m.Form != nil)
		d.Capabilities, err = withExtra(&d.capabilities, m.Capabilities.Extra, reservedInCapabilities)
	}
	return err
}

// fill sets c to what the caller can show. It leaves pop-ups out beside a form, as the vendor's sample does, unless the
// caller can show them.
func (c *capabilities) fill(from *Capabilities, withForm bool) {
	c.Form, c.popup = from.Form, from.Popup
	if c.popup || !withForm {
		c.Popup = &c.popup
	}
}

// speaks reports whether a message without text is sent with an empty text. A form is, but a message that only asks for
// something is not.
func (m *Message) speaks() bool {
	return m.FollowUpContext == nil && !m.NeedsSessionHistory && !m.IsReset && m.Type == ""
}

// encodeBody returns the body of the HTTP call.
func encodeBody(user User, channelID string, m Message) (transport.Encoded, error) {
	body := &flat{UserID: user.ID, UserEmail: user.Email, ChannelID: channelID}
	if err := body.fill(&user, &m); err != nil {
		return nil, err
	}
	if body.data.ChannelID != "" {
		body.ChannelID = body.data.ChannelID
	}
	return encode(body, m.Extra, reservedInMessage)
}

// encodeFrame returns the request id, and a frame without its token and without its opening brace.
func encodeFrame(user User, channelID string, m Message) (rest []byte, requestID string, err error) {
	e := &envelope{UserID: user.ID, UserIDToo: user.ID, UserEmail: user.Email, ChannelID: channelID}
	if err = e.data.fill(&user, &m); err != nil {
		return nil, "", err
	}
	if e.Data, err = withExtra(&e.data, m.Extra, reservedInMessage); err != nil {
		return nil, "", err
	}
	frame, err := encode(e, nil, nil)
	if err != nil {
		return nil, "", err
	}
	return frame[1:], e.data.RequestID, nil
}

// withToken completes a frame with its token, which is in quotes.
func withToken(rest, quoted []byte) []byte {
	frame := make([]byte, 0, len(`{"token":,`)+len(quoted)+len(rest))
	frame = append(frame, `{"token":`...)
	frame = append(frame, quoted...)
	frame = append(frame, ',')
	return append(frame, rest...)
}

// withExtra returns body, an object with at least one member, if it has no further members. Otherwise it returns its
// encoding with these.
func withExtra(body any, extra map[string]any, reserved []string) (any, error) {
	if len(extra) == 0 {
		return body, nil
	}
	encoded, err := encode(body, extra, reserved)
	return json.RawMessage(encoded), err
}

// encode returns body, an object with at least one member, followed by the members of extra. It leaves out members of
// extra whose names are reserved. It ignores case there, because many JSON decoders do.
func encode(body any, extra map[string]any, reserved []string) ([]byte, error) {
	object, err := transport.EncodeJSON("Message", body)
	if err != nil || len(extra) == 0 {
		return object, err
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
