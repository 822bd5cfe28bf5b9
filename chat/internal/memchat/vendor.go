// Package memchat answers: what vendor can package chat be tested with, without a network? It has an in-memory vendor
// and a chat.Driver for it, which is the reference for chattest and can be broken on purpose.
package memchat

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/chattest"
)

// Vendor keeps conversations in memory. It is safe for concurrent use.
type Vendor struct {
	mu            sync.Mutex               // guards all but Clock
	conversations map[string]*conversation // by id
	latest        *conversation            // the one that was opened last
	heard         []string                 // the messages that were acted on
	requests      int                      // how many calls were made
	disturbed     int                      // how many of the next looks fail
	fault         chattest.Fault           // of the next message
	released      chan struct{}            // closed by Release
	listeners     map[chan chat.Event]bool // who gets the pushed messages
	eager         bool                     // the agent answers although a human does
	unanswered    []string                 // ids of the messages of FaultNoAnswer

	// Clock is the vendor's clock. If it is nil, the vendor's times are zero.
	Clock func() time.Time
}

type conversation struct {
	id       string
	messages []message
	manual   bool
}

type message struct {
	id, text, answerTo string
	role               chat.Role
	failed             bool
	late, listed       bool // for the flaws that hide messages
	choices            []chat.Choice
	at                 time.Time
}

// OfferText is answered with choices.
const OfferText = "offer me something"

// NewVendor returns a vendor without conversations.
func NewVendor() *Vendor {
	return &Vendor{
		conversations: map[string]*conversation{}, listeners: map[chan chat.Event]bool{}, released: make(chan struct{}),
	}
}

// Heard returns the messages that the vendor acted on, in order.
func (v *Vendor) Heard() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.heard)
}

// Requests returns how many calls were made.
func (v *Vendor) Requests() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.requests
}

// Fault arranges a failure of the next message.
func (v *Vendor) Fault(f chattest.Fault) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fault = f
	return true
}

// Release ends a FaultHold.
func (v *Vendor) Release() {
	v.mu.Lock()
	defer v.mu.Unlock()
	close(v.released)
	v.released = make(chan struct{})
}

// Disturb makes the next n looks fail.
func (v *Vendor) Disturb(n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.disturbed = n
}

// TakeOver lets a human answer in the latest conversation.
func (v *Vendor) TakeOver() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.latest.manual = true
}

// Human lets a human say text in the latest conversation.
func (v *Vendor) Human(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.push(v.latest, message{id: v.id(), role: chat.RoleHuman, text: text})
}

// Answer answers the messages that FaultNoAnswer left unanswered.
func (v *Vendor) Answer() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, question := range v.unanswered {
		v.answer(v.latest, question)
		v.latest.messages[len(v.latest.messages)-1].late = true
	}
	v.unanswered = nil
}

// Agent lets the agent say text of its own accord in the latest conversation.
func (v *Vendor) Agent(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.push(v.latest, message{id: v.id(), role: chat.RoleAssistant, text: text, late: true})
}

// Late acts on a message in the latest conversation.
func (v *Vendor) Late(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.answer(v.latest, v.ask(v.latest, text))
}

// Harness returns what chattest needs, for drivers with these options.
func (v *Vendor) Harness(opts Options) chattest.Harness {
	v.eager = opts.Flaw == FlawAnswersQueued
	return chattest.Harness{
		Driver: New(v, opts), Restart: func() chat.Driver { return New(v, opts) },
		Heard: v.Heard, Requests: v.Requests, Fault: v.Fault, Release: v.Release, Late: v.Late, Disturb: v.Disturb,
		TakeOver: v.TakeOver, Human: v.Human, Answer: v.Answer, Agent: v.Agent, OfferText: OfferText,
	}
}

func (v *Vendor) id() string {
	return fmt.Sprintf("v-%d", len(v.conversations)*1000+len(v.heard)*10+v.count())
}

func (v *Vendor) count() (n int) {
	for _, c := range v.conversations {
		n += len(c.messages)
	}
	return n * 100_000
}

func (v *Vendor) open() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests++
	v.latest = &conversation{id: fmt.Sprintf("c-%d", len(v.conversations)+1)}
	v.conversations[v.latest.id] = v.latest
	return v.latest.id
}

// ask stores a message of the user.
func (v *Vendor) ask(c *conversation, text string) string {
	v.heard = append(v.heard, text)
	id := v.id()
	v.push(c, message{id: id, role: chat.RoleUser, text: text})
	return id
}

// answer stores the answer to a question, unless a human answers.
func (v *Vendor) answer(c *conversation, question string) message {
	m := message{id: v.id(), role: chat.RoleAssistant, answerTo: question}
	for _, asked := range c.messages {
		if asked.id == question {
			m.text = "You said: " + asked.text
		}
	}
	if strings.HasSuffix(m.text, OfferText) {
		m.choices = []chat.Choice{
			{ID: "choice-1", Label: "One"}, {ID: "choice-2", Label: "Two"}, {Label: "Site", URL: "https://x.test"},
		}
	}
	if !c.manual || v.eager {
		v.push(c, m)
	}
	return m
}

func (v *Vendor) push(c *conversation, m message) {
	if v.Clock != nil {
		m.at = v.Clock()
	}
	c.messages = append(c.messages, m)
	for l := range v.listeners {
		select {
		case l <- m.event():
		default:
		}
	}
}

func (m message) event() chat.Event {
	return chat.Event{Kind: chat.EventMessage, ID: m.id, Role: m.role, Text: m.text, Choices: m.choices, At: m.at}
}
