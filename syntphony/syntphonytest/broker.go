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

// Turn is one turn as the agent hears it.
type Turn struct {
	// SessionCode of the session, also in its first turn.
	SessionCode string
	// First is set in the first turn of a session.
	First bool
	// UserRef is the user, from the header USER-REF.
	UserRef string
	// Text and Code of the request; the vendor ignores both in a turn of audio, so they are empty there.
	Text, Code string
	// Intent and Confidence are what an Intent Navigator found. The reply repeats them unless it has an Intent.
	Intent     string
	Confidence *float64
	// Context is the session's open context, with what this turn brought.
	Context map[string]any
	// Audio is the recording. It is nil in a turn of text.
	Audio []byte
	// AudioName is the recording's file name.
	AudioName string
	// Header of the request, with Os, User-Ref and the rest.
	Header http.Header
	// Test is set where the query says test=true.
	Test bool
	// Body is the JSON of the request, whole.
	Body json.RawMessage
}

// brokerState is what the broker remembers.
type brokerState struct {
	act       func(Action) // writes into the ledger
	mu        sync.Mutex   // guards the fields below
	life      time.Duration
	expired   int // status of a turn in a session that is over; at 0 it begins a new one
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

// SetSessionLife changes how long a session lives after a turn, which is 30 minutes at first. A turn in a session that
// is over begins a new one with an empty context, unless RefuseExpiredSessions says otherwise.
func (s *Server) SetSessionLife(d time.Duration) {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	s.broker.life = d
}

// RefuseExpiredSessions answers a turn in a session that is over with a status such as 404. Zero, as at first, begins a
// new session in its place. What the vendor does is not published.
func (s *Server) RefuseExpiredSessions(status int) {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	s.broker.expired = status
}

// Answer sets what the agent answers. The func gets one turn and returns the whole reply, in which Say, Carousel and
// File are answers. In the reply, an empty SessionCode becomes the session's, a nil Context becomes the open context,
// and each answer without an InteractionID gets one. A nil func answers "You said: " and the text, as at first. The
// func is called without a lock, by several goroutines at once.
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

// echo is the agent's answer where the user of the fake sets none.
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

// guard checks what every call of the broker must carry. That a wrong key or id is 403 is the fake's choice.
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

// missing names a required header that r lacks.
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

// complete encodes a reply with the members that the vendor's samples always have, be they empty.
func complete(reply syntphony.Reply) map[string]any {
	var members map[string]any
	// its Raw fields hold JSON that a func of the user made; what is none gives no members
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

// operation returns the method and the template of r's path.
func operation(r *http.Request) string { return strings.Replace(r.Pattern, " /eva-broker", " ", 1) }

// join finds or starts the session of a turn and lays the turn's context over the session's. A refused of 0 means that
// the turn has its session. That an unknown code is refused with 404 is the fake's choice.
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

// finish fills in what the answering func left out, and remembers what it set.
func (b *brokerState) finish(reply *syntphony.Reply, code string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if reply.SessionCode == "" {
		reply.SessionCode = code
	}
	c := b.sessions[code]
	if c == nil { // ended meanwhile
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
