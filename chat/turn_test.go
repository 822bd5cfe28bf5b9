package chat_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

func delta(id, text string, replace bool) chat.Event {
	return chat.Event{Kind: chat.EventDelta, ID: id, Text: text, Replace: replace}
}

func TestEmit_CompletesEvents(t *testing.T) {
	s := &script{can: full, send: says(
		delta("", "He", false), delta("", "llo", false), delta("b", "wrong", false), delta("b", "right", true),
		message("c", "whole"), message("c", "again"), delta("c", "too late", false),
		chat.Event{Kind: chat.EventMessage, Text: "nameless"},
		chat.Event{Kind: chat.EventPart, Part: []byte(`{"type":"x"}`)},
	)}
	a, err := start(t, s, chat.Options{}).Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	var all []string
	for _, m := range a.Messages {
		assert.NotEmpty(t, m.ID)
		assert.Equal(t, chat.RoleAssistant, m.Role)
		all = append(all, m.Text)
	}
	assert.Equal(t, []string{"whole", "nameless", "right"}, all, "a nameless message ends the nameless deltas")
	assert.Len(t, a.Parts, 1)
	assert.Equal(t, "whole\nnameless\nright", a.Text)
}

func TestEmit_RefusesWhatIsNoEvent(t *testing.T) {
	for _, events := range [][]chat.Event{
		{{Kind: "surprise"}}, {{Kind: chat.EventDone}, message("1", "x")},
	} {
		s := &script{can: full, send: says(events...)}
		_, err := start(t, s, chat.Options{}).Ask(t.Context(), chat.Message{Text: "x"})
		require.ErrorIs(t, err, parley.ErrInvalidArgument)
	}
}

func TestEmit_AfterTheLoopWasLeft(t *testing.T) {
	var later error
	s := &script{can: full, send: func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
		_ = turn.Emit(message("1", "x")) // a driver that does not look at the error
		later = turn.Emit(message("2", "y"))
		return nil
	}}
	c := start(t, s, chat.Options{})
	for range c.Send(t.Context(), chat.Message{Text: "x"}) {
		break
	}
	require.Error(t, later)
	_, open := c.Pending()
	assert.True(t, open)
}

func TestEmit_FinishAndLastID(t *testing.T) {
	s := &script{can: full, send: func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
		if err := turn.Accepted("v-1"); err != nil {
			return err
		}
		return turn.Emit(chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})
	}}
	for e, err := range start(t, s, chat.Options{}).Send(t.Context(), chat.Message{Text: "x"}) {
		require.NoError(t, err)
		assert.Equal(t, chat.Event{Kind: chat.EventDone, ID: "v-1", Finish: chat.FinishQueued}, e)
	}
}

func TestAccepted_AnIDThatIsTooLongIsNone(t *testing.T) {
	s := &script{can: full, send: func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
		if err := turn.Accepted(strings.Repeat("x", 300)); err != nil {
			return err
		}
		return errLost
	}}
	c := start(t, s, chat.Options{})
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.NotContains(t, string(c.State()), "xxx")
	assert.Contains(t, string(c.State()), `"accepted":true`)
}

// What an error of the driver says about the message.
func TestConclude_DecidesByTheError(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		heard  bool // something of the answer came
		open   bool
		repeat error // of sending the same message again
	}{
		"delivery unknown":      {err: parley.ErrDeliveryUnknown, open: true, repeat: chat.ErrPending},
		"cut":                   {err: parley.ErrTruncated, open: true, repeat: chat.ErrPending},
		"an error of no class":  {err: errors.New("strange"), open: true, repeat: chat.ErrPending},
		"not sent":              {err: parley.ErrNotSent},
		"refused":               {err: parley.ErrRateLimited},
		"refused, but answered": {err: parley.ErrRateLimited, heard: true, open: true, repeat: chat.ErrPending},
		"refused after a failure": {
			err: errors.Join(parley.ErrServer, parley.ErrDeliveryUnknown), open: true, repeat: chat.ErrPending,
		},
		"failed": {err: parley.ErrAnswerFailed, repeat: chat.ErrAlreadySent},
		"failed and unknown": {
			err: errors.Join(parley.ErrAnswerFailed, parley.ErrDeliveryUnknown), repeat: chat.ErrAlreadySent,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{can: full, send: func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
				if test.heard {
					_ = turn.Emit(delta("1", "x", false))
				}
				return test.err
			}}
			c := start(t, s, chat.Options{})
			m := chat.Message{ID: "m", Text: "x"}
			_, err := c.Ask(t.Context(), m)
			require.ErrorIs(t, err, test.err)
			_, open := c.Pending()
			assert.Equal(t, test.open, open)
			s.send = says(message("2", "fine"))
			_, err = c.Ask(t.Context(), m)
			require.ErrorIs(t, err, test.repeat)
		})
	}
}

func TestEmit_AfterTheEndOfTheContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var emitted error
	s := &script{can: full, send: func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
		cancel(errEnough)
		emitted = turn.Emit(message("1", "x"))
		return emitted
	}}
	c := start(t, s, chat.Options{})
	_, err := c.Ask(ctx, chat.Message{Text: "x"})
	require.ErrorIs(t, emitted, errEnough)
	require.ErrorIs(t, err, errEnough)
	assert.Equal(t, 1, strings.Count(err.Error(), errEnough.Error()), "%v tells the cause once", err)
	_, err = c.Ask(ctx, chat.Message{Text: "x"})
	require.ErrorIs(t, err, errEnough)
	require.ErrorIs(t, err, parley.ErrNotSent)
}

// A driver that overlooks the end of the context has not proved that the turn ended well.
func TestConclude_AfterTheEndOfTheContextTheMessageIsPending(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := &script{can: full, send: func(context.Context, chat.Message, *chat.Turn) error {
		cancel(errEnough)
		return nil
	}}
	c := start(t, s, chat.Options{})
	_, err := c.Ask(ctx, chat.Message{ID: "m", Text: "x"})
	require.ErrorIs(t, err, errEnough)
	p, open := c.Pending()
	assert.True(t, open && p.ID == "m")
}

// A Conversation that lives for months does not hold the contexts of its turns.
func TestSend_AnEndedTurnIsForgotten(t *testing.T) {
	type key struct{}
	c := start(t, &script{can: full, send: says(message("1", "x"))}, chat.Options{})
	held := func() weak.Pointer[strings.Builder] {
		value := new(strings.Builder)
		_, err := c.Ask(context.WithValue(t.Context(), key{}, value), chat.Message{Text: "x"})
		require.NoError(t, err)
		return weak.Make(value)
	}()
	require.Eventually(t, func() bool { runtime.GC(); return held.Value() == nil }, 20*time.Second, time.Millisecond)
	_, open := c.Pending()
	assert.False(t, open)
}

func TestFlush_LeftAtTheMessageThatDeltasMadeUp(t *testing.T) {
	c := start(t, &script{can: full, send: says(delta("1", "x", false))}, chat.Options{})
	for e, err := range c.Send(t.Context(), chat.Message{Text: "x"}) {
		require.NoError(t, err)
		if e.Kind == chat.EventMessage {
			break
		}
	}
	_, open := c.Pending()
	assert.True(t, open)
}
