package raiatest

// HumanSays adds a message of a human to a conversation, as SendManual does. Before that it puts the conversation into
// manual mode, in which the agent is silent. It reports whether there is such a conversation.
func (s *Server) HumanSays(conversationID, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	conversation, refused := s.conversations.get(conversationID)
	if refused != nil {
		return false
	}
	conversation["mode"] = "manual"
	s.addMessage(conversationID, "manual_assistant", text, "", "api")
	return true
}

func (s *Server) sendManual(c *call) (any, *refusal) {
	conversation, refused := s.conversations.get(c.PathValue("id"))
	switch {
	case refused != nil:
		return nil, refused
	case conversation["mode"] != "manual":
		return nil, notInManual
	case c.text("message") == "":
		return nil, badRequest
	}
	question := c.text("conversationMessageId")
	message := s.addMessage(c.PathValue("id"), "manual_assistant", c.text("message"), question, "api")
	if files, ok := c.body["files"].([]any); ok {
		message["files"] = attached(files)
	}
	s.answers[question].complete(message)
	return message, nil
}
