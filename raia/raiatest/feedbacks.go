package raiatest

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

// addFeedback stores a feedback. Messages, conversations and the response each show a different part of it.
func (s *Server) addFeedback(conversation, message, body object) object {
	ofMessage := object{
		"id": s.id(), "voteType": body["voteType"], "question": body["question"], "answer": body["answer"],
		"comment": body["comment"],
	}
	ofConversation := with(ofMessage, object{"createdAt": now(), "updatedAt": now()})
	message["_feedbacks"] = []object{ofMessage}
	conversation["_feedbacks"] = []object{ofConversation}
	return with(ofConversation, object{"conversationMessageId": message["id"]})
}
