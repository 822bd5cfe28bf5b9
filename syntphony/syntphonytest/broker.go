package syntphonytest

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
)

// Turn is one turn, for an answer func.
type Turn struct {
	// SessionCode is the code of the session. It is set in the first turn too.
	SessionCode string
	// First is true in the first turn of a session.
	First bool
	// UserRef is the user, from the header USER-REF.
	UserRef string
	// Text and Code are those of the request. In a turn of audio they are empty, because the vendor ignores them there.
	Text, Code string
	// Intent and Confidence are the result of an Intent Navigator. The reply repeats them unless it has an Intent.
	Intent     string
	Confidence *float64
	// Context is the session's open context, with the members of this turn's context in it.
	Context map[string]any
	// Audio is the recording. It is nil in a turn of text.
	Audio []byte
	// AudioName is the recording's file name.
	AudioName string
	// Header is the header of the request, with Os, User-Ref and the others.
	Header http.Header
	// Test is true if the query has test=true.
	Test bool
	// Body is the whole JSON of the request.
	Body json.RawMessage
}

// brokerState is the memory of the broker.
type brokerState struct {
	act       func(Action) // writes into the ledger
	mu        sync.Mutex   // guards the fields below
	life      time.Duration
	expired   int // status for a turn in an expired session; 0 begins a new session
	answer    func(Turn) syntphony.Reply
	sessions  map[string]*conversation
	answers   map[string]bool // interaction ids
	ratings   map[string]bool
	satisfied map[string]syntphony.Satisfaction
}

type conversation struct {
	context map[string]any
	end     time.Time
}

func newBrokerState(act func(Action)) *brokerState {
	return &brokerState{
		act:  act,
		life: 30 * time.Minute, answer: echo, sessions: map[string]*conversation{}, answers: map[string]bool{},
		ratings: map[string]bool{}, satisfied: map[string]syntphony.Satisfaction{},
	}
}

// SetSessionLife sets how long a session lives after a turn. At first that is 30 minutes. A turn in an expired session
// begins a new one with an empty context, unless RefuseExpiredSessions says otherwise.
func (s *Server) SetSessionLife(d time.Duration) {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	s.broker.life = d
}

// RefuseExpiredSessions sets the status with which a turn in an expired session is refused, such as 404. Zero, as at
// first, begins a new session instead. The vendor does not publish what it does.
func (s *Server) RefuseExpiredSessions(status int) {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	s.broker.expired = status
}

// Answer sets the func that answers turns. It gets one turn and returns the whole reply, in which Say, Carousel and
// File are answers. In the reply, an empty SessionCode becomes the session's, a nil Context becomes the open context,
// and each answer without an InteractionID gets one. A nil func restores the first answer, "You said: " and the text.
// The func is called without a lock, by several goroutines at once.
func (s *Server) Answer(f func(Turn) syntphony.Reply) {
	if f == nil {
		f = echo
	}
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	s.broker.answer = f
}

// Ratings returns the ratings so far, by interaction id.
func (s *Server) Ratings() map[string]bool {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	return maps.Clone(s.broker.ratings)
}

// Satisfactions returns the evaluations so far, by session code.
func (s *Server) Satisfactions() map[string]syntphony.Satisfaction {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	return maps.Clone(s.broker.satisfied)
}

// echo is the first answer of the agent.
func echo(t Turn) syntphony.Reply {
	text := "You said: " + t.Text
	switch {
	case t.Audio != nil:
		text = "You sent a recording."
	case t.Code == syntphony.WelcomeCode:
		text = "Welcome!"
	case t.Code != "":
		text = "Answer " + t.Code
	}
	return syntphony.Reply{Text: t.Text, Answers: []syntphony.Answer{Say(text)}}
}

// guard checks the credentials, ids and headers that every call of the broker must carry. That it refuses a wrong key
// or id with 403 is the fake's choice.
func (s *Server) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case !ok || !s.keycloak.valid(token):
			problem(w, 401, "Unauthorized")
		case r.Header.Get("API-KEY") != apiKey, !ours(r):
			problem(w, 403, "Forbidden")
		default:
			next(w, r)
		}
	}
}

// ours reports whether the path names the fake's agent.
func ours(r *http.Request) bool {
	for name, id := range map[string]string{"org": orgID, "env": envID, "bot": botID, "channel": channelID} {
		if value := r.PathValue(name); value != "" && value != id {
			return false
		}
	}
	return true
}

