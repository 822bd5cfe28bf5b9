package chat_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

func TestSend_AFailedOpeningSaysNothing(t *testing.T) {
	sent := false
	s := &script{can: full, send: func(context.Context, chat.Message, *chat.Turn) error { sent = true; return nil }}
	cause := &customError{}
	s.open = func(context.Context, *chat.Memory) error {
		return errors.Join(cause, parley.ErrServer, parley.ErrDeliveryUnknown)
	}
	c := start(t, s, chat.Options{})
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.ErrorIs(t, err, parley.ErrNotSent)
	require.ErrorIs(t, err, parley.ErrServer)
	require.NotErrorIs(t, err, parley.ErrDeliveryUnknown, "the opening may have had an effect, the message had none")
	var found *customError
	require.ErrorAs(t, err, &found)
	assert.Contains(t, err.Error(), "chat: open the conversation: custom")
	assert.False(t, sent)
	_, open := c.Pending()
	assert.False(t, open)
	_, err = chat.Collect(c.HandOver(t.Context()))
	require.ErrorIs(t, err, parley.ErrNotSent)
}

type customError struct{}

func (*customError) Error() string { return "custom" }

// What the opening sets is saved before the message is sent.
func TestSend_SavesTheOpeningBeforeTheMessage(t *testing.T) {
	var saved []string
	s := &script{can: full}
	s.open = func(_ context.Context, mem *chat.Memory) error {
		return mem.Set(map[string]string{"conversation": "c-1"})
	}
	s.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
		require.Len(t, saved, 1)
		assert.Contains(t, saved[0], "c-1")
		assert.Contains(t, saved[0], `"pending"`)
		return turn.Emit(message("1", "x"))
	}
	save := func(_ context.Context, state chat.State) error {
		saved = append(saved, string(state))
		return nil
	}
	_, err := start(t, s, chat.Options{Save: save}).Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	assert.Len(t, saved, 2)
}

func TestSend_ChecksTheMessage(t *testing.T) {
	c := start(t, &script{can: full}, chat.Options{})
	for _, m := range []chat.Message{
		{}, {ID: "only"}, {ChoiceID: "made-up"}, {ChoiceID: "a", Native: 1},
	} {
		_, err := c.Ask(t.Context(), m)
		require.ErrorIs(t, err, parley.ErrInvalidArgument)
	}
}

func TestGreet_IsATurnWithoutAMessage(t *testing.T) {
	s := &script{can: full, greet: func(_ context.Context, turn *chat.Turn) error {
		if err := turn.Accepted("g"); err != nil {
			return err
		}
		return turn.Emit(message("1", "Welcome"))
	}}
	c := start(t, s, chat.Options{})
	a, err := chat.Collect(c.Greet(t.Context()))
	require.NoError(t, err)
	assert.Equal(t, "Welcome", a.Text)
	_, open := c.Pending()
	assert.False(t, open)
	s.greet = func(context.Context, *chat.Turn) error { return errLost }
	_, err = chat.Collect(c.HandOver(t.Context()))
	require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	_, open = c.Pending()
	assert.False(t, open)
}

func TestTurns_ThatCapabilitiesDeny(t *testing.T) {
	c := start(t, &script{}, chat.Options{})
	_, err := chat.Collect(c.Greet(t.Context()))
	require.ErrorIs(t, err, chat.ErrUnsupported)
	_, err = chat.Collect(c.HandOver(t.Context()))
	require.ErrorIs(t, err, chat.ErrUnsupported)
	for _, err := range c.Events(t.Context(), "") {
		require.ErrorIs(t, err, chat.ErrUnsupported)
	}
}

func TestAsk_WithAnErrorReturnsWhatCame(t *testing.T) {
	s := &script{can: full, send: func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
		offer := message("1", "whole")
		offer.Cards = []chat.Card{{Choices: []chat.Choice{{ID: "c"}}}}
		_ = turn.Emit(offer)
		_ = turn.Emit(delta("2", "ha", false))
		return parley.ErrTruncated
	}}
	a, err := start(t, s, chat.Options{}).Ask(t.Context(), chat.Message{Text: "x"})
	require.ErrorIs(t, err, parley.ErrTruncated)
	assert.Equal(t, "whole\nha", a.Text)
	assert.Equal(t, []chat.Choice{{ID: "c"}}, a.Choices)
	assert.Empty(t, a.Finish)
}

func TestSend_IDThatIsNotUTF8IsRefused(t *testing.T) {
	c := start(t, memchat.New(memchat.NewVendor(), memchat.Options{}), chat.Options{})
	_, err := c.Ask(t.Context(), chat.Message{ID: "m-\xff", Text: "hello"})
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
	_, pending := c.Pending()
	assert.False(t, pending)
}

// A conversation that HandOver has opened is saved, whatever becomes of the hand-over.
func TestHandOver_SavesTheConversationThatItOpened(t *testing.T) {
	s := &script{can: full}
	s.open = func(_ context.Context, mem *chat.Memory) error { return mem.Set("c-1") }
	var saved chat.State
	s.greet = func(_ context.Context, turn *chat.Turn) error {
		assert.Contains(t, string(saved), "c-1", "it is saved before the hand-over")
		if err := s.mem.Set("c-1, manual"); err != nil {
			return err
		}
		return errLost
	}
	save := func(_ context.Context, state chat.State) error { saved = state; return nil }
	_, err := chat.Collect(start(t, s, chat.Options{Save: save}).HandOver(t.Context()))
	require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.Contains(t, string(saved), "manual", "what the driver has set by then is saved too")
	down := func(context.Context, chat.State) error { return errEnough }
	_, err = chat.Collect(start(t, s, chat.Options{Save: down}).HandOver(t.Context()))
	require.ErrorIs(t, err, parley.ErrNotSent)
	require.ErrorIs(t, err, errEnough)
}
