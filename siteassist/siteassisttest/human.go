package siteassisttest

import "github.com/seed-127a5941/parley/siteassist"

// Queue puts a conversation into the queue for a human. Its messages are stored, and answered with 202 and text/plain.
// No human is assigned yet. It reports whether there is such a conversation.
func (s *Server) Queue(conversationID string) bool {
	return s.with(conversationID, func(c *conversation) { c.queued = true })
}

// TakeOver assigns a human agent to a conversation, whose messages are queued for the human from now on. It reports
// whether there is such a conversation.
func (s *Server) TakeOver(conversationID, agent string) bool {
	return s.with(conversationID, func(c *conversation) { s.state.assign(c, agent) })
}

// HumanSays adds a message of the human agent to a conversation. If no agent has taken the conversation over, one with
// the name "Human agent" does so first. It reports whether there is such a conversation.
func (s *Server) HumanSays(conversationID, text string) bool {
	return s.with(conversationID, func(c *conversation) {
		if c.agent == "" {
			s.state.assign(c, "Human agent")
		}
		s.state.add(c, siteassist.RoleHumanAgent, text, siteassist.MessageStatusComplete)
	})
}

// HandBack ends the effect of Queue and TakeOver: the assistant answers again. It reports whether there is such a
// conversation.
func (s *Server) HandBack(conversationID string) bool {
	return s.with(conversationID, func(c *conversation) { c.queued, c.agent = false, "" })
}

// with calls f for a conversation and holds the lock. It reports whether there is such a conversation.
func (s *Server) with(conversationID string, f func(*conversation)) bool {
	s.state.lock()
	defer s.state.unlock()
	c := s.state.conversations[conversationID]
	if c != nil {
		f(c)
	}
	return c != nil
}

// assign assigns a conversation to an agent and tells its watchers.
func (s *state) assign(c *conversation, agent string) {
	c.queued, c.agent = true, agent
	s.notify(c, object{"type": "human_assigned", "chatId": c.id})
}
