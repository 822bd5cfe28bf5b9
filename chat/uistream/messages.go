package uistream

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/seed-127a5941/parley/chat"
)

// messages serves GET /{id}/messages.
func (h *Handler) messages(w http.ResponseWriter, r *http.Request, user chat.User, id string) error {
	k := key{user.ID, id}
	l, state, err := h.load(r.Context(), k)
	if err != nil {
		return err
	}
	var shown []json.RawMessage
	if state != nil && h.config.Driver.Capabilities().History {
		t, err := h.talks.use(k, user, state)
		if err != nil {
			return err
		}
		history, err := t.History(r.Context())
		h.talks.release(t)
		if err != nil {
			return err
		}
		shown = l.withHistory(history)
	} else {
		shown = l.alone()
	}
	if shown == nil {
		shown = []json.RawMessage{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(encode(shown)) // a client that has left needs no messages
	return nil
}

// alone returns the messages of a vendor that shows no history. A message whose fate is open is the last.
func (l ledger) alone() []json.RawMessage {
	if l.Turn.unread() {
		id := l.Turn.Answer
		return slices.DeleteFunc(slices.Clone(l.Messages), func(raw json.RawMessage) bool {
			var m struct{ ID string }
			return json.Unmarshal(raw, &m) == nil && m.ID == id
		})
	}
	if !l.Turn.open() {
		return l.Messages
	}
	return append(slices.Clone(l.Messages), encode(l.Turn.userMessage()))
}

// withHistory returns the messages that a vendor shows, below the greeting. The answer under way is not among them, and
// the last message and its answer have the ids that the page knows.
func (l ledger) withHistory(history []chat.Event) []json.RawMessage {
	messages := make([]message, 0, len(history)+1)
	for _, e := range history {
		m := uiMessage(e)
		if e.Role == chat.RoleUser {
			m.ID = savedPrefix + m.ID
		}
		messages = append(messages, m)
	}
	if t := l.Turn; t != nil && t.Kind == kindMessage && t.End != endUnsaid {
		messages = t.adopt(messages)
	}
	shown := slices.Clone(l.Messages)
	for _, m := range messages {
		shown = append(shown, encode(m))
	}
	return shown
}

// adopt gives the last message of the user, and the answer to it, the ids of the turn.
func (t *turn) adopt(messages []message) []message {
	last := len(messages) - 1
	for last >= 0 && messages[last].Role != "user" {
		last--
	}
	found := last >= 0 && t.Text != "" && messages[last].text() == t.Text
	if found {
		messages[last].ID = t.ID
		messages[last].Metadata.Choice = t.Choice
	}
	switch {
	case (t.open() || t.unread()) && found:
		answered := func(m message) bool { return m.Metadata.Role == string(chat.RoleAssistant) }
		return append(messages[:last+1], slices.DeleteFunc(messages[last+1:], answered)...)
	case t.open():
		return append(messages, t.userMessage())
	}
	return t.merge(messages)
}

// merge makes one message of those that the answer consists of, as the response did.
func (t *turn) merge(messages []message) []message {
	var merged []message
	answer := -1 // index of the answer in merged
	for _, m := range messages {
		switch {
		case m.Role != "assistant" || !slices.Contains(t.IDs, m.ID):
			merged = append(merged, m)
		case answer < 0:
			answer = len(merged)
			m.ID = t.Answer
			merged = append(merged, m)
		default:
			merged[answer].Parts = append(merged[answer].Parts, m.Parts...)
			merged[answer].Metadata = m.Metadata
		}
	}
	return merged
}

// text returns the text of a message of the user.
func (m message) text() string {
	text := ""
	for _, p := range m.Parts {
		text += p.Text
	}
	return text
}
