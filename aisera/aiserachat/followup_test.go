package aiserachat_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/chat"
)

// The follow-up of an answer belongs to the next message, also if later frames of the answer do not name it.
func TestDriver_FollowUpIsKeptUntilTheNextMessage(t *testing.T) {
	v := newVendor(t, true)
	var followUps []string
	v.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		followUps = append(followUps, m.FollowUpID)
		return []aiseratest.Reply{
			{Mode: aisera.ModeStreamingInProgress, Answers: []string{"Which"}, FollowUpID: "f1"},
			{Mode: aisera.ModeStreamingCompleted, Answers: []string{"Which one?"}},
		}
	})
	c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	defer c.Close()
	for range 2 {
		_, err := c.Ask(t.Context(), chat.Message{Text: "my laptop"})
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"", "f1"}, followUps)
}

// A follow-up id is sent with one message only. An answer without one ends the step of the dialogue.
func TestDriver_FollowUpIsSentOnce(t *testing.T) {
	for _, socket := range []bool{false, true} {
		v := newVendor(t, socket)
		var followUps []string
		v.Answer(func(m aiseratest.Message) []aiseratest.Reply {
			followUps = append(followUps, m.FollowUpID)
			reply := aiseratest.Say("You said: " + m.Text)
			if m.Text == "my laptop" {
				reply.FollowUpID = "f1"
			}
			return []aiseratest.Reply{reply}
		})
		c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
		require.NoError(t, err)
		defer c.Close()
		for _, text := range []string{"my laptop", "the small one", "thank you"} {
			_, err := c.Ask(t.Context(), chat.Message{Text: text})
			require.NoError(t, err)
		}
		assert.Equal(t, []string{"", "f1", ""}, followUps)
	}
}

func TestDriver_FollowUpIsSentOnceToALiveAgent(t *testing.T) {
	v := newVendor(t, true)
	v.Answer(func(aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{
			{Mode: aisera.ModeLiveAgentWaiting, Answers: []string{"Please wait."}, FollowUpID: "f1"},
		}
	})
	c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Ask(t.Context(), chat.Message{Text: "an agent, please"})
	require.NoError(t, err)
	v.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
	for _, text := range []string{"hello", "are you there?"} {
		_, err := c.Ask(t.Context(), chat.Message{Text: text})
		require.NoError(t, err)
		assert.NotContains(t, string(c.State()), "f1")
	}
}

// A message that the live agent does not get, or whose state cannot be saved, has not been queued.
func TestDriver_AMessageThatALiveAgentDoesNotGet(t *testing.T) {
	v := newVendor(t, true)
	v.Answer(func(aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{{Mode: aisera.ModeLiveAgentWaiting, Answers: []string{"Please wait."}}}
	})
	down, saves := errors.New("down"), 9
	c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{Save: func(context.Context, chat.State) error {
		if saves++; saves == 2 { // before the message, and when it was accepted
			return down
		}
		return nil
	}})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Ask(t.Context(), chat.Message{Text: "an agent, please"})
	require.NoError(t, err)
	v.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
	_, err = c.Ask(t.Context(), chat.Message{Native: aisera.Message{SessionVars: map[string]any{"x": func() {}}}})
	require.ErrorIs(t, err, parley.ErrInvalidArgument)
	saves = 0
	_, err = c.Ask(t.Context(), chat.Message{Text: "hello"})
	require.ErrorIs(t, err, down)
}

// A follow-up id that does not fit into the State is not kept, and the live agent is remembered all the same.
func TestDriver_FollowUpThatIsTooLong(t *testing.T) {
	v := newVendor(t, true)
	v.Answer(func(aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{{
			Mode: aisera.ModeLiveAgentWaiting, Answers: []string{"Please wait."}, FollowUpID: strings.Repeat("f", 3000),
		}}
	})
	c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Ask(t.Context(), chat.Message{Text: "an agent, please"})
	require.NoError(t, err)
	assert.Contains(t, string(c.State()), `"memory":{"live":true}`)
}

// A failure that belongs to no exchange shows none of the vendor's words.
