package siteassisttest

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
)

type visitorKey struct{}

// bearer passes on requests whose token belongs to a visitor.
func (s *Server) bearer(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.state.lock()
		v := s.state.who(token)
		s.state.unlock()
		if v == nil {
			refuse(w, siteassist.CodeUnauthorized)
			return
		}
		h(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
	}
}

func visitorOf(r *http.Request) *visitor { return r.Context().Value(visitorKey{}).(*visitor) }

// publishable passes on requests that have the publishable key in their query.
func publishable(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("apiKey") != PublishableKey {
			refuse(w, siteassist.CodeUnauthorized)
			return
		}
		h(w, r)
	}
}

func (s *Server) initSession(w http.ResponseWriter, r *http.Request) {
	var in struct{ APIKey, SaVid string }
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.SaVid == "" || utf8.RuneCountInString(in.SaVid) > 100 {
		refuse(w, siteassist.CodeInvalidRequestBody)
		return
	}
	if in.APIKey != PublishableKey {
		refuse(w, siteassist.CodeUnauthorized)
		return
	}
	s.state.lock()
	v, token, created := s.state.open(in.SaVid)
	s.state.unlock()
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	fakeserver.JSON(w, status, object{"sessionToken": token, "visitor": v.object()})
}

func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	fakeserver.JSON(w, http.StatusOK, visitorOf(r).object())
}

func (s *Server) startConversation(w http.ResponseWriter, r *http.Request) {
	var in struct{ Context struct{ PageURL string } }
	_ = json.NewDecoder(r.Body).Decode(&in) // no body means an empty object
	s.state.lock()
	defer s.state.unlock()
	c := s.state.start(visitorOf(r), in.Context.PageURL)
	s.act("POST /conversations", c, "")
	fakeserver.JSON(w, http.StatusCreated, c.whole())
}

// act writes an action in a conversation into the ledger.
func (s *Server) act(operation string, c *conversation, text string) {
	s.fake.Act(Action{Operation: operation, Conversation: c.id, User: c.owner.id, Text: text})
}

// conversation returns the conversation in the path. The caller holds the lock. If there is no such conversation, it
// refuses the request and returns nil.
func (s *Server) conversation(w http.ResponseWriter, r *http.Request) *conversation {
	c := s.state.conversations[r.PathValue("id")]
	switch {
	case c == nil:
		refuse(w, siteassist.CodeConversationNotFound)
	case c.owner != visitorOf(r):
		refuse(w, siteassist.CodeForbidden)
	default:
		return c
	}
	return nil
}

func (s *Server) getConversation(w http.ResponseWriter, r *http.Request) {
	s.state.lock()
	defer s.state.unlock()
	if c := s.conversation(w, r); c != nil {
		fakeserver.JSON(w, http.StatusOK, c.whole())
	}
}