func problem(w http.ResponseWriter, status int, message string) {
	fakeserver.JSON(w, status, map[string]string{"message": message})
}

// missing returns the name of a required header that r lacks, or "".
func missing(r *http.Request, names ...string) string {
	for _, name := range names {
		if r.Header.Get(name) == "" {
			return name
		}
	}
	return ""
}

func (b *brokerState) converseByName(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("CHANNEL") != channelName {
		problem(w, 404, "no channel of that name")
		return
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		problem(w, 400, "this URL takes no audio")
		return
	}
	b.converse(w, r)
}

func (b *brokerState) converse(w http.ResponseWriter, r *http.Request) {
	if name := missing(r, "OS", "USER-REF", "LOCALE"); name != "" {
		problem(w, 400, "header "+name+" is missing")
		return
	}
	turn, fault := readTurn(r)
	if fault != "" {
		problem(w, 400, fault)
		return
	}
	code, refused := b.join(r.PathValue("session"), &turn)
	if refused != 0 {
		problem(w, refused, "no such session")
		return
	}
	b.act(Action{Operation: operation(r), Conversation: code, User: turn.UserRef, Text: cmp.Or(turn.Text, turn.Code)})
	b.mu.Lock()
	answer := b.answer
	b.mu.Unlock()
	reply := answer(turn)
	b.finish(&reply, code)
	if reply.Intent == "" {
		reply.Intent, reply.Confidence = turn.Intent, turn.Confidence
	}
	fakeserver.JSON(w, http.StatusOK, complete(reply))
}

// complete returns a reply with the members that the vendor's samples always have, even if they are empty.
func complete(reply syntphony.Reply) map[string]any {
	var members map[string]any
	// The Raw fields hold JSON that a func of the user made. If that is invalid, the reply has no members.
	raw, _ := json.Marshal(reply)
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&members) != nil {
		return map[string]any{}
	}
	for name, empty := range map[string]any{"context": object{}, "contextReadOnly": object{}, "nlpResponse": nil} {
		if _, given := members[name]; !given {
			members[name] = empty
		}
	}
	answers, _ := members["answers"].([]any)
	for _, answer := range answers {
		if answer, ok := answer.(object); ok && answer["technicalText"] == nil {
			answer["technicalText"] = nil
		}
	}
	return members
}

type object = map[string]any

// operation returns the method and the path template of r.
func operation(r *http.Request) string { return strings.Replace(r.Pattern, " /eva-broker", " ", 1) }

// join finds or starts the session of a turn and adds the turn's context to that of the session. If refused is 0, the
// turn has its session. That an unknown code is refused with 404 is the fake's choice.
func (b *brokerState) join(code string, turn *Turn) (joined string, refused int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	c := b.sessions[code]
	over := c != nil && !now.Before(c.end)
	switch {
	case code != "" && c == nil:
		return "", http.StatusNotFound
	case over && b.expired != 0:
		return "", b.expired
	case c == nil || over:
		code, turn.First = "fake-session-"+rand.Text(), true
		c = &conversation{context: map[string]any{}}
		b.sessions[code] = c
	}
	c.end = now.Add(b.life)
	maps.Copy(c.context, turn.Context)
	turn.SessionCode, turn.Context = code, maps.Clone(c.context)
	return code, 0
}

// finish sets the members of reply that the answer func left out, and keeps those that it set.
func (b *brokerState) finish(reply *syntphony.Reply, code string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if reply.SessionCode == "" {
		reply.SessionCode = code
	}
	c := b.sessions[code]
	if c == nil { // the session has ended meanwhile
		c = &conversation{}
	}
	if reply.SessionCode != code {
		c = &conversation{context: maps.Clone(c.context), end: c.end}
		b.sessions[reply.SessionCode] = c
	}
	if reply.Context == nil {
		reply.Context = maps.Clone(c.context)
	}
	c.context = maps.Clone(reply.Context)
	if reply.UserInteractionID == "" {
		reply.UserInteractionID = "fake-turn-" + rand.Text()
	}
	for i := range reply.Answers {
		if reply.Answers[i].InteractionID == "" {
			reply.Answers[i].InteractionID = "fake-interaction-" + rand.Text()
		}
		b.answers[reply.Answers[i].InteractionID] = true
	}
}
