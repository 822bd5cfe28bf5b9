package raiatest

import "net/http"

// routes serves the 51 operations, and the storage behind the signed URLs.
func (s *Server) routes(mux *http.ServeMux) {
	s.userRoutes(mux)
	s.conversationRoutes(mux)
	s.agentRoutes(mux)
	s.fileRoutes(mux)
	s.otherRoutes(mux)
	mux.HandleFunc("/storage/", s.store)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, notFound) })
}

func (s *Server) userRoutes(mux *http.ServeMux) {
	s.handle(mux, agentKey, 201, "POST /users", s.createUser)
	s.handle(mux, agentKey, 200, "GET /users/search", s.searchUser)
	s.handle(mux, agentKey, 200, "GET /users/{id}", s.get(&s.users))
	s.handle(mux, agentKey, 204, "DELETE /users/{id}", s.remove(&s.users))
	s.handle(mux, agentKey, 200, "GET /users/{id}/limits", s.get(&s.userLimits))
	s.handle(mux, agentKey, 201, "POST /users/{id}/limits", s.setUserLimits)
	s.handle(mux, agentKey, 200, "PUT /users/{id}/limits", s.setUserLimits)
	s.handle(mux, agentKey, 200, "DELETE /users/{id}/limits", s.remove(&s.userLimits))
}

func (s *Server) conversationRoutes(mux *http.ServeMux) {
	s.handle(mux, agentKey, 200, "GET /conversations", s.listConversations)
	s.handle(mux, agentKey, 201, "POST /conversations", s.createConversation)
	s.handle(mux, agentKey, 204, "DELETE /conversations", s.deleteConversations)
	s.handle(mux, agentKey, 200, "GET /conversations/states", s.list(&s.states))
	s.handle(mux, agentKey, 200, "GET /conversations/{id}", s.getConversation)
	s.handle(mux, agentKey, 200, "PUT /conversations/{id}", s.updateConversation)
	s.handle(mux, agentKey, 200, "PUT /conversations/{id}/mode", s.updateConversation)
	s.handle(mux, agentKey, 201, "POST /conversations/start", s.startConversation)
	s.handle(mux, agentKey, 200, "GET /conversations/{id}/messages", s.listMessages)
	s.handle(mux, agentKey, 201, "POST /conversations/{id}/messages", s.sendMessage)
	s.handle(mux, agentKey, 201, "POST /conversations/{id}/messages/async", s.sendAsync)
	s.handle(mux, agentKey, 200, "GET /conversations/{id}/messages/{question}/response-on", s.response)
	s.handle(mux, agentKey, 200, "POST /conversations/{id}/send-manual-message", s.sendManual)
	s.handle(mux, agentKey, 200, "POST /conversations/{id}/message-files/upload-url", s.uploadURL)
	s.handle(mux, agentKey, 200, "GET /conversations/{id}/message-files/{file}/signed-url", s.fileURL)
	s.handle(mux, agentKey, 200, "POST /prompts", s.runPrompt)
	s.handle(mux, agentKey, 200, "POST /prompts/async", s.startPrompt)
	s.handle(mux, agentKey, 200, "GET /prompts/{id}/response-on", s.promptResponse)
	s.handle(mux, agentKey, 200, "POST /prompts/upload-url", s.uploadURL)
}

func (s *Server) agentRoutes(mux *http.ServeMux) {
	s.handle(mux, organizationKey, 201, "POST /agents", s.createAgent)
	s.handle(mux, organizationKey, 200, "PUT /agents/{id}", s.updateAgent)
	s.handle(mux, organizationKey, 200, "GET /agents/{id}/users", s.organizationUsers)
	s.handle(mux, agentKey, 200, "GET /agents/users", s.agentUsers)
	s.handle(mux, agentKey, 200, "GET /agents/by-api-key", s.currentAgent)
	s.handle(mux, agentKey, 200, "GET /agents/statistic", s.statistics)
	s.handle(mux, agentKey, 201, "POST /agents/webhooks", s.createWebhook)
	s.handle(mux, agentKey, 200, "GET /agents/limits", s.usage)
	s.handle(mux, agentKey, 201, "POST /agents/limits", s.setLimits)
	s.handle(mux, agentKey, 200, "PUT /agents/limits", s.setLimits)
	s.handle(mux, agentKey, 200, "DELETE /agents/limits", s.deleteLimits)
}

func (s *Server) fileRoutes(mux *http.ServeMux) {
	s.handle(mux, agentKey, 200, "POST /agent-files/upload", s.uploadFile)
	s.handle(mux, agentKey, 200, "GET /agent-files/by-api-key", s.list(&s.files))
	s.handle(mux, agentKey, 200, "DELETE /agent-files", s.deleteFiles)
	s.handle(mux, agentKey, 200, "DELETE /agent-files/{id}/delete", s.remove(&s.files))
	s.handle(mux, agentKey, 200, "DELETE /agent-files/{id}/delete-from-vector-store", s.vectorStore(false))
	s.handle(mux, agentKey, 200, "PUT /agent-files/{id}/add-to-vector-store", s.vectorStore(true))
	s.handle(mux, agentKey, 200, "PUT /agent-files/{id}/add-to-vector-store/async", s.vectorStore(true))
}

func (s *Server) otherRoutes(mux *http.ServeMux) {
	s.handle(mux, agentKey, 201, "POST /resource-usage", s.logUsage)
	s.handle(mux, organizationKey, 200, "GET /agent-roles/by-api-key", s.list(&s.roles))
	s.handle(mux, superAdminKey, 201, "POST /organizations", s.createOrganization)
	s.handle(mux, superAdminKey, 200, "GET /subscriptions", s.list(&s.subscriptions, "visibility", "status"))
	s.handle(mux, agentKey, 201, "POST /conversation-message-feedbacks", s.createFeedback)
	s.handle(mux, organizationKey, 200, "GET /platform-users", s.list(&s.staff, "role"))
}

// get returns the handler for the object that the path names.
func (s *Server) get(from *store) handler {
	return func(c *call) (any, *refusal) {
		o, refused := from.get(c.PathValue("id"))
		return o, refused
	}
}

func (s *Server) remove(from *store) handler {
	return func(c *call) (any, *refusal) { return nil, from.remove(c.PathValue("id")) }
}

// list returns the handler for all objects whose members equal those in the query.
func (s *Server) list(from *store, members ...string) handler {
	return func(c *call) (any, *refusal) {
		return from.list(func(o object) bool {
			for _, member := range members {
				if want := c.URL.Query().Get(member); want != "" && o[member] != want && o["_"+member] != want {
					return false
				}
			}
			return true
		}), nil
	}
}
