package raiatest

func (s *Server) createUser(c *call) (any, *refusal) {
	if s.findUser(c.text("email"), c.text("phoneNumber"), c.text("fkId")) != nil {
		return nil, badRequest // exists already
	}
	return s.addUser(c.body), nil
}

func (s *Server) addUser(body object) object {
	user := object{"id": s.id(), "isAnonymized": false}
	for _, member := range []string{
		"firstName", "lastName", "context", "source", "fkId", "fkUserId", "email", "phoneNumber", "customData",
	} {
		if value, ok := body[member]; ok {
			merge(user, object{member: value})
		}
	}
	return s.users.add(user)
}

func (s *Server) findUser(email, phoneNumber, fkID string) object {
	found := s.users.list(func(u object) bool {
		return same(u, "email", email) || same(u, "phoneNumber", phoneNumber) || same(u, "fkId", fkID)
	})
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

func (s *Server) searchUser(c *call) (any, *refusal) {
	q := c.URL.Query()
	if q.Get("email") == "" && q.Get("phoneNumber") == "" && q.Get("fkId") == "" {
		return nil, badRequest
	}
	user := s.findUser(q.Get("email"), q.Get("phoneNumber"), q.Get("fkId"))
	if user == nil {
		return nil, notFound
	}
	ids := []any{}
	for _, conversation := range s.conversations.list(func(o object) bool {
		return o["conversationUserId"] == user["id"]
	}) {
		ids = append(ids, conversation["id"])
	}
	return object{"user": user, "conversationIds": ids}, nil
}

func (s *Server) setUserLimits(c *call) (any, *refusal) {
	id := c.PathValue("id")
	if _, refused := s.users.get(id); refused != nil {
		return nil, refused
	}
	limits := merge(object{"id": s.id(), "conversationUserId": id, "isOrganizationDefault": false}, c.body)
	s.userLimits.put(id, limits)
	return limits, nil
}
