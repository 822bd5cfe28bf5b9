package uistream

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/seed-127a5941/parley/chat"
)

// said is the message in a request of a client.
type said struct {
	conversation string
	message      chat.Message
	old          bool // the message comes from GET /{id}/messages, so it was said before
}

func (s said) mark() string { return mark(s.message.ID, s.message.ChoiceID, s.message.Text) }

// requestBody is what DefaultChatTransport sends. Members that are not here are the page's own.
type requestBody struct {
	ID       string          `json:"id"`
	Trigger  string          `json:"trigger"`
	Messages []clientMessage `json:"messages"`
	Message  *clientMessage  `json:"message"` // in place of Messages, as the documentation of the AI SDK suggests
}

type clientMessage struct {
	ID       string          `json:"id"`
	Role     string          `json:"role"`
	Metadata json.RawMessage `json:"metadata"`
	Parts    []clientPart    `json:"parts"`
}

type clientPart struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

const (
	maxMessageID = 200
	maxChoiceID  = 1000
	// savedPrefix begins the ids of the user's messages that GET /{id}/messages has read from the vendor.
	savedPrefix = "said-"
)

func bad(text string) error { return &requestError{http.StatusBadRequest, text} }

// readRequest reads the body of a request that says something.
func readRequest(w http.ResponseWriter, r *http.Request, maxBody int64, maxText int) (said, error) {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType != "application/json" {
		// A page of another origin cannot send JSON without asking first.
		return said{}, &requestError{http.StatusUnsupportedMediaType, "The request has to be JSON."}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return said{}, &requestError{
			http.StatusRequestEntityTooLarge, "The conversation is too long. Please begin a new one.",
		}
	}
	if err != nil {
		return said{}, bad("The request did not arrive whole.")
	}
	return decodeRequest(raw, maxText)
}

// decodeRequest reads the last message of the user and ignores the rest of the history, which a client may forge.
func decodeRequest(raw []byte, maxText int) (said, error) {
	var body requestBody
	if err := json.Unmarshal(raw, &body); err != nil {
		return said{}, bad("The request is not what a chat client sends.")
	}
	switch body.Trigger {
	case "", "submit-message", "regenerate-message":
	default:
		return said{}, bad("The trigger of the request is not known.")
	}
	if !validID.MatchString(body.ID) {
		return said{}, errBadID
	}
	m := lastOfUser(body)
	if m == nil {
		return said{}, bad("There is no message to answer.")
	}
	message, err := m.message(maxText)
	return said{conversation: body.ID, message: message, old: strings.HasPrefix(m.ID, savedPrefix)}, err
}

// lastOfUser returns the last message of the user. The answer behind it, if there is one, is to be made again.
func lastOfUser(body requestBody) *clientMessage {
	if body.Message != nil {
		if body.Message.Role != "user" {
			return nil
		}
		return body.Message
	}
	for i := len(body.Messages) - 1; i >= 0; i-- {
		if body.Messages[i].Role == "user" {
			return &body.Messages[i]
		}
	}
	return nil
}

func (m *clientMessage) message(maxText int) (chat.Message, error) {
	var chosen struct {
		Choice string `json:"choice"`
	}
	_ = json.Unmarshal(m.Metadata, &chosen) // the metadata is the page's own
	var texts []string
	for _, p := range m.Parts {
		switch p.Type {
		case "text":
			texts = append(texts, p.Text)
		case "file":
			return chat.Message{}, bad("The assistant cannot take files.")
		}
	}
	text := strings.Join(texts, "\n")
	switch {
	case m.ID == "" || len(m.ID) > maxMessageID:
		return chat.Message{}, bad("A message needs an id of at most 200 bytes.")
	case len(chosen.Choice) > maxChoiceID:
		return chat.Message{}, bad("This choice was not offered.")
	case strings.TrimSpace(text) == "" && chosen.Choice == "":
		return chat.Message{}, bad("The message is empty.")
	case utf8.RuneCountInString(text) > maxText:
		return chat.Message{}, bad("The message is too long.")
	}
	return chat.Message{ID: m.ID, Text: text, ChoiceID: chosen.Choice}, nil
}
