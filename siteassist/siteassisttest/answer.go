package siteassisttest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
)

// Answer is what the server says to a message.
type Answer struct {
	// Text is the answer; a stream brings it word by word.
	Text string
	// Chunks replace those of Text in a stream, between the start chunk and the finish chunk.
	Chunks []siteassist.Chunk
	// Queued answers as if a human agent handled the conversation: 202, text/plain, no answer.
	Queued bool
	// Pace is waited before each event of a stream; 0: none.
	Pace time.Duration
	// Fault is what goes wrong with a stream.
	Fault Fault
	// FaultAfter is how many events a stream brings before its Fault; beyond the last but one, it is that.
	FaultAfter int
}

// Fault is what goes wrong with a stream. Without a stream it has no effect.
type Fault int

// The faults.
const (
	FaultNone          Fault = iota
	FaultCutInEvent          // the body ends in the middle of an event
	FaultCutBeforeEnd        // the body ends behind an event, before finish
	FaultResetInStream       // the connection is reset
	FaultErrorChunk          // an error chunk, "An error occurred."
	FaultAbortChunk          // an abort chunk
	FaultStall               // nothing more comes, and the connection stays
	FaultStayOpen            // the answer is whole, but the connection stays, without FaultAfter
)

func echo(content string) Answer { return Answer{Text: "You said: " + content} }

type messageInput struct {
	Content     *string
	Stream      bool
	PageContext *siteassist.PageContext
}

func (s *Server) sendMessage(w http.ResponseWriter, r *http.Request) {
	var in messageInput
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Content == nil || *in.Content == "" {
		refuse(w, siteassist.CodeInvalidRequestBody)
		return
	}
	if utf8.RuneCountInString(*in.Content) > 10_000 {
		refuse(w, siteassist.CodeValidationError)
		return
	}
	answer, id, ok := s.converse(w, r, in)
	switch {
	case !ok:
	case answer.Queued:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "Message sent")
	default:
		answer.write(w, r, in.Stream, id)
	}
}

// converse adds the message and its answer to the conversation and returns the answer with its id.
func (s *Server) converse(w http.ResponseWriter, r *http.Request, in messageInput) (Answer, string, bool) {
	s.state.lock()
	c, respond := s.conversation(w, r), s.state.respond
	if c == nil {
		s.state.unlock()
		return Answer{}, "", false
	}
	s.state.add(c, siteassist.RoleUser, *in.Content).context = in.PageContext
	s.act("POST /conversations/{id}/messages", c, *in.Content)
	queued := c.agent != ""
	s.state.unlock()
	if queued {
		return Answer{Queued: true}, "", true
	}
	answer := respond(*in.Content) // unlocked: it may use the server
	if answer.Queued {
		return answer, "", true
	}
	s.state.lock()
	defer s.state.unlock()
	return answer, s.state.add(c, siteassist.RoleAssistant, answer.Text).id, true
}

func (s *Server) complete(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Messages []siteassist.CompletionMessage
		Stream   bool
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || len(in.Messages) == 0 {
		refuse(w, siteassist.CodeInvalidRequestBody)
		return
	}
	s.state.lock()
	respond := s.state.respond
	s.state.unlock()
	s.fake.Act(Action{
		Operation: "POST /chat/completions", User: visitorOf(r).id, Text: in.Messages[len(in.Messages)-1].Content,
	})
	respond(in.Messages[len(in.Messages)-1].Content).write(w, r, in.Stream, "")
}

func (a Answer) write(w http.ResponseWriter, r *http.Request, stream bool, id string) {
	if stream {
		a.stream(w, r, id)
		return
	}
	words := len(strings.Fields(a.Text))
	fakeserver.JSON(w, http.StatusOK, object{"steps": []object{{
		"content":      []object{{"type": "text", "text": a.Text}},
		"finishReason": "stop",
		"usage": object{
			"inputTokens": 2409, "outputTokens": words, "totalTokens": 2409 + words, "reasoningTokens": 0, "cachedInputTokens": 0,
		},
	}}})
}

// events returns the answer as events, without [DONE].
func (a Answer) events(id string) []string {
	chunks := []siteassist.Chunk{&siteassist.StartChunk{MessageID: id}, &siteassist.StartStepChunk{}}
	if a.Chunks != nil {
		chunks = append(chunks, a.Chunks...)
	} else {
		chunks = append(chunks, &siteassist.TextStartChunk{ID: "text-1"})
		for _, word := range strings.SplitAfter(a.Text, " ") {
			chunks = append(chunks, &siteassist.TextDeltaChunk{ID: "text-1", Delta: word})
		}
		chunks = append(chunks, &siteassist.TextEndChunk{ID: "text-1"})
	}
	chunks = append(chunks, &siteassist.FinishStepChunk{}, &siteassist.FinishChunk{})
	var events []string
	for _, chunk := range chunks {
		raw, _ := chunk.MarshalJSON() // what a test made up and cannot be encoded is an empty event
		events = append(events, event(string(raw)))
	}
	return events
}

func event(data string) string { return "data: " + data + "\n\n" }

// stream writes the answer as it is made.
func (a Answer) stream(w http.ResponseWriter, r *http.Request, id string) {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache")
	header.Set("X-Vercel-Ai-Ui-Message-Stream", "v1")
	out := &eventWriter{w: w, r: r, pace: a.Pace}
	events := a.events(id)
	if a.Fault != FaultNone && a.Fault != FaultStayOpen {
		n := min(max(a.FaultAfter, 0), len(events)-1)
		out.write(events[:n]...)
		out.fail(a.Fault, events[n])
		return
	}
	out.write(append(events, event("[DONE]"))...)
	if a.Fault == FaultStayOpen {
		<-r.Context().Done()
	}
}

// eventWriter sends each event on its own.
type eventWriter struct {
	w    http.ResponseWriter
	r    *http.Request
	pace time.Duration
}

func (o *eventWriter) write(events ...string) {
	control := http.NewResponseController(o.w)
	_ = control.Flush()
	for _, event := range events {
		if !o.wait() {
			return
		}
		_, _ = io.WriteString(o.w, event)
		_ = control.Flush()
	}
}

// wait pauses and reports whether the client is still there.
func (o *eventWriter) wait() bool {
	if o.pace <= 0 {
		return o.r.Context().Err() == nil
	}
	timer := time.NewTimer(o.pace)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-o.r.Context().Done():
		return false
	}
}

// fail ends the stream as fault says, in place of the event next.
func (o *eventWriter) fail(fault Fault, next string) {
	switch fault {
	case FaultCutInEvent:
		o.write(next[:len(next)/2])
	case FaultErrorChunk:
		o.write(event(`{"type":"error","errorText":"An error occurred."}`), event("[DONE]"))
	case FaultAbortChunk:
		o.write(event(`{"type":"abort"}`), event("[DONE]"))
	case FaultResetInStream:
		fakeserver.Reset(o.w)
	case FaultStall:
		<-o.r.Context().Done()
	}
}