func (s *Server) closeConversation(w http.ResponseWriter, r *http.Request) {
	var in struct{ CloseReason string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	s.state.lock()
	defer s.state.unlock()
	c := s.conversation(w, r)
	if c == nil {
		return
	}
	if c.closed.IsZero() {
		c.closed, c.closeReason = time.Now(), in.CloseReason
	}
	s.act("POST /conversations/{id}/close", c, "")
	fakeserver.JSON(w, http.StatusOK, object{"success": true, "message": "Conversation closed successfully."})
}

func (s *Server) listConversations(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.state.lock()
	defer s.state.unlock()
	list := []object{}
	for _, c := range s.state.order {
		if o := c.object(); c.owner == visitorOf(r) && matches(q.Get("status"), o["status"]) {
			list = append(list, o)
		}
	}
	order := cmp.Or(q.Get("orderBy"), "lastInteractionAt")
	slices.SortStableFunc(list, func(a, b object) int { return strings.Compare(word(a[order]), word(b[order])) })
	if q.Get("orderDir") != "asc" {
		slices.Reverse(list)
	}
	envelope(w, r, list, 10)
}

// word returns the text of a member, for comparisons.
func word(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func matches(want string, got any) bool {
	switch got := got.(type) {
	case siteassist.ConversationStatus:
		return want == "" || want == string(got)
	case siteassist.Role:
		return want == "" || want == string(got)
	case string:
		return want == "" || want == got
	}
	return want == ""
}

// envelope responds with the page of list that the query asks for.
func envelope(w http.ResponseWriter, r *http.Request, list []object, limit int) {
	limit, offset := number(r, "limit", limit), number(r, "offset", 0)
	fakeserver.JSON(w, http.StatusOK, object{
		"object": "list", "total": len(list), "limit": limit, "offset": offset, "data": window(list, offset, limit),
	})
}

func window(list []object, offset, limit int) []object {
	offset = min(offset, len(list))
	return list[offset:min(offset+limit, len(list))]
}

func number(r *http.Request, name string, fallback int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n < 0 {
		return fallback
	}
	return n
}

func (s *Server) listMessages(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.state.lock()
	defer s.state.unlock()
	c := s.conversation(w, r)
	if c == nil {
		return
	}
	list := []object{}
	for _, m := range c.messages {
		if o := m.object(); matches(q.Get("role"), o["role"]) && matches(q.Get("status"), o["status"]) {
			list = append(list, o)
		}
	}
	page := window(list, number(r, "offset", 0), number(r, "limit", len(list)))
	fakeserver.JSON(w, http.StatusOK, object{"object": "list", "data": page}) // no total, because the vendor shows none
}

func (s *Server) setFeedback(w http.ResponseWriter, r *http.Request) {
	var in object
	_ = json.NewDecoder(r.Body).Decode(&in)
	rating, ok := in["feedback"]
	if !ok || rating != nil && rating != "like" && rating != "dislike" {
		refuse(w, siteassist.CodeInvalidRequestBody)
		return
	}
	s.state.lock()
	defer s.state.unlock()
	m := s.state.messages[r.PathValue("id")]
	switch {
	case m == nil:
		refuse(w, siteassist.CodeConversationNotFound)
	case m.owner.owner != visitorOf(r):
		refuse(w, siteassist.CodeForbidden)
	default:
		m.feedback, m.rated = rating, time.Now()
		s.act("POST /messages/{id}/feedback", m.owner, "")
		fakeserver.JSON(w, http.StatusOK, object{"feedback": rating})
	}
}

func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	query := strings.ToLower(r.URL.Query().Get("q"))
	s.state.lock()
	defer s.state.unlock()
	results := []object{}
	for _, qna := range s.state.qnas {
		if title := qna["question"].(string); strings.Contains(strings.ToLower(title), query) {
			path := "/qnas/" + qna["id"].(string)
			results = append(results, object{
				"score": 0.82, "title": title, "content": qna["answer"], "url": "https://docs.example.com" + path,
				"path": path,
			})
		}
	}
	fakeserver.JSON(w, http.StatusOK, object{"results": window(results, 0, number(r, "size", 10))})
}

func (s *Server) currentProject(w http.ResponseWriter, _ *http.Request) {
	fakeserver.JSON(w, http.StatusOK, object{
		"id": ProjectID, "name": "Acme Inc", "status": "active",
		"chatWidgetConfig": object{"position": "right", "theme": "light", "welcomeMessage": "Hi! How can we help?"},
	})
}

func (s *Server) listQnAs(w http.ResponseWriter, r *http.Request) {
	query := strings.ToLower(r.URL.Query().Get("query"))
	s.state.lock()
	defer s.state.unlock()
	list := []object{}
	for _, qna := range s.state.qnas {
		if r.PathValue("id") == ProjectID && strings.Contains(strings.ToLower(qna["question"].(string)), query) {
			list = append(list, qna)
		}
	}
	envelope(w, r, list, 10)
}

func (s *Server) getQnA(w http.ResponseWriter, r *http.Request) {
	s.state.lock()
	defer s.state.unlock()
	for _, qna := range s.state.qnas {
		if r.PathValue("id") == ProjectID && qna["id"] == r.PathValue("qna") {
			fakeserver.JSON(w, http.StatusOK, qna)
			return
		}
	}
	refuse(w, siteassist.CodeConversationNotFound)
}
