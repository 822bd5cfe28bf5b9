package raiatest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/raia"
)

// object is a JSON object as it is stored and sent.
type object = map[string]any

// refusal is an error response.
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
	operation string // the name in the ledger
	body      object
	reply     string // to the message or prompt in body
}

// said returns the words of a message or prompt.
func (c *call) said() string { return cmp.Or(c.text("message"), c.text("prompt")) }

func (c *call) text(member string) string {
	s, _ := c.body[member].(string)
	return s
}

// handler makes the response to a call while the server is locked. If it returns nil, the response has no body.
type handler func(c *call) (any, *refusal)

// key is a credential of the vendor's API.
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
		if r.Header.Get("Content-Type") == "application/json" {
			// Io.EOF means that there is no body.
			if err := json.NewDecoder(r.Body).Decode(&c.body); err != nil && !errors.Is(err, io.EOF) {
				refuse(w, badRequest)
				return
			}
		}
		s.respond(w, c, status, h)
	})
}

func (s *Server) respond(w http.ResponseWriter, c *call, status int, h handler) {
	c.reply = s.ask(c)
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

// ask calls the answer func. It does not hold the lock, because the func belongs to the user and may use the server.
func (s *Server) ask(c *call) string {
	m := Message{Text: c.said(), Context: c.text("context")}
	if m.Text == "" || strings.HasSuffix(c.operation, "/send-manual-message") {
		return ""
	}
	s.mu.Lock()
	answer := s.answer
	if o, refused := s.conversations.get(c.PathValue("id")); refused == nil {
		decode(o, &m.Conversation)
		decode(o["user"], &m.User)
	}
	s.mu.Unlock()
	if m.Conversation.Mode == raia.ConversationModeManual {
		return ""
	}
	return answer(m)
}

// decode converts an object of the API into the client's type for it.
func decode(o, out any) {
	raw, _ := json.Marshal(o) // never fails, because o comes from JSON
	_ = json.Unmarshal(raw, out)
}

// run calls h and encodes its answer while the server is locked, because stored objects may change afterwards.
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
	encoded, err := json.Marshal(public(out))
	if err != nil {
		return nil, &refusal{500, "", err.Error()}
	}
	return json.RawMessage(encoded), nil
}

// act writes a successful call into the ledger, unless the call only read.
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

// public returns v without the server's private members, whose names begin with "_".
func public(v any) any {
	switch v := v.(type) {
	case object:
		shown := object{}
		for name, member := range v {
			if !strings.HasPrefix(name, "_") {
				shown[name] = public(member)
			}
		}
		return shown
	case []object:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = public(item)
		}
		return list
	}
	return v
}

func refuse(w http.ResponseWriter, r *refusal) {
	fakeserver.JSON(w, r.status, object{"status": r.status, "name": r.name, "message": r.message, "details": []any{}})
}

// id returns a new id in the form of the vendor's.
func (s *Server) id() string {
	s.counter++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.counter)
}

func now() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z") }
