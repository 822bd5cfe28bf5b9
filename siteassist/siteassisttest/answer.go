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

// Message is what a visitor says, as an answer func gets it.
type Message struct {
	// Content is the text of the message. In a completion it is the content of the last message.
	Content string
	// PageContext is what the visitor looks at. It is nil where the message does not tell.
	PageContext *siteassist.PageContext
	// Conversation is the conversation with its messages so far, this one included. It is zero in a completion.
	Conversation siteassist.Conversation
	// Visitor is who says it.
	Visitor siteassist.Visitor
	// Completion holds all messages of a completion. It is nil in a conversation.
	Completion []siteassist.CompletionMessage
	// Stream is set where the client asks for an event stream.
	Stream bool
}

// Answer is what the server says to a message.
type Answer struct {
	// Text is the whole answer. A stream brings it word by word, each word in a delta of its own.
	Text string
	// Chunks replace those of Text in a stream, between the start chunk and the finish chunk. The answer that is stored
	// is then the text of their deltas.
	Chunks []siteassist.Chunk
	// Queued answers this message as if a human handled the conversation: the response is 202 with text/plain, and
	// there is no answer. Server.Queue does so with the messages after it too.
	Queued bool
	// Pace is waited before each event of a stream.
	Pace time.Duration
	// Fault is what goes wrong with a stream. The stored answer is then as short as the streamed one, and its status is
	// "error" after FaultErrorChunk and "streaming" otherwise. What the vendor stores then is not published.
	Fault Fault
	// FaultAfter is how many events a stream brings before its Fault. A number beyond the last event but one is taken
	// for that one.
	FaultAfter int
}

func echo(m Message) Answer { return Answer{Text: "You said: " + m.Content} }

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
	c, m := s.hear(w, r, in)
	if c == nil {
		return Answer{}, "", false
	}
	if m.Conversation.IsHumanHandled {
		return Answer{Queued: true}, "", true
	}
	answer := s.respond(m)
	if answer.Queued {
		return answer, "", true
	}
	s.state.lock()
	defer s.state.unlock()
	text, status := answer.kept(in.Stream)
	return answer, s.state.add(c, siteassist.RoleAssistant, text, status).id, true
}

// hear stores the message of a visitor. A nil conversation means that the request was refused.
func (s *Server) hear(w http.ResponseWriter, r *http.Request, in messageInput) (*conversation, Message) {
	s.state.lock()
	defer s.state.unlock()
	c := s.conversation(w, r)
	if c == nil {
		return nil, Message{}
	}
	s.state.add(c, siteassist.RoleUser, *in.Content, "").context = in.PageContext
	s.act("POST /conversations/{id}/messages", c, *in.Content)
	m := Message{Content: *in.Content, PageContext: in.PageContext, Stream: in.Stream}
	decode(c.whole(), &m.Conversation)
	decode(c.owner.object(), &m.Visitor)
	return c, m
}

// respond calls the answer func without a lock, because it may use the server.
func (s *Server) respond(m Message) Answer {
	s.state.lock()
	respond := s.state.respond
	s.state.unlock()
	return respond(m)
}

// decode turns an object of the API into the type that the client has for it.
func decode(o object, out any) {
	raw, _ := json.Marshal(o) // strings, numbers and nulls only
	_ = json.Unmarshal(raw, out)
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
	m := Message{Content: in.Messages[len(in.Messages)-1].Content, Completion: in.Messages, Stream: in.Stream}
	decode(visitorOf(r).object(), &m.Visitor)
	s.fake.Act(Action{Operation: "POST /chat/completions", User: m.Visitor.ID, Text: m.Content})
	s.respond(m).write(w, r, in.Stream, "")
}

func (a Answer) write(w http.ResponseWriter, r *http.Request, stream bool, id string) {
	if stream {
		a.stream(w, r, id)
		return
	}
	text, _ := a.kept(false)
	words := len(strings.Fields(text))
	fakeserver.JSON(w, http.StatusOK, object{"steps": []object{{
		"content":      []object{{"type": "text", "text": text}},
		"finishReason": "stop",
		"usage": object{
			"inputTokens": 2409, "outputTokens": words, "totalTokens": 2409 + words, "reasoningTokens": 0,
			"cachedInputTokens": 0,
		},
	}}})
}
