package chat_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// slow answers after a while and notes in which order messages came.
func slow(order *[]string, d time.Duration) func(context.Context, chat.Message, *chat.Turn) error {
	return func(ctx context.Context, m chat.Message, turn *chat.Turn) error {
		*order = append(*order, m.Text)
		select {
		case <-time.After(d):
			return turn.Emit(message("", "to "+m.Text))
		case <-ctx.Done():
			return errors.Join(ctx.Err(), parley.ErrDeliveryUnknown)
		}
	}
}

func TestTurns_TakePlaceInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		c := start(t, &script{can: full, send: slow(&order, time.Minute)}, chat.Options{})
		var want []string
		for _, text := range []string{"a", "b", "c", "d", "e"} {
			want = append(want, text)
			go func() { _, _ = c.Ask(t.Context(), chat.Message{Text: text}) }()
			synctest.Wait()
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		assert.Equal(t, want, order)
	})
}

func TestTurns_TheWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		c := start(t, &script{can: full, send: slow(&order, time.Hour)}, chat.Options{})
		go func() { _, _ = c.Ask(t.Context(), chat.Message{Text: "a"}) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errEnough)
		defer cancel()
		began := time.Now()
		_, err := c.Ask(ctx, chat.Message{Text: "b"})
		require.ErrorIs(t, err, errEnough)
		require.ErrorIs(t, err, parley.ErrNotSent)
		assert.Equal(t, time.Minute, time.Since(began))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		assert.Equal(t, []string{"a"}, order)
	})
}

func TestTurns_TheEndOfTheContextLeavesTheMessagePending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		var saved []chat.State
		save := func(ctx context.Context, state chat.State) error {
			saved = append(saved, slices.Clone(state))
			return ctx.Err()
		}
		c := start(t, &script{can: full, send: slow(&order, time.Hour)}, chat.Options{Save: save})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errEnough)
		defer cancel()
		_, err := c.Ask(ctx, chat.Message{ID: "m", Text: "a"})
		require.ErrorIs(t, err, errEnough)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		p, open := c.Pending()
		assert.True(t, open && p.ID == "m")
		assert.Len(t, saved, 1, "as if the process had died")
	})
}

func TestShutdown_WaitsRefusesAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		c := start(t, &script{can: full, send: slow(&order, time.Hour)}, chat.Options{})
		var running, waiting error
		go func() { _, running = c.Ask(t.Context(), chat.Message{Text: "running"}) }()
		synctest.Wait()
		go func() { _, waiting = c.Ask(t.Context(), chat.Message{Text: "waiting"}) }()
		synctest.Wait()
		began := time.Now()
		require.NoError(t, c.Shutdown(t.Context()))
		assert.Equal(t, time.Hour, time.Since(began))
		synctest.Wait()
		require.NoError(t, running)
		require.ErrorIs(t, waiting, parley.ErrClosed)
		_, err := c.Ask(t.Context(), chat.Message{Text: "late"})
		require.ErrorIs(t, err, parley.ErrClosed)
		assert.Equal(t, []string{"running"}, order)
		require.NoError(t, c.Shutdown(t.Context()))
	})
}

func TestShutdown_EndsWithItsContextAndWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		c := start(t, &script{can: full, send: slow(&order, time.Hour)}, chat.Options{})
		var running error
		go func() { _, running = c.Ask(t.Context(), chat.Message{Text: "running"}) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errEnough)
		defer cancel()
		require.ErrorIs(t, c.Shutdown(ctx), errEnough)
		stopped := make(chan error, 1)
		go func() { stopped <- c.Shutdown(t.Context()) }()
		synctest.Wait()
		require.NoError(t, c.Close())
		require.NoError(t, <-stopped)
		synctest.Wait()
		require.ErrorIs(t, running, parley.ErrClosed)
	})
}

func TestSave_TheStateIsSavedOnlyWhenItChanged(t *testing.T) {
	saves := 0
	s := &script{can: full, greet: func(_ context.Context, turn *chat.Turn) error {
		_ = turn.Accepted("")
		return turn.Accepted("")
	}}
	c := start(t, s, chat.Options{Save: func(context.Context, chat.State) error { saves++; return nil }})
	_, err := chat.Collect(c.Greet(t.Context()))
	require.NoError(t, err)
	assert.Equal(t, 1, saves)
	_, err = chat.Collect(c.Greet(t.Context()))
	require.NoError(t, err)
	assert.Equal(t, 1, saves)
}

// The Save of a loop over Events fails while a turn runs. What the turn has learned meanwhile must stay.
func TestSave_OfEventsThatFailsUndoesNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: chat.Capabilities{Push: true}}
		push, failing := make(chan struct{}), true
		s.listen = func(ctx context.Context, emit func(chat.Event) error) error {
			<-push
			_ = s.mem.Set("joined")
			_ = emit(message("h", "I am Ann"))
			<-ctx.Done()
			return context.Cause(ctx)
		}
		var saved chat.State
		c := start(t, s, chat.Options{Save: func(_ context.Context, state chat.State) error {
			if failing && strings.Contains(state.String(), "joined") {
				failing = false
				time.Sleep(time.Minute)
				return errEnough
			}
			saved = state
			return nil
		}})
		heardBy(t, c, "")
		s.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
			close(push)
			synctest.Wait()
			if err := turn.Accepted("v-1"); err != nil {
				return err
			}
			assert.Contains(t, saved.String(), "v-1")
			return nil
		}
		_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
		require.NoError(t, err)
		require.NoError(t, c.Close())
	})
}

func TestSave_FailsAfterTheTurn(t *testing.T) {
	saves := 0
	s := &script{can: full, send: says(message("1", "fine"))}
	c := start(t, s, chat.Options{Save: func(context.Context, chat.State) error {
		if saves++; saves > 1 {
			return errEnough
		}
		return nil
	}})
	a, err := c.Ask(t.Context(), chat.Message{ID: "m", Text: "x"})
	require.ErrorIs(t, err, errEnough)
	assert.Equal(t, "fine", a.Text)
	_, open := c.Pending()
	assert.True(t, open, "as the store has it")
	_, err = c.Ask(t.Context(), chat.Message{ID: "m", Text: "x"})
	require.ErrorIs(t, err, chat.ErrPending)
}

func TestSequences_CanBeRangedOverOnce(t *testing.T) {
	s := &script{can: full, send: says(message("1", "fine"))}
	c := start(t, s, chat.Options{})
	turn := c.Send(t.Context(), chat.Message{Text: "x"})
	_, err := chat.Collect(turn)
	require.NoError(t, err)
	_, err = chat.Collect(turn)
	require.ErrorIs(t, err, parley.ErrClosed)
	a, err := chat.Collect(c.Recover(t.Context()))
	require.NoError(t, err)
	assert.Empty(t, a.Finish, "nothing is pending")
	require.NoError(t, c.Close())
	events := c.Events(t.Context(), "")
	s.list = func(ctx context.Context) (chat.Listing, error) { return chat.Listing{}, context.Cause(ctx) }
	for range 2 {
		_, err = chat.Collect(events)
		require.ErrorIs(t, err, parley.ErrClosed)
	}
}
