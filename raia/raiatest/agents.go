package raiatest

func (s *Server) newAgent(body object) object {
	config := object{
		"id": "asst_" + s.id(), "model": "gpt-5.1", "temperature": 1, "topP": 1, "instructions": "",
		"outputJsonSchema":         "",
		"isCodeInterpreterEnabled": false, "isFileSearchEnabled": false, "fileSearchMaxNumResults": 10,
	}
	agent := object{
		"id": s.id(), "organizationId": s.id(), "organizationName": "Fake organization", "role": "Support",
		"vectorStoreId": "vs_" + s.id(), "aiConfig": config, "status": "active", "tags": []any{}, "skills": []any{
			object{"systemName": "API", "status": "active", "apiKey": AgentKey},
		},
	}
	return s.configure(agent, body)
}

// configure sets the members of body in the agent. Some of them belong to the configuration of its model.
func (s *Server) configure(agent, body object) object {
	config, _ := agent["aiConfig"].(object)
	for name, value := range body {
		switch name {
		case "model", "temperature", "topP", "instructions", "isFileSearchEnabled", "isCodeInterpreterEnabled",
			"reasoningEffort",
			"fileSearchMaxNumResults", "reasoningMode", "isOutputJsonSchemaEnabled", "outputJsonSchema":
			config[name] = value
		case "name", "publicName", "role", "description", "avatarUrl", "status", "tags", "restrictDocumentsToOwnerOnly":
			agent[name] = value
		}
	}
	return agent
}

func (s *Server) createAgent(c *call) (any, *refusal) {
	agent := s.newAgent(c.body)
	s.agents.add(agent)
	return with(agent, object{"agentApiKey": "key-of-a-new-agent"}), nil
}

func (s *Server) updateAgent(c *call) (any, *refusal) {
	agent, refused := s.agents.get(c.PathValue("id"))
	if refused != nil {
		return nil, refused
	}
	return s.configure(agent, c.body), nil
}

func (s *Server) currentAgent(*call) (any, *refusal) { return s.agent, nil }

func (s *Server) agentUsers(c *call) (any, *refusal) { return page(c, s.users.list(nil)), nil }

// organizationUsers returns users only of the agent that owns the agent key.
func (s *Server) organizationUsers(c *call) (any, *refusal) {
	agent, refused := s.agents.get(c.PathValue("id"))
	switch {
	case refused != nil:
		return nil, refused
	case agent["id"] != s.agent["id"]:
		return page(c, []object{}), nil
	}
	return page(c, s.users.list(nil)), nil
}

func (s *Server) statistics(*call) (any, *refusal) {
	return object{
		"tokensUsed": 0, "tokensPerConversation": 0, "vapiSecondsUsed": 0, "averageCallDuration": 0,
		"smsUsed": 0, "smsPerConversation": 0, "emailsUsed": 0, "emailsPerConversation": 0,
	}, nil
}

func (s *Server) createWebhook(c *call) (any, *refusal) {
	webhook := object{
		"id": s.id(), "agentId": s.agent["id"], "status": "active", "createdAt": now(), "updatedAt": now(),
	}
	return s.webhooks.add(merge(webhook, c.body)), nil
}

func (s *Server) usage(*call) (any, *refusal) {
	return object{
		"emailsAmount": 0, "smsAmount": 0, "tokensAmount": s.used["OPENAI_TOKENS"],
		"secondsAmount": s.used["VAPI_SECONDS"],
	}, nil
}

func (s *Server) setLimits(c *call) (any, *refusal) {
	if s.limits == nil {
		s.limits = object{
			"id": s.id(), "agentId": s.agent["id"], "isOrganizationDefault": false,
			"tokensAmountPerMonth": 0, "smsAmountPerMonth": 0, "emailsAmountPerMonth": 0, "secondsAmountPerMonth": 0,
		}
	}
	return merge(s.limits, c.body), nil
}

func (s *Server) deleteLimits(*call) (any, *refusal) {
	if s.limits == nil {
		return nil, notFound
	}
	s.limits = nil
	return nil, nil
}

func (s *Server) logUsage(c *call) (any, *refusal) {
	amount, ok := c.body["amount"].(float64)
	if !ok {
		return nil, badRequest
	}
	s.used[c.text("type")] += amount
	return nil, nil
}

func (s *Server) createOrganization(c *call) (any, *refusal) {
	organization := object{
		"id": s.id(), "name": c.text("name"), "status": "active", "createdAt": now(), "updatedAt": now(),
		"createdBy":    s.administrator(),
		"subscription": s.subscriptions.list(nil)[0],
	}
	return s.organizations.add(organization), nil
}
