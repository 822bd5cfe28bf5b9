// Package raiatest is a fake of raia's external API for tests: a server on loopback that keeps everything in memory.
//
//	server := raiatest.NewServer()
//	defer server.Close()
//	client, err := raia.NewClient(server.Config())
//
// It behaves as the vendor documents it: the three keys are checked (403), what is created can be read back, lists page,
// messages and prompts are answered, asynchronous answers are pending first, and files that were uploaded to a signed URL
// can be downloaded. Fail makes calls fail, Requests shows what arrived.
package raiatest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/raia"
)

// The keys that the server accepts.
const (
	AgentKey        = "agent-key-of-the-fake-server"
	OrganizationKey = "organization-key-of-the-fake-server"
	SuperAdminKey   = "super-admin-key-of-the-fake-server"
)

// Request is one request as it arrived. Its fields: Method, Path (escaped, without the query), Query, Header and Body.
type Request = fakeserver.Request

// Failure is what happens to a call in place of its response: another status, a reset or cut connection, garbage or a
// delay. With After the server acts first, so that a call that is sent again is seen twice in the Ledger. AfterEvents
// ends an event stream. The fields say more.
type Failure = fakeserver.Failure

// Action is one thing that the server did, whether or not its response arrived. Its fields: Time, Operation (method and
// path template), Conversation, User and Text.
type Action = fakeserver.Action

// Server is the fake server. It is safe for concurrent use.
type Server struct {
	fake *fakeserver.Server // records and fails

	mu       sync.Mutex // guards what follows
	counter  int
	answer   func(question string) string
	pending  int      // looks at an asynchronous answer that find none
	failures []string // errors of the next asynchronous answers
	state
}

func newServer() *Server {
	s := &Server{pending: 1, answer: func(question string) string { return "You said: " + question }}
	s.seed()
	mux := http.NewServeMux()
	s.routes(mux)
	s.fake = fakeserver.Unstarted(mux)
	return s
}

// Config returns a Config with the server's address and all three keys, ready for raia.NewClient.
func (s *Server) Config() raia.Config {
	return raia.Config{
		BaseURL: s.fake.URL() + "/external", AgentKey: AgentKey, OrganizationKey: OrganizationKey, SuperAdminKey: SuperAdminKey,
		PollInterval: 5 * time.Millisecond,
	}
}

// Requests returns what arrived so far, in order, uploads to signed URLs included.
func (s *Server) Requests() []Request { return s.fake.Requests() }

// Fail makes the next n calls end as f says. Calls of Fail add up.
func (s *Server) Fail(n int, f Failure) { s.fake.Fail(n, f) }

// FailNext makes the next call that matches end as f says. match is called for each request until it returns true, and
// must not queue failures itself. A nil match accepts every request.
func (s *Server) FailNext(match func(Request) bool, f Failure) { s.fake.FailNext(match, f) }

// Ledger returns what the server acted on so far, in order: every request except GET that succeeded. A message that was sent twice and
// heard twice is in it twice.
func (s *Server) Ledger() []Action { return s.fake.Ledger() }

// Close ends the server. It may be called more than once.
func (s *Server) Close() { s.fake.Close() }

// Answer sets what messages and prompts are answered with from now on; at first it repeats the question. f must be safe
// for concurrent use.
func (s *Server) Answer(f func(question string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

// Pending sets how many looks at each asynchronous answer that is asked for from now on find it pending; at first 1.
func (s *Server) Pending(looks int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = looks
}

// FailAnswers makes the next n asynchronous answers fail with text.
func (s *Server) FailAnswers(n int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.failures = append(s.failures, text)
	}
}

// object is a JSON object as it is stored and sent.
type object = map[string]any

// refusal is an error answer.
type refusal struct {
	status        int
	name, message string
}

var (
	forbidden   = &refusal{403, "FORBIDDEN_ERROR", "INVALID_CREDENTIALS"}
	notFound    = &refusal{404, "ENTITY_NOT_FOUND_ERROR", "ENTITY_NOT_FOUND"}
	badRequest  = &refusal{400, "BAD_REQUEST", "INVALID_REQUEST"}
	notInManual = &refusal{400, "BAD_REQUEST", "CONVERSATION_NOT_IN_MANUAL_MODE"}
)

// call is one request with its decoded body.
type call struct {
	*http.Request
	operation string // as the ledger names it
	body      object
	reply     string // to the message or prompt in body
}

// said returns the words of a message or prompt.
func (c *call) said() string { return cmp.Or(c.text("message"), c.text("prompt")) }

func (c *call) text(member string) string {
	s, _ := c.body[member].(string)
	return s
}

// handler answers a call while the server is locked; a nil answer has no body.
type handler func(c *call) (any, *refusal)

// key is a credential of the vendor's.
type key struct{ header, value string }

var (
	agentKey        = key{"Agent-Secret-Key", AgentKey}
	organizationKey = key{"Organization-Secret-Key", OrganizationKey}
	superAdminKey   = key{"Super-Admin-Secret-Key", SuperAdminKey}
)

// handle serves "METHOD /path" below the base path.
func (s *Server) handle(mux *http.ServeMux, k key, status int, operation string, h handler) {
	method, path, _ := strings.Cut(operation, " ")
	mux.HandleFunc(method+" /external"+path, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(k.header) != k.value {
			refuse(w, forbidden)
			return
		}
		c := &call{Request: r, operation: operation}
		if r.Header.Get("Content-Type") == "application/json" && json.NewDecoder(r.Body).Decode(&c.body) != nil {
			refuse(w, badRequest)
			return
		}
		s.respond(w, c, status, h)
	})
}

func (s *Server) respond(w http.ResponseWriter, c *call, status int, h handler) {
	c.reply = s.ask(c.said())
	out, refused := s.run(c, h)
	switch {
	case refused != nil:
		refuse(w, refused)
	case out == nil:
		w.WriteHeader(status)
	default:
		fakeserver.JSON(w, status, out)
	}
}

// ask calls the answer func without holding the lock, because it is the user's.
func (s *Server) ask(question string) string {
	s.mu.Lock()
	answer := s.answer
	s.mu.Unlock()
	if question == "" {
		return ""
	}
	return answer(question)
}

// run encodes the answer before the lock is given up: what is stored may change afterwards.
func (s *Server) run(c *call, h handler) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out, refused := h(c)
	if refused != nil {
		return nil, refused
	}
	s.act(c)
	if out == nil {
		return nil, nil
	}
	encoded, err := json.Marshal(out)
	if err != nil {
		return nil, &refusal{500, "", err.Error()}
	}
	return json.RawMessage(encoded), nil
}

// act writes a call that succeeded into the ledger, unless it only read.
func (s *Server) act(c *call) {
	if c.Method == http.MethodGet {
		return
	}
	action := Action{Operation: c.operation, Text: c.said()}
	if conversation, refused := s.conversations.get(c.PathValue("id")); refused == nil {
		action.Conversation = c.PathValue("id")
		action.User, _ = conversation["conversationUserId"].(string)
	}
	s.fake.Act(action)
}

func refuse(w http.ResponseWriter, r *refusal) {
	fakeserver.JSON(w, r.status, object{"status": r.status, "name": r.name, "message": r.message, "details": []any{}})
}

// id makes ids that look like the vendor's.
func (s *Server) id() string {
	s.counter++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.counter)
}

func now() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z") }
