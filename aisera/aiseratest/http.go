package aiseratest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// errorBody returns the documented body of an error.
func errorBody(status int, text string) map[string]any {
	return map[string]any{"code": status, "error": text, "errors": []any{}}
}

func (s *Server) receive(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+Token {
		fakeserver.JSON(w, http.StatusUnauthorized, errorBody(http.StatusUnauthorized, "the token is not valid"))
		return
	}
	body, _ := io.ReadAll(r.Body)
	m, err := parse(body)
	if err != nil {
		fakeserver.JSON(w, http.StatusBadRequest, errorBody(http.StatusBadRequest, "ERR-003: the body is not JSON"))
		return
	}
	replies, echo := s.reply(m)
	replies = slices.DeleteFunc(slices.Clone(replies), func(r Reply) bool { return r.Late })
	if len(replies) == 0 {
		w.WriteHeader(http.StatusOK)
		return
	}
	if !echo {
		m.RequestID = ""
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(replies[len(replies)-1].encode(m.RequestID))
}

// reply calls the answer func for m.
func (s *Server) reply(m Message) (replies []Reply, echo bool) {
	s.mu.Lock()
	answer, echo := s.answer, s.echo
	s.mu.Unlock()
	s.act(m)
	m.First = s.hear(m)
	replies = answer(m)
	s.offer(replies)
	return replies, echo
}

// act writes m into the ledger, unless m only reads the history. The fake has one conversation for each user, so the
// ledger names no conversation.
func (s *Server) act(m Message) {
	if m.NeedsSessionHistory {
		return
	}
	operation := "POST /api/receive"
	if m.WebSocket {
		operation = "WS"
	}
	s.fake.Act(Action{Operation: operation, User: m.UserID, Text: m.Text})
}

// parse reads the members of a message. Over HTTP they are beside those of the user.
func parse(raw []byte) (Message, error) {
	var in struct {
		UserID              string `json:"userId"`
		UserEmail           string `json:"userEmail"`
		ChannelID           string `json:"channelId"`
		Text                string `json:"text"`
		FollowUpID          string `json:"followUpId"`
		RequestID           string `json:"reqId"`
		NeedsSessionHistory bool   `json:"needsSessionHistory"`
		IsReset             bool   `json:"isReset"`
		FollowUpData        struct {
			FormID          string         `json:"formId"`
			FormFieldValues map[string]any `json:"formFieldValues"`
		} `json:"followUpData"`
		SessionVars map[string]any `json:"sessionVars"`
	}
	err := json.Unmarshal(raw, &in)
	return Message{
		UserID: in.UserID, UserEmail: in.UserEmail, ChannelID: in.ChannelID,
		Text: in.Text, FollowUpID: in.FollowUpID, RequestID: in.RequestID,
		NeedsSessionHistory: in.NeedsSessionHistory, IsReset: in.IsReset,
		FormID: in.FollowUpData.FormID, FormFieldValues: in.FollowUpData.FormFieldValues,
		SessionVars: in.SessionVars, Raw: raw,
	}, err
}
