package aiseratest

import "time"

// session is what the server remembers of a user between messages.
type session struct {
	texts []string // what the user said
	last  time.Time
}

// SetSessionLife changes how long a session lives without a message, which is 5 minutes at first. The message after
// that begins a new session with an empty history, as the vendor's setting "User Session Duration" describes it.
func (s *Server) SetSessionLife(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life = d
}

// SetFollowUpLife changes how long a follow-up id is good for, which is 24 hours at first, as the vendor's setting
// "Follow Up Cache Expire in Hours" describes it. Its use after that is answered with a closing text, and not with an
// error.
func (s *Server) SetFollowUpLife(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offerFor = d
}

// hear adds m to its user's session, and reports whether the session begins with it. A message that asks for the
// history is no part of it.
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

// offer remembers the follow-up ids of replies.
func (s *Server) offer(replies []Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, reply := range replies {
		if reply.FollowUpID != "" {
			s.offered[reply.FollowUpID] = time.Now()
		}
	}
}

// expired reports whether a follow-up id was sent too long ago. One that the server did not send is taken as it is.
func (s *Server) expired(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent, known := s.offered[id]
	return known && time.Since(sent) > s.offerFor
}
