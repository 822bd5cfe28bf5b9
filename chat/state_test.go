package chat_test

import (
	"context"
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

// Two States of the same conversation, as the versions wrote them. They must stay readable.
const (
	golden = `{"v":2,"driver":"script","user":"okp_VfJ43Un","memory":{"conversation":"c-1"},` +
		`"pending":{"id":"m-2","hash":"UHBeBHBtzoc","at":"2026-11-25T20:00:00Z","accepted":true,"vid":"v-9"},` +
		`"last":{"id":"m-1","vid":"v-7"},"said":3,"lost":1,"late":"jyaAl_","offered":"rouK4F"}`
	golden1 = `{"v":1,"driver":"script","user":"okp_VfJ43Un","memory":{"conversation":"c-1"},` +
		`"pending":{"id":"m-2","hash":"UHBeBHBtzoc","at":"2026-11-25T20:00:00Z","accepted":true,"vid":"v-9"},` +
		`"last":{"id":"m-1","vid":"v-7"},"said":3,"lost":1,"late":"v-5","offered":["rouK4FeBDmQ"]}`
)

func TestState_AnOlderStateIsReadable(t *testing.T) {
	for _, state := range []chat.State{chat.State(golden), chat.State(golden1)} {
		s := &script{can: full}
		c := start(t, s, chat.Options{State: state})
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
}

func TestState_OfSomebodyElseIsRefused(t *testing.T) {
	other := func(from, to string) chat.State { return chat.State(strings.Replace(golden, from, to, 1)) }
	for name, state := range map[string]chat.State{
		"another user":    other("okp_VfJ43Un", "AAAAAAAAAAA"),
		"another driver":  other("script", "raia"),
		"a later version": other(`"v":2`, `"v":3`),
		"no version":      other(`"v":2`, `"x":2`),
		"no JSON":         chat.State("{"),
		"an odd version":  other(`"said":3`, `"said":{}`),
		"an odd first":    chat.State(strings.Replace(golden1, `"said":3`, `"said":{}`, 1)),
	} {
		_, err := chat.New(&script{}, user, chat.Options{State: state})
		require.ErrorIs(t, err, parley.ErrInvalidArgument, name)
	}
	_, err := chat.New(&script{}, chat.User{}, chat.Options{})
	require.ErrorIs(t, err, parley.ErrInvalidArgument)
}

// A damaged State may hold any number.
func TestState_CountsThatCannotBeRightAreRefused(t *testing.T) {
	for _, change := range [][2]string{
		{`"said":3`, `"said":-1`}, {`"said":3`, `"said":2147483647`},
		{`"lost":1`, `"lost":-1`}, {`"lost":1`, `"lost":2147483647`},
	} {
		state := chat.State(strings.Replace(golden, change[0], change[1], 1))
		_, err := chat.New(&script{can: full}, user, chat.Options{State: state})
		require.ErrorIs(t, err, parley.ErrInvalidArgument, change[1])
	}
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

// A store that keeps a State within a JSON document of its own escapes HTML in it. The State must not grow by that.
func TestState_MarshaledWithinAnotherValue(t *testing.T) {
	s := &script{can: full, send: says(message("", "fine"))}
	want := strings.Repeat(`<<>>&\u003c\\u003e`, 95) + "\u2028\"\n"
	c := start(t, s, chat.Options{})
	require.NoError(t, s.mem.Set(want))
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	var stored struct{ State chat.State }
	for range 3 {
		raw, err := json.Marshal(struct{ State chat.State }{c.State()})
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, &stored))
		require.Greater(t, len(stored.State), len(c.State())+2000, "it is escaped")
		c = start(t, s, chat.Options{State: stored.State})
		assert.Less(t, len(c.State()), len(stored.State)-2000)
		var got string
		require.NoError(t, s.mem.Get(&got))
		require.Equal(t, want, got)
		_, err = c.Ask(t.Context(), chat.Message{Text: "x"})
		require.NoError(t, err)
	}
}

// A State that cannot be encoded must not become nil, because a store would forget the conversation.
func TestState_TooLargeStaysAsItWas(t *testing.T) {
	large := chat.State(strings.Replace(golden, `"c-1"`, `"`+strings.Repeat("c", 4096)+`"`, 1))
	c := start(t, &script{can: full}, chat.Options{State: large})
	assert.Equal(t, large, c.State())
}

func TestState_StaysBelow4KiBWhateverComes(t *testing.T) {
	s := &script{can: full}
	answer := offering(numbered("choice", 500)...)
	answer.ID = ""
	long := func(prefix string) string { return prefix + strings.Repeat("i", 200-len(prefix)) }
	fail := error(nil)
	s.send = func(_ context.Context, m chat.Message, turn *chat.Turn) error {
		if err := turn.Accepted(long("vendor" + m.ID[:3])); err != nil {
			return err
		}
		if fail != nil {
			return fail
		}
		return turn.Emit(answer)
	}
	c := start(t, s, chat.Options{})
	require.NoError(t, s.mem.Set(strings.Repeat("<", 2046)))
	require.ErrorIs(t, s.mem.Set(strings.Repeat("x", 2047)), parley.ErrInvalidArgument)
	require.ErrorIs(t, s.mem.Set(func() {}), parley.ErrInvalidArgument)
	s.list = func(context.Context) (chat.Listing, error) { return chat.Listing{}, parley.ErrNotFound }
	for i := range 50 {
		if fail = nil; i%2 == 1 {
			fail = errLost
		}
		_, err := c.Ask(t.Context(), chat.Message{ID: long(fmt.Sprint(100 + i)), Text: strings.Repeat("long", 10_000)})
		require.ErrorIs(t, err, fail)
		if fail != nil && i < 49 {
			_, err = chat.Collect(c.Recover(t.Context()))
			require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		}
	}
	assert.Less(t, len(c.State()), 4096)
	assert.Greater(t, len(c.State()), 3800, "the state is as large as it can be")
	_, err := chat.Collect(c.Recover(t.Context()))
	require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	for _, id := range []string{strings.Repeat("i", 201), strings.Repeat("\x01", 40)} {
		_, err = c.Ask(t.Context(), chat.Message{ID: id, Text: "x"})
		require.ErrorIs(t, err, parley.ErrInvalidArgument)
	}
	fail = nil
	_, err = c.Ask(t.Context(), chat.Message{ID: "last", ChoiceID: "choice499"})
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

func offering(ids ...string) chat.Event {
	e := message("", "choose")
	for _, id := range ids {
		e.Choices = append(e.Choices, chat.Choice{ID: id, Label: id})
	}
	return e
}

func numbered(prefix string, n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprint(prefix, i))
	}
	return ids
}

