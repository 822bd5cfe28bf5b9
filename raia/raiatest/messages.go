package raiatest

import "slices"

func (s *Server) addMessage(conversation, role, text, answers, source string) object {
	id := s.id()
	if answers == "" {
		answers = id
	}
	message := object{
		"id": id, "message": text, "rawMessage": text, "conversationId": conversation, "senderRole": role,
		"conversationMessageId": answers, "source": source, "createdAt": now(), "isAnonymized": false,
	}
	s.messages[conversation] = append(s.messages[conversation], message)
	if o, ok := s.conversations.byID[conversation]; ok {
		o["updatedAt"] = now()
		if role != "conversation_user" {
			s.notify("each_message", o, message)
		}
	}
	return message
}

func (s *Server) listMessages(c *call) (any, *refusal) {
	id := c.PathValue("id")
	if _, refused := s.conversations.get(id); refused != nil {
		return nil, refused
	}
	messages := append([]object{}, s.messages[id]...)
	if c.URL.Query().Get("shouldIncludeFeedbacks") == "true" {
		for i, message := range messages {
			feedbacks, _ := message["_feedbacks"].([]object)
			messages[i] = with(message, object{"conversationMessageFeedbacks": append([]object{}, feedbacks...)})
		}
	}
	if c.URL.Query().Get("orderDirection") == "DESC" {
		slices.Reverse(messages)
	}
	return object{"messages": messages}, nil
}

// question stores the message in the body.
func (s *Server) question(c *call) (object, *refusal) {
	id := c.PathValue("id")
	if _, refused := s.conversations.get(id); refused != nil {
		return nil, refused
	}
	if c.text("message") == "" {
		return nil, badRequest
	}
	message := s.addMessage(id, "conversation_user", c.text("message"), "", "api")
	if files, ok := c.body["files"].([]any); ok {
		message["files"] = attached(files)
	}
	return message, nil
}

// attached makes message files of attachments. The fake uses storage paths as file ids.
func attached(files []any) []object {
	var out []object
	for _, file := range files {
		o, _ := file.(object)
		out = append(out, object{
			"id": o["storagePath"], "fileName": o["fileName"], "openAIFileId": o["storagePath"], "size": nil,
			"createdAt": now(), "updatedAt": now(),
		})
	}
	return out
}

func (s *Server) sendMessage(c *call) (any, *refusal) {
	question, refused := s.question(c)
	if refused != nil {
		return nil, refused
	}
	if s.silent(c) {
		return question, nil
	}
	id, _ := question["id"].(string)
	return s.addMessage(c.PathValue("id"), "assistant", c.reply, id, "api"), nil
}

// silent reports whether the agent leaves the conversation of c to a human.
func (s *Server) silent(c *call) bool {
	conversation, refused := s.conversations.get(c.PathValue("id"))
	return refused == nil && conversation["mode"] == "manual"
}

// sendAsync stores the question and returns it. The answer is in the list of messages at once, but the first polls, as
// many as Pending set, still find it pending. In manual mode it stays pending until a human answers.
func (s *Server) sendAsync(c *call) (any, *refusal) {
	question, refused := s.question(c)
	if refused != nil {
		return nil, refused
	}
	id, _ := question["id"].(string)
	answer := &async{polls: s.pending}
	s.answers[id] = answer
	if s.silent(c) {
		return question, nil
	}
	if failure := s.nextFailure(); failure != nil {
		answer.result = object{"status": "failed", "message": nil, "error": failure}
	} else {
		answer.complete(s.addMessage(c.PathValue("id"), "assistant", c.reply, id, "api"))
	}
	return question, nil
}

// complete makes message the answer, unless the answer is complete already.
func (a *async) complete(message object) {
	if a != nil && a.result == nil {
		a.result = object{"status": "completed", "message": message, "error": nil}
	}
}

// nextFailure takes the next text that FailAnswers queued. It returns nil if the queue is empty.
func (s *Server) nextFailure() any {
	if len(s.failures) == 0 {
		return nil
	}
	text := s.failures[0]
	s.failures = s.failures[1:]
	return text
}

func (s *Server) response(c *call) (any, *refusal) {
	return s.poll(c.PathValue("question"), object{"status": "pending", "message": nil, "error": nil})
}

// poll returns the answer if it is complete, and otherwise pending.
func (s *Server) poll(id string, pending any) (any, *refusal) {
	answer, ok := s.answers[id]
	if !ok {
		return nil, notFound
	}
	if answer.polls > 0 || answer.result == nil {
		answer.polls--
		return pending, nil
	}
	return answer.result, nil
}
