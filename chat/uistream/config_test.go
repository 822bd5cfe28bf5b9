package uistream_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
)

func TestNewHandler_ValidatesItsConfig(t *testing.T) {
	user := func(*http.Request) (chat.User, error) { return chat.User{}, nil }
	for name, change := range map[string]func(*uistream.Config){
		"Driver":    func(c *uistream.Config) { c.Driver = nil },
		"User":      func(c *uistream.Config) { c.User = nil },
		"MaxBody":   func(c *uistream.Config) { c.MaxBody = -1 },
		"MaxText":   func(c *uistream.Config) { c.MaxText = -1 },
		"MaxTurns":  func(c *uistream.Config) { c.MaxTurns = -1 },
		"MaxWait":   func(c *uistream.Config) { c.MaxWait = -1 },
		"Heartbeat": func(c *uistream.Config) { c.Heartbeat = time.Nanosecond },
		"Origins":   func(c *uistream.Config) { c.Origins = []string{"shop.example/"} },
	} {
		config := uistream.Config{Driver: newVendor(nil), User: user}
		change(&config)
		_, err := uistream.NewHandler(config)
		assert.ErrorIs(t, err, parley.ErrInvalidArgument, name)
		assert.ErrorContains(t, err, name)
	}
}

func TestHandler_AUserWithoutAnIDIsAFaultOfTheProgram(t *testing.T) {
	v := newVendor(nil)
	s := newSite(t, uistream.Config{
		Driver: v, User: func(*http.Request) (chat.User, error) { return chat.User{Name: "Ann"}, nil },
	})
	s.refused(s.post(body("c1", "m1", "hello")), http.StatusServiceUnavailable)
	assert.Empty(t, v.said())
}

// A driver that cannot connect is a failure of the request, and the conversation is free again.
func TestHandler_ADriverThatCannotConnect(t *testing.T) {
	v, s := newPair(t, nil)
	v.refuses = errors.New("no")
	s.refused(s.post(body("c1", "m1", "hello")), http.StatusServiceUnavailable)
	s.refused(s.request(t.Context(), "ann", http.MethodGet, "/c1/events", ""), http.StatusServiceUnavailable)
	v.refuses = nil
	assert.Equal(t, "You said: hello", s.say("c1", "m1", "hello").text())
}
