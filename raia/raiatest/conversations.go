package raiatest

import (
	"time"
)

func (s *Server) listConversations(c *call) (any, *refusal) {
	q := c.URL.Query()
	start, end := q.Get("startDate"), q.Get("endDate")
	found := s.conversations.list(func(o object) bool {
		feedbacks, _ := o["_feedbacks"].([]object)
		user, _ := o["user"].(object)
		search := q.Get("searchKeyword")
		return (q.Get("userId") == "" || o["conversationUserId"] == q.Get("userId")) &&
			(q.Get("withFeedbacksOnly") != "true" || len(feedbacks) > 0) &&
			(search == "" || contains(o, search, "title", "summary") ||
				contains(user, search, "firstName", "lastName", "email", "phoneNumber")) &&
			(start == "" || !before(o["updatedAt"], start)) && (end == "" || !before(end, o["updatedAt"]))
	})
	for i, conversation := range found {
		found[i] = withFeedbacks(conversation)
	}
	return page(c, found), nil
}

// before compares two times in the form of the API.
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
		"createdAt": now(), "updatedAt": now(), "assignedUser": nil, "isAnonymized": false, "_feedbacks": []object{},
	}
	for _, member := range []string{"title", "customData", "conversationStateId"} {
		if value, ok := body[member]; ok {
			merge(conversation, object{member: value})
		}
	}
	s.conversations.add(conversation)
	s.notify("start_dialog", conversation, object{})
	return conversation, nil
}

func (s *Server) getConversation(c *call) (any, *refusal) {
	conversation, refused := s.conversations.get(c.PathValue("id"))
	if refused != nil {
		return nil, refused
	}
	return withFeedbacks(conversation), nil
}

// withFeedbacks returns the conversation in the form of lists and Get. The responses of other operations have no
// feedbacks.
func withFeedbacks(conversation object) object {
	return with(conversation, object{"feedbacks": conversation["_feedbacks"]})
}

// updateConversation sets the members of the body in a conversation. No response shows its context and its status.
func (s *Server) updateConversation(c *call) (any, *refusal) {
	conversation, refused := s.conversations.get(c.PathValue("id"))
	if refused != nil {
		return nil, refused
	}
	for name, value := range c.body {
		switch name {
		case "title", "mode", "conversationStateId":
			conversation[name] = value
		}
	}
	conversation["updatedAt"] = now()
	return conversation, nil
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

// startConversation finds or creates the user, and says the introduction.
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