func TestOffered_AChoiceThatIsOfferedAgainIsNew(t *testing.T) {
	s := &script{can: full, send: says(offering("again"), offering(numbered("a", 99)...), offering("again"),
		offering(numbered("b", 50)...))}
	c := start(t, s, chat.Options{})
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	_, err = c.Ask(t.Context(), chat.Message{ChoiceID: "again"})
	require.NoError(t, err)
}

func TestOffered_AMessageWithManyChoicesKeepsAllOfThem(t *testing.T) {
	s := &script{can: full, send: says(offering(numbered("a", 100)...))}
	c := start(t, s, chat.Options{})
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	s.send = says(message("", "fine"))
	for _, id := range numbered("a", 100) {
		_, err = c.Ask(t.Context(), chat.Message{ChoiceID: id})
		require.NoError(t, err)
	}
}

func TestOffered_AChoiceIsSavedBeforeItIsShown(t *testing.T) {
	s := &script{can: full, send: says(offering("a"))}
	var saved chat.State
	save := func(_ context.Context, state chat.State) error { saved = state; return nil }
	c := start(t, s, chat.Options{Save: save})
	for e, err := range c.Send(t.Context(), chat.Message{Text: "x"}) {
		require.NoError(t, err)
		if e.Kind == chat.EventMessage {
			break // as if the process had died
		}
	}
	s.list = func(context.Context) (chat.Listing, error) { return chat.Listing{}, parley.ErrNotFound }
	next := start(t, s, chat.Options{State: saved})
	_, err := chat.Collect(next.Recover(t.Context()))
	require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	_, err = next.Ask(t.Context(), chat.Message{ChoiceID: "a"})
	require.NoError(t, err)
}

// FuzzState opens a conversation with any State. One that New takes is written back in a form that New takes, and it
// can be recovered, whatever it says of the messages that the vendor has.
func FuzzState(f *testing.F) {
	wrong := strings.NewReplacer(`"said":3`, `"said":-1`, `,"vid":"v-9"`, "", `"lost":1`, `"lost":-1`).Replace(golden)
	for _, seed := range []string{golden, golden1, wrong} {
		f.Add([]byte(seed))
	}
	fresh, err := chat.New(&script{can: full}, user, chat.Options{})
	require.NoError(f, err)
	f.Add([]byte(fresh.State()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := &script{can: full}
		shows(s, spoken("1", chat.RoleUser, "yes"), spoken("2", chat.RoleAssistant, "good"))
		c, err := chat.New(s, user, chat.Options{
			State: raw, RecoverWait: time.Nanosecond, PollInterval: time.Nanosecond,
		})
		if err != nil {
			require.ErrorIs(t, err, parley.ErrInvalidArgument)
			return
		}
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = chat.Collect(c.Recover(ctx))
		state := c.State()
		require.Less(t, len(state), 4096)
		_, err = chat.New(&script{can: full}, user, chat.Options{State: state})
		require.NoError(t, err)
	})
}
