package raiatest

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
	s.answers[id] = &async{polls: s.pending, result: promptResult(c.reply, s.nextFailure())}
	return object{"promptId": id}, nil
}

// promptResponse returns null while the answer is not complete, as the vendor describes it.
func (s *Server) promptResponse(c *call) (any, *refusal) { return s.poll(c.PathValue("id"), null{}) }

// null is sent as null. A nil has no body instead.
type null struct{}

// MarshalJSON encodes null.
func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }
