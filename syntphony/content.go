package syntphony

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
)

// Content is the content of an answer. Its form depends on the type of the answer. Content keeps unknown forms too.
type Content struct {
	// Raw is the content as sent. It is nil if the server sent no content.
	Raw parley.Raw
}

// Card is one card of a carousel.
type Card struct {
	// ImageURL is the URL of the card's picture. It may be empty.
	ImageURL string `json:"imageUrl"`
	// Title is the title of the card.
	Title string `json:"title"`
	// SubTitle is the second title of the card. It may be empty.
	SubTitle string `json:"subTitle"`
	// Buttons are the buttons of the card.
	Buttons []Button `json:"buttons"`
}

// File is the content of an answer of type AnswerTypeFile.
type File struct {
	// URL is the URL of the file.
	URL string
	// Name is the name of the file. It may be empty.
	Name string
}

// UnmarshalJSON keeps a copy of raw.
func (c *Content) UnmarshalJSON(raw []byte) error {
	c.Raw = bytes.Clone(raw)
	return nil
}

// MarshalJSON returns Raw, or null.
func (c Content) MarshalJSON() ([]byte, error) {
	if c.Raw == nil {
		return []byte("null"), nil
	}
	return c.Raw, nil
}

// Text returns the content if it is a text. That is so for all answer types but carousel and, it seems, file.
func (c Content) Text() (string, bool) {
	if len(c.Raw) == 0 || c.Raw[0] != '"' {
		return "", false
	}
	if !lenient.Valid(c.Raw) {
		return "", false
	}
	return lenient.Text(bytes.TrimSpace(c.Raw))
}

// Cards returns the content if it is a list of cards, as for AnswerTypeCarousel.
func (c Content) Cards() ([]Card, bool) {
	if len(c.Raw) == 0 || c.Raw[0] != '[' {
		return nil, false
	}
	var cards []Card
	if lenient.Unmarshal(c.Raw, &cards) != nil {
		return nil, false
	}
	return cards, true
}

// File returns URL and name of an AnswerTypeFile. The vendor says that the content holds both, but not under which
// names, so File guesses. A text is the URL. In an object, the URL is a member named like a URL, and the name is a
// member named like a name. If the guess fails, look at Raw.
func (c Content) File() (*File, bool) {
	if text, ok := c.Text(); ok {
		return &File{URL: text}, text != ""
	}
	var members map[string]any
	if json.Unmarshal(c.Raw, &members) != nil {
		return nil, false
	}
	plain := make(map[string]string, len(members))
	for name, value := range members {
		if text, ok := value.(string); ok {
			plain[strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))] = text
		}
	}
	file := &File{
		URL:  pick(plain, "url", "fileurl", "link", "href", "uri", "src"),
		Name: pick(plain, "filename", "name", "title"),
	}
	if file.URL == "" {
		return nil, false
	}
	return file, true
}

func pick(members map[string]string, names ...string) string {
	for _, name := range names {
		if members[name] != "" {
			return members[name]
		}
	}
	return ""
}

// Decode decodes the content into out, a pointer. An AnswerTypeCustom is a text that holds JSON for the vendor's own
// connector. If out cannot hold a text, Decode decodes that JSON.
func (c Content) Decode(out any) error {
	if len(c.Raw) == 0 {
		return errors.New("syntphony: decode content: the server sent no content")
	}
	err := json.Unmarshal(c.Raw, out)
	if err == nil {
		return nil
	}
	if text, ok := c.Text(); ok && json.Unmarshal([]byte(text), out) == nil {
		return nil
	}
	return err
}
