package raiatest

import (
	"slices"
	"time"
)

func (s *Server) listConversations(c *call) (any, *refusal) {
	q := c.URL.Query()
	start, end := q.Get("startDate"), q.Get("endDate")
	return page(c, s.conversations.list(func(o object) bool {
		feedbacks, _ := o["feedbacks"].([]any)
		user, _ := o["user"].(object)
		search := q.Get("searchKeyword")
		return (q.Get("userId") == "" || o["conversationUserId"] == q.Get("userId")) &&
			(q.Get("withFeedbacksOnly") != "true" || len(feedbacks) > 0) &&
			(search == "" || contains(o, search, "title", "summary") ||
				contains(user, search, "firstName", "lastName", "email", "phoneNumber")) &&
			(start == "" || !before(o["updatedAt"], start)) && (end == "" || !before(end, o["updatedAt"]))
	})), nil
}

// before compares two times as they are on the wire.
func before(a, b any) bool {
	at := func(v any) time.Time {
		text, _ := v.(string)
		t, _ := time.Parse(time.RFC3339, text)
		return t
	}
	return at(a).Before(at(b))
}

func (s *Server) createConversation(c *call) (any, *refusal) {
	return s.addConversation(c.text("conversationUserId"), c.body)
}

func (s *Server) addConversation(userID string, body object) (any, *refusal) {
	user, refused := s.users.get(userID)
	if refused != nil {
		return nil, refused
	}
	conversation := object{
		"id": s.id(), "conversationUserId": userID, "aiConversationId": "conv_" + s.id(), "mode": "ai", "user": user,
		"createdAt": now(), "updatedAt": now(), "assignedUser": nil, "isAnonymized": false, "feedbacks": []any{},
	}
	for _, member := range []string{"title", "customData", "conversationStateId"} {
		if value, ok := body[member]; ok {
			merge(conversation, object{member: value})
		}
	}
	return s.conversations.add(conversation), nil
}

func (s *Server) deleteConversations(c *call) (any, *refusal) {
	user := c.text("conversationUserId")
	for _, o := range s.conversations.list(func(o object) bool { return o["conversationUserId"] == user }) {
		id, _ := o["id"].(string)
		_ = s.conversations.remove(id)
		delete(s.messages, id)
	}
	return nil, nil
}

// startConversation finds or creates the user, and greets with the introduction.
func (s *Server) startConversation(c *call) (any, *refusal) {
	user := s.findUser(c.text("email"), c.text("phoneNumber"), c.text("fkId"))
	if user == nil {
		user = s.addUser(c.body)
	}
	userID, _ := user["id"].(string)
	made, refused := s.addConversation(userID, c.body)
	if refused != nil {
		return nil, refused
	}
	id, _ := made.(object)["id"].(string)
	introduction := c.text("emailIntroduction") + c.text("smsIntroduction") + c.text("firstMessage")
	s.addMessage(id, "assistant", introduction, "", c.text("channel"))
	return object{"conversationId": id}, nil
}

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
	}
	return message
}

func (s *Server) listMessages(c *call) (any, *refusal) {
	id := c.PathValue("id")
	if _, refused := s.conversations.get(id); refused != nil {
		return nil, refused
	}
	messages := append([]object{}, s.messages[id]...)
	if c.URL.Query().Get("shouldIncludeFeedbacks") != "true" {
		for i, message := range messages {
			messages[i] = with(message, object{"conversationMessageFeedbacks": nil})
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

// attached makes message files of attachments; the fake's file ids are storage paths.
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
	id, _ := question["id"].(string)
	return s.addMessage(c.PathValue("id"), "assistant", c.reply, id, "api"), nil
}

func (s *Server) sendAsync(c *call) (any, *refusal) {
	question, refused := s.question(c)
	if refused != nil {
		return nil, refused
	}
	id, _ := question["id"].(string)
	result := object{"status": "failed", "message": nil, "error": s.nextFailure()}
	if result["error"] == nil {
		answer := s.addMessage(c.PathValue("id"), "assistant", c.reply, id, "api")
		result = object{"status": "completed", "message": answer, "error": nil}
	}
	s.answers[id] = &async{looks: s.pending, result: result}
	return question, nil
}

// nextFailure takes what FailAnswers queued; nil: nothing.
func (s *Server) nextFailure() any {
	if len(s.failures) == 0 {
		return nil
	}
	text := s.failures[0]
	s.failures = s.failures[1:]
	return text
}

func (s *Server) response(c *call) (any, *refusal) {
	return s.look(c.PathValue("question"), object{"status": "pending", "message": nil, "error": nil})
}

// look answers with what there is so far.
func (s *Server) look(id string, pending any) (any, *refusal) {
	answer, ok := s.answers[id]
	if !ok {
		return nil, notFound
	}
	if answer.looks > 0 {
		answer.looks--
		return pending, nil
	}
	return answer.result, nil
}

func (s *Server) sendManual(c *call) (any, *refusal) {
	conversation, refused := s.conversations.get(c.PathValue("id"))
	switch {
	case refused != nil:
		return nil, refused
	case conversation["mode"] != "manual":
		return nil, notInManual
	}
	return s.addMessage(c.PathValue("id"), "manual_assistant", c.text("message"), c.text("conversationMessageId"), "api"), nil
}

func (s *Server) runPrompt(c *call) (any, *refusal) {
	if c.text("prompt") == "" {
		return nil, badRequest
	}
	return promptResult(c.reply, nil), nil
}

func promptResult(text string, failure any) object {
	if failure != nil {
		return object{"status": "failed", "totalTokens": nil, "response": nil, "error": failure}
	}
	return object{"status": "completed", "totalTokens": len(text), "response": text, "error": nil}
}

func (s *Server) startPrompt(c *call) (any, *refusal) {
	if c.text("prompt") == "" {
		return nil, badRequest
	}
	id := s.id()
	s.answers[id] = &async{looks: s.pending, result: promptResult(c.reply, s.nextFailure())}
	return object{"promptId": id}, nil
}

// promptResponse is null while there is no answer, as the vendor describes it.
func (s *Server) promptResponse(c *call) (any, *refusal) { return s.look(c.PathValue("id"), null{}) }

// null is sent as null, where nil has no body.
type null struct{}

// MarshalJSON encodes null.
func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

func (s *Server) createFeedback(c *call) (any, *refusal) {
	for conversation, messages := range s.messages {
		for _, message := range messages {
			if message["id"] == c.body["conversationMessageId"] {
				return s.addFeedback(s.conversations.byID[conversation], message, c.body), nil
			}
		}
	}
	return nil, notFound
}

func (s *Server) addFeedback(conversation, message, body object) object {
	feedback := merge(object{"id": s.id(), "answer": nil, "comment": nil, "createdAt": now(), "updatedAt": now()}, body)
	message["conversationMessageFeedbacks"] = []any{feedback}
	conversation["feedbacks"] = []any{feedback}
	return feedback
}
