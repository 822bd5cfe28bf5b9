package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// failCommand is the body of POST /VENDOR/fail.
type failCommand struct {
	N       int         `json:"n"`     // the number of calls; zero means one
	Match   match       `json:"match"` // selects the calls; zero means all
	Failure failureBody `json:"failure"`
}

// match selects calls. An empty field accepts every call.
type match struct {
	Method string `json:"method"` // "POST", or "WS" for a WebSocket frame
	Path   string `json:"path"`   // a part of the path
	Body   string `json:"body"`   // a part of the body
}

func (m match) accepts(r request) bool {
	return (m.Method == "" || m.Method == r.Method) && strings.Contains(r.Path, m.Path) &&
		strings.Contains(string(r.Body), m.Body)
}

// failureBody is a Failure in JSON.
type failureBody struct {
	Status      int         `json:"status"`
	Header      http.Header `json:"header"`
	Body        string      `json:"body"`
	Reset       bool        `json:"reset"`
	Garbage     string      `json:"garbage"`
	Delay       duration    `json:"delay"`
	After       bool        `json:"after"`
	Cut         int         `json:"cut"`
	AfterEvents int         `json:"afterEvents"`
}

// duration is a time in Go's notation, such as "1.5s".
type duration time.Duration

// UnmarshalJSON reads a string.
func (d *duration) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(text)
	*d = duration(parsed)
	return err
}

func (f *fake) fail(c failCommand) error {
	b := c.Failure
	for range max(c.N, 1) {
		f.server.FailNext(c.Match.accepts, failure{
			Status: b.Status, Header: b.Header, Body: b.Body, Reset: b.Reset, Garbage: b.Garbage,
			Delay: time.Duration(b.Delay), After: b.After, Cut: b.Cut, AfterEvents: b.AfterEvents,
		})
	}
	return nil
}

// answerCommand is the body of POST /VENDOR/answer. Each vendor supports some of its fields.
type answerCommand struct {
	Text   string   `json:"text"`   // "{text}" in it stands for the words of the user
	Pieces []string `json:"pieces"` // aisera: an answer in parts
	// Reply is a whole reply of Syntphony, or a whole frame of Aisera in which "{reqId}" stands for the id.
	Reply  json.RawMessage `json:"reply"`
	Queued bool            `json:"queued"` // siteassist: queued for a human
	Pace   duration        `json:"pace"`   // siteassist: the wait before each event of a stream
}

// zero reports whether the command restores the first answers of the fake.
func (c answerCommand) zero() bool {
	return c.Text == "" && c.Pieces == nil && c.Reply == nil && !c.Queued
}

// say returns the answer to a message.
func (c answerCommand) say(message string) string {
	return strings.ReplaceAll(c.Text, "{text}", message)
}

// humanCommand is the body of POST /VENDOR/human.
type humanCommand struct {
	Conversation string `json:"conversation"` // raia and siteassist
	User         string `json:"user"`         // aisera
	Text         string `json:"text"`
}
