package uistream

import (
	"net/url"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley/chat"
)

// message is a UI message of the AI SDK, as pages keep it.
type message struct {
	ID       string   `json:"id"`
	Role     string   `json:"role"` // user or assistant
	Metadata metadata `json:"metadata"`
	Parts    []part   `json:"parts"`
}

// metadata belongs to a message of GET /{id}/messages and of GET /{id}/events, and to the answer of a turn.
type metadata struct {
	ID     string `json:"id,omitempty"`     // of the vendor's message, for Last-Event-ID
	Role   string `json:"role,omitempty"`   // who speaks: chat.Role
	At     string `json:"at,omitempty"`     // RFC 3339
	Finish string `json:"finish,omitempty"` // chat.Event.Finish, of an answer
	Choice string `json:"choice,omitempty"` // ID of the choice that the user chose
}

// part is a part of a message.
type part struct {
	Type      string `json:"type"`
	Text      string `json:"text,omitempty"`
	ID        string `json:"id,omitempty"`
	MediaType string `json:"mediaType,omitempty"`
	URL       string `json:"url,omitempty"`
	Filename  string `json:"filename,omitempty"`
	Data      any    `json:"data,omitempty"`
}

// uiMessage returns a whole message as pages keep it.
func uiMessage(e chat.Event) message {
	m := message{ID: e.ID, Role: "assistant", Metadata: metadata{ID: e.ID, Role: string(e.Role)}, Parts: partsOf(e)}
	if e.Role == chat.RoleUser {
		m.Role = "user"
	}
	if !e.At.IsZero() {
		m.Metadata.At = e.At.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	}
	return m
}

// userMessage returns the user's message as pages keep it.
func (t turn) userMessage() message {
	m := message{
		ID: t.ID, Role: "user", Metadata: metadata{Role: string(chat.RoleUser), Choice: t.Choice}, Parts: []part{},
	}
	if t.Text != "" {
		m.Parts = append(m.Parts, part{Type: "text", Text: t.Text})
	}
	return m
}

// answerMessages returns the messages of a turn: those of the agent as one with an ID, and those of others.
func answerMessages(id string, whole []chat.Event) []message {
	answer := message{ID: id, Role: "assistant", Metadata: metadata{Role: string(chat.RoleAssistant)}, Parts: []part{}}
	var others []message
	for _, e := range whole {
		m := uiMessage(e)
		if e.Role != chat.RoleAssistant {
			others = append(others, m)
			continue
		}
		answer.Metadata = m.Metadata
		answer.Parts = append(answer.Parts, m.Parts...)
	}
	if len(answer.Parts) == 0 {
		return others
	}
	return append([]message{answer}, others...)
}

// partsOf returns the parts of a whole message.
func partsOf(e chat.Event) []part {
	parts := []part{}
	if e.Text != "" {
		parts = append(parts, part{Type: "text", Text: e.Text})
	}
	for _, f := range e.Files {
		if shown, ok := fileChunk(f); ok {
			parts = append(parts, part{
				Type: "file", MediaType: shown.MediaType, URL: shown.URL, Filename: f.Name,
			})
		} else {
			parts = append(parts, part{Type: typeFile, Data: fileData(f)})
		}
	}
	if cards := cardsOf(e.Cards); len(cards) > 0 {
		parts = append(parts, part{Type: typeCards, ID: e.ID, Data: map[string]any{"cards": cards}})
	}
	if choices := choicesOf(e.Choices); len(choices) > 0 {
		parts = append(parts, part{Type: typeChoices, ID: e.ID, Data: map[string]any{"choices": choices}})
	}
	return parts
}

// fileChunk returns the chunk of a file that has an address.
func fileChunk(f chat.File) (chunk, bool) {
	address := safeURL(f.URL, "http", "https", "data")
	if address == "" {
		return chunk{}, false
	}
	mediaType := f.MediaType
	if mediaType == "" {
		mediaType = "application/octet-stream"
	}
	return chunk{Type: "file", URL: address, MediaType: mediaType}, true
}

func fileData(f chat.File) file { return file{ID: f.ID, Name: f.Name, MediaType: f.MediaType} }

func cardsOf(cards []chat.Card) []card {
	var shown []card
	for _, c := range cards {
		choices := choicesOf(c.Choices)
		if choices == nil {
			choices = []choice{}
		}
		image := safeURL(c.ImageURL, "http", "https", "data")
		shown = append(shown, card{Title: c.Title, Subtitle: c.Subtitle, ImageURL: image, Choices: choices})
	}
	return shown
}

// choicesOf leaves out links that a page must not follow.
func choicesOf(choices []chat.Choice) []choice {
	var shown []choice
	for _, c := range choices {
		address := safeURL(c.URL, "http", "https", "mailto", "tel")
		if c.URL != "" && address == "" {
			continue
		}
		shown = append(shown, choice{ID: c.ID, Label: c.Label, URL: address})
	}
	return shown
}

// safeURL returns address if it has one of the schemes or is relative. A page that shows a link with another one, such
// as javascript, would run the vendor's text.
func safeURL(address string, schemes ...string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "" && !slices.Contains(schemes, u.Scheme) {
		return ""
	}
	return strings.TrimSpace(address)
}
