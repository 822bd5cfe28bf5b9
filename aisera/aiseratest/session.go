package aiseratest

import "time"

// session holds the server's memory of a user between messages.
type session struct {
	texts []string // the words of the user
	last  time.Time
}

// SetSessionLife sets how long a session lives without a message. At first that is 5 minutes. The next message then
// begins a new session with an empty history, as the vendor's setting "User Session Duration" describes it.
func (s *Server) SetSessionLife(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life = d
}

// SetFollowUpLife sets how long a follow-up id is valid. At first that is 24 hours, as the vendor's setting "Follow Up
// Cache Expire in Hours" describes it. Later uses are answered with a closing text, and not with an error.
func (s *Server) SetFollowUpLife(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offerFor = d
}

// hear adds m to the session of its user. It reports whether the session begins with m. A message that asks for the
// history is not added.
func (s *Server) hear(m Message) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	current := s.sessions[m.UserID]
	if first = current == nil || now.Sub(current.last) > s.life; first {
		current = &session{}
		s.sessions[m.UserID] = current
	}
	current.last = now
	if !m.NeedsSessionHistory && !m.IsReset && m.Text != "" {
		current.texts = append(current.texts, m.Text)
	}
	return first
}

func (s *Server) said(user string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if current := s.sessions[user]; current != nil {
		return append([]string(nil), current.texts...)
	}
	return nil
}

func (s *Server) forget(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, user)
}

// offer records the follow-up ids of replies.
func (s *Server) offer(replies []Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, reply := range replies {
		if reply.FollowUpID != "" {
			s.offered[reply.FollowUpID] = time.Now()
		}
	}
}

// expired reports whether a follow-up id was sent too long ago. An id that the server did not send is accepted.
func (s *Server) expired(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent, known := s.offered[id]
	return known && time.Since(sent) > s.offerFor
}
