package chat_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// golden is a State as version 1 wrote it. It must stay readable.
const golden = `{"v":1,"driver":"script","user":"okp_VfJ43Un","memory":{"conversation":"c-1"},` +
	`"pending":{"id":"m-2","hash":"UHBeBHBtzoc","at":"2026-11-25T20:00:00Z","accepted":true,"vid":"v-9"},` +
	`"last":{"id":"m-1","vid":"v-7"},"said":3,"lost":1,"late":"v-5","offered":["rouK4FeBDmQ"]}`

func TestState_AnOlderStateIsReadable(t *testing.T) {
	s := &script{can: full}
	c := start(t, s, chat.Options{State: chat.State(golden)})
	p, ok := c.Pending()
	require.True(t, ok)
	assert.Equal(t, "m-2", p.ID)
	assert.Equal(t, time.Date(2026, 11, 25, 20, 0, 0, 0, time.UTC), p.SentAt)
	var known struct{ Conversation string }
	require.NoError(t, s.mem.Get(&known))
	assert.Equal(t, "c-1", known.Conversation)
	assert.JSONEq(t, golden, string(c.State()))
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.ErrorIs(t, err, chat.ErrPending)
}

func TestState_OfSomebodyElseIsRefused(t *testing.T) {
	other := func(from, to string) chat.State { return chat.State(strings.Replace(golden, from, to, 1)) }
	for name, state := range map[string]chat.State{
		"another user":    other("okp_VfJ43Un", "AAAAAAAAAAA"),
		"another driver":  other("script", "raia"),
		"a later version": other(`"v":1`, `"v":2`),
		"no version":      other(`"v":1`, `"x":1`),
		"no JSON":         chat.State("{"),
	} {
		_, err := chat.New(&script{}, user, chat.Options{State: state})
		require.ErrorIs(t, err, parley.ErrInvalidArgument, name)
	}
	_, err := chat.New(&script{}, chat.User{}, chat.Options{})
	require.ErrorIs(t, err, parley.ErrInvalidArgument)
}

func TestState_MarshalsAsItself(t *testing.T) {
	type session struct{ Chat, None chat.State }
	raw, err := json.Marshal(session{Chat: chat.State(golden)})
	require.NoError(t, err)
	assert.JSONEq(t, `{"Chat":`+golden+`,"None":null}`, string(raw))
	var back session
	require.NoError(t, json.Unmarshal(raw, &back))
	assert.JSONEq(t, golden, back.Chat.String())
	assert.Nil(t, back.None)
}

func TestState_StaysBelow4KiBWhateverComes(t *testing.T) {
	s := &script{can: full}
	var choices []chat.Choice
	for i := range 500 {
		choices = append(choices, chat.Choice{ID: fmt.Sprint("choice", i), Label: strings.Repeat("x", 100)})
	}
	answer := message("", "x")
	answer.Choices = choices
	s.send = says(answer)
	c := start(t, s, chat.Options{})
	require.NoError(t, s.mem.Set(strings.Repeat("<", 2000)))
	require.ErrorIs(t, s.mem.Set(strings.Repeat("x", 3000)), parley.ErrInvalidArgument)
	require.ErrorIs(t, s.mem.Set(func() {}), parley.ErrInvalidArgument)
	_, err := c.Ask(t.Context(), chat.Message{ID: strings.Repeat("i", 200), Text: strings.Repeat("long", 10_000)})
	require.NoError(t, err)
	assert.Less(t, len(c.State()), 4096)
	_, err = c.Ask(t.Context(), chat.Message{ID: strings.Repeat("i", 201), Text: "x"})
	require.ErrorIs(t, err, parley.ErrInvalidArgument)
	_, err = c.Ask(t.Context(), chat.Message{ChoiceID: "choice499"})
	require.NoError(t, err)
	_, err = c.Ask(t.Context(), chat.Message{ChoiceID: "choice1"})
	require.ErrorIs(t, err, parley.ErrInvalidArgument, "only the latest choices are kept")
}

func TestPending_Matches(t *testing.T) {
	c := pendingIn(t, &script{can: full})
	p, ok := c.Pending()
	require.True(t, ok)
	assert.True(t, p.Matches(chat.Message{ID: "other", Text: "yes"}))
	assert.False(t, p.Matches(chat.Message{ID: "m", Text: "no"}))
	_, ok = start(t, &script{}, chat.Options{}).Pending()
	assert.False(t, ok)
}
