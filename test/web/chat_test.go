package web_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// part is a part of a message as the client shows it.
type part struct {
	Type       string          `json:"type,omitempty"`
	Text       string          `json:"text,omitempty"`
	State      string          `json:"state,omitempty"`
	ID         string          `json:"id,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	URL        string          `json:"url,omitempty"`
	SourceID   string          `json:"sourceId,omitempty"`
	Title      string          `json:"title,omitempty"`
	ToolCallID string          `json:"toolCallId,omitempty"`
	Input      json.RawMessage `json:"input,omitempty"`
	Output     json.RawMessage `json:"output,omitempty"`
}

// message is a message as the client shows it.
type message struct {
	ID       string         `json:"id,omitempty"`
	Role     string         `json:"role,omitempty"`
	Parts    []part         `json:"parts,omitempty"`
	Metadata map[string]any `json:"metadata,omitempty"`
}

// text joins the text parts.
func (m message) text() string {
	var b strings.Builder
	for _, p := range m.Parts {
		if p.Type == "text" {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// part returns the first part of a type, or a zero part.
func (m message) part(partType string) part {
	for _, p := range m.Parts {
		if p.Type == partType {
			return p
		}
	}
	return part{}
}

// types returns the types of the parts, in order.
func (m message) types() []string {
	types := []string{}
	for _, p := range m.Parts {
		types = append(types, p.Type)
	}
	return types
}

// view is what a page would show of a chat, and what its callbacks were told.
type view struct {
	Status   string           `json:"status"`
	Error    string           `json:"error"`
	Messages []message        `json:"messages"`
	Running  int              `json:"running"` // calls whose promise is open
	Data     []part           `json:"data"`    // onData
	Errors   []string         `json:"errors"`  // onError, and promises that were rejected
	Finishes []map[string]any `json:"finishes"`
}

// last returns the last message, or a zero one.
func (v view) last() message {
	if len(v.Messages) == 0 {
		return message{}
	}
	return v.Messages[len(v.Messages)-1]
}

// data returns what onData was told in parts of a type.
func (v view) data(partType string) []part {
	var found []part
	for _, p := range v.Data {
		if p.Type == partType {
			found = append(found, p)
		}
	}
	return found
}

// client is a chat of a Node process: an AbstractChat with a DefaultChatTransport.
type client struct {
	*node
	name string
}

// newClient makes a chat with an id that posts to api.
func newClient(n *node, api, id string, messages ...message) *client {
	n.t.Helper()
	return makeClient(n, args{"id": id, "api": api, "messages": append([]message{}, messages...)})
}

// makeClient makes a chat with the options of Chat in js/client.mjs.
func makeClient(n *node, options args) *client {
	n.t.Helper()
	c := &client{node: n, name: fmt.Sprint("chat ", n.last.Load())}
	options["name"] = c.name
	n.call("new", options, nil)
	return c
}

// do starts a method of the chat.
func (c *client) do(op string, more ...args) {
	c.t.Helper()
	a := args{"name": c.name}
	for _, m := range more {
		for name, value := range m {
			a[name] = value
		}
	}
	c.call(op, a, nil)
}

// say starts sendMessage with a text.
func (c *client) say(text string) {
	c.t.Helper()
	c.do("send", args{"message": args{"text": text}})
}

// ask says a text and returns the view when the answer has ended.
func (c *client) ask(text string) view {
	c.t.Helper()
	c.say(text)
	return c.settled()
}

// wait returns the first view that shows what is wanted; see shows in js/client.mjs.
func (c *client) wait(wanted args) view {
	c.t.Helper()
	var v view
	c.call("wait", args{"name": c.name, "wanted": wanted, "ms": patience.Milliseconds()}, &v)
	return v
}

// settled waits until no call runs.
func (c *client) settled() view {
	c.t.Helper()
	return c.wait(args{"settled": true})
}

// shows waits until the last message is an answer that contains a text.
func (c *client) shows(text string) view {
	c.t.Helper()
	return c.wait(args{"text": text})
}

// readResult is what the transport and readUIMessageStream made of one response.
type readResult struct {
	None    bool              `json:"none"`
	Message message           `json:"message"`
	Chunks  []json.RawMessage `json:"chunks"`
	Failure string            `json:"failure"`
}

// read sends a message, or asks for the answer under way if m is nil.
func read(n *node, api, id string, m *message) readResult {
	n.t.Helper()
	var r readResult
	n.call("read", args{"api": api, "id": id, "message": m}, &r)
	return r
}
