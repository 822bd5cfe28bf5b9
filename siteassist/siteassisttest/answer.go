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

// Message is a message of a visitor, for an answer func.
type Message struct {
	// Content is the text of the message. In a completion it is the content of the last message.
	Content string
	// PageContext is the page that the visitor looks at. It is nil if the message does not say.
	PageContext *siteassist.PageContext
	// Conversation is the conversation with its messages so far, this one included. It is zero in a completion.
	Conversation siteassist.Conversation
	// Visitor is the visitor who says it.
	Visitor siteassist.Visitor
	// Completion holds all messages of a completion. It is nil in a conversation.
	Completion []siteassist.CompletionMessage
	// Stream is true if the client asks for an event stream.
	Stream bool
}

// Answer is the server's answer to a message.
type Answer struct {
	// Text is the whole answer. A stream sends it word by word, each word in a delta of its own.
	Text string
	// Chunks are sent in a stream in place of those of Text, between the start chunk and the finish chunk. The stored
	// answer is then the text of their deltas.
	Chunks []siteassist.Chunk
	// Queued answers this message as if a human handled the conversation: the response is 202 with text/plain, and
	// there is no answer. Server.Queue does the same for all later messages.
	Queued bool
	// Pace is the wait before each event of a stream.
	Pace time.Duration
	// Fault is the fault of a stream. The stored answer is then as short as the streamed one, and its status is "error"
	// after FaultErrorChunk and "streaming" otherwise. The vendor does not publish how it stores such an answer.
	Fault Fault
	// FaultAfter is how many events a stream sends before its Fault. The fault comes before the last event at the
	// latest.
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

// converse adds the message and its answer to the conversation. It returns the answer with its id.
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

// hear stores the message of a visitor. It returns a nil conversation if it refused the request.
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

// respond calls the answer func. It holds no lock, because the func may use the server.
func (s *Server) respond(m Message) Answer {
	s.state.lock()
	respond := s.state.respond
	s.state.unlock()
	return respond(m)
}

// decode converts an object of the API into the client's type for it.
func decode(o object, out any) {
	raw, _ := json.Marshal(o) // never fails for strings, numbers and nulls
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
