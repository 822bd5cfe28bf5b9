package chat_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// A list that lacks messages which were answered is not whole, so that nothing is proved by it.
func TestRecover_AListThatIsNotWholeProvesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full, send: says(message("", "fine"))}
		c := start(t, s, chat.Options{})
		for range 3 {
			_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
			require.NoError(t, err)
		}
		s.send = fails(errLost)
		_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		s.list = func(context.Context) (chat.Listing, error) {
			return listing(spoken("3", chat.RoleUser, "yes"), spoken("4", chat.RoleAssistant, "fine")), nil
		}
		a, _, err := recovered(t, c)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		assert.Empty(t, a.Messages)
	})
}

// A list that lacks answered messages as well must not make the Conversation count from the beginning again. It would
// take the first message for a later one.
func TestRecover_AListThatIsNotWholeIsNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := start(t, s, chat.Options{})
		var whole []chat.Listed
		say := func(id string, err error) {
			s.send = fails(err)
			if err == nil {
				s.send = says(message("a"+id, "answer "+id))
			}
			_, failed := c.Ask(t.Context(), chat.Message{Text: id})
			require.ErrorIs(t, failed, err)
			whole = append(whole, spoken("u"+id, chat.RoleUser, id))
			if id != "4" {
				answer := spoken("a"+id, chat.RoleAssistant, "answer "+id)
				answer.AnswerTo = "u" + id
				whole = append(whole, answer)
			}
		}
		for _, id := range []string{"1", "2", "3"} {
			say(id, nil)
		}
		say("4", parley.ErrAnswerFailed)
		shown := shows(s) // the list shows only what comes from now on
		say("5", errLost)
		shown.add(whole...)
		a, _, err := recovered(t, c)
		require.NoError(t, err)
		assert.Equal(t, "answer 5", a.Text)
	})
}
