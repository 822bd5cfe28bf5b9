package siteassisttest

import (
	"fmt"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/siteassist"
)

// state holds the objects of the server. Its mutex guards all of them.
type state struct {
	mu            sync.Mutex
	serial        int
	visitors      map[string]*visitor // by device
	tokens        map[string]*visitor
	conversations map[string]*conversation
	order         []*conversation // as created
	messages      map[string]*message
	qnas          []object
	respond       func(Message) Answer
	watchers      map[*watcher]struct{} // open WebSockets
}

type object = map[string]any

type visitor struct{ id string }

type conversation struct {
	id          string
	owner       *visitor
	created     time.Time
	touched     time.Time
	closed      time.Time // zero if it is open
	closeReason string
	queued      bool   // a human has to answer
	agent       string // the human who answers; empty until one is assigned
	pageURL     string
	messages    []*message
}

type message struct {
	id       string
	owner    *conversation
	created  time.Time
	role     siteassist.Role
	text     string
	status   siteassist.MessageStatus // empty for messages of users
	feedback any                      // nil, "like" or "dislike"
	rated    time.Time
	agent    string
	context  *siteassist.PageContext
}

func newState() *state {
	s := &state{
		visitors: map[string]*visitor{}, tokens: map[string]*visitor{},
		conversations: map[string]*conversation{}, messages: map[string]*message{},
		respond: echo, watchers: map[*watcher]struct{}{},
	}
	s.visitors[PrivateKey] = &visitor{id: s.newID()}
	return s
}

func (s *state) lock()   { s.mu.Lock() }
func (s *state) unlock() { s.mu.Unlock() }

// newID returns the next id. The ids are the same in every run.
func (s *state) newID() string {
	s.serial++
	return fmt.Sprintf("123e4567-0000-4000-8000-%012d", s.serial)
}

// open returns the visitor of a device and a new token. created reports whether this is the device's first session.
func (s *state) open(device string) (v *visitor, token string, created bool) {
	if v = s.visitors[device]; v == nil {
		v, created = &visitor{id: s.newID()}, true
		s.visitors[device] = v
	}
	token = "fake-session-" + s.newID()
	s.tokens[token] = v
	return v, token, created
}

// who returns the visitor of a token, or nil if the token is not accepted.
func (s *state) who(token string) *visitor {
	if token == PrivateKey {
		return s.visitors[PrivateKey]
	}
	return s.tokens[token]
}

func (s *state) start(owner *visitor, pageURL string) *conversation {
	now := time.Now()
	c := &conversation{id: s.newID(), owner: owner, created: now, touched: now, pageURL: pageURL}
	s.conversations[c.id] = c
	s.order = append(s.order, c)
	return c
}

// add appends a message to a conversation. It tells the conversation's watchers if a person wrote the message.
func (s *state) add(
	c *conversation, role siteassist.Role, text string, status siteassist.MessageStatus,
) *message {
	m := &message{id: s.newID(), owner: c, created: time.Now(), role: role, text: text, status: status}
	if role == siteassist.RoleHumanAgent {
		m.agent = c.agent
	}
	c.touched = m.created
	c.messages = append(c.messages, m)
	s.messages[m.id] = m
	if role != siteassist.RoleAssistant {
		s.notify(c, object{"type": "new_message", "chatId": c.id, "message": m.object()})
	}
	return m
}

// addQnA adds a question with its answer and returns its id. The caller holds the lock.
func (s *state) addQnA(question, answer string) string {
	now := stamp(time.Now())
	id := s.newID()
	s.qnas = append(s.qnas, object{
		"object": "qna", "id": id, "createdAt": now, "updatedAt": now, "question": question, "answer": answer,
		"createdBy": object{"name": "Sample Author", "image": nil},
	})
	return id
}

func (v *visitor) object() object {
	return object{
		"object": "visitor", "id": v.id, "type": "anonymous", "externalId": nil, "name": nil, "avatarUrl": nil,
	}
}

// object returns the conversation in the form of a list.
func (c *conversation) object() object {
	status := siteassist.ConversationStatusOpen
	if !c.closed.IsZero() {
		status = siteassist.ConversationStatusClosed
	}
	var last any
	if n := len(c.messages); n > 0 {
		last = c.messages[n-1].object()
	}
	return object{
		"object": "conversation", "id": c.id, "createdAt": stamp(c.created), "updatedAt": stamp(c.touched),
		"status": status, "closedAt": stamp(c.closed), "closeReason": orNull(c.closeReason),
		"lastInteractionAt": stamp(c.touched), "isHumanHandled": c.queued, "humanAgent": person(c.agent),
		"title": nil, "lastMessage": last,
	}
}

// whole returns the conversation in its own form, with its messages.
func (c *conversation) whole() object {
	o := c.object()
	delete(o, "lastMessage")
	messages := []object{}
	for _, m := range c.messages {
		messages = append(messages, m.object())
	}
	o["messages"] = messages
	return o
}

func (m *message) object() object {
	o := object{
		"object": "message", "id": m.id, "createdAt": stamp(m.created), "chatId": m.owner.id, "role": m.role,
		"parts": []object{{"type": "text", "text": m.text}}, "status": orNull(string(m.status)), "error": m.fault(),
		"feedback": m.feedback, "feedbackAt": stamp(m.rated), "metadata": nil, "humanAgent": person(m.agent),
		"pageUrl": nil, "pageTitle": nil, "textSelection": nil,
	}
	if m.context != nil {
		o["pageUrl"], o["pageTitle"] = orNull(m.context.URL), orNull(m.context.Title)
		o["textSelection"] = orNull(m.context.TextSelection)
	}
	return o
}

// fault returns why the answer failed, or nil if it did not fail.
func (m *message) fault() any {
	if m.status == siteassist.MessageStatusError {
		return errorText
	}
	return nil
}

func person(name string) any {
	if name == "" {
		return nil
	}
	return object{"name": name, "image": nil}
}

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
