package chat_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

var errEnough = errors.New("enough")

// gather ranges over Events for a while and returns what came.
func gather(t *testing.T, c *chat.Conversation, after string, d time.Duration) ([]chat.Event, error) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, errEnough)
	defer cancel()
	var events []chat.Event
	for e, err := range c.Events(ctx, after) {
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
	return events, nil
}

func texts(events []chat.Event) (all []string) {
	for _, e := range events {
		all = append(all, e.Text)
	}
	return all
}

func TestEvents_WaitsGrowAndStartAnewWithNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks []time.Duration
		from := time.Now()
		s := &script{can: full}
		s.list = func(context.Context) (chat.Listing, error) {
			looks = append(looks, time.Since(from))
			if time.Since(from) < 2*time.Minute {
				return chat.Listing{}, nil
			}
			return listing(spoken("1", chat.RoleHuman, "I am Ann")), nil
		}
		events, err := gather(t, start(t, s, chat.Options{}), "", 4*time.Minute)
		require.ErrorIs(t, err, errEnough)
		assert.Equal(t, []string{"I am Ann"}, texts(events))
		first, last := looks[1]-looks[0], looks[len(looks)-1]-looks[len(looks)-2]
		assert.InDelta(t, 2, first.Seconds(), 0.5)
		assert.InDelta(t, 16, last.Seconds(), 3.5)
		news := slices.IndexFunc(looks, func(d time.Duration) bool { return d >= 2*time.Minute })
		assert.LessOrEqual(t, looks[news+1]-looks[news], 2*time.Second, "the first wait after news is short")
		assert.Less(t, len(looks), 40)
		assert.Greater(t, len(looks), 20)
	})
}

func TestEvents_WhatIsUnasked(t *testing.T) {
	to := func(question string, m chat.Listed) chat.Listed { m.AnswerTo = question; return m }
	unfinished := spoken("9", chat.RoleAssistant, "half")
	unfinished.Unfinished = true
	all := listing(
		spoken("1", chat.RoleAssistant, "introduction"),
		spoken("2", chat.RoleUser, "question"), spoken("3", chat.RoleAssistant, "answer"),
		spoken("4", chat.RoleAssistant, "by the way"),
		spoken("5", chat.RoleUser, "question"), spoken("6", chat.RoleHuman, "human"),
		to("2", spoken("7", chat.RoleAssistant, "late answer")), spoken("8", chat.RoleSystem, "notice"), unfinished,
	)
	for after, want := range map[string][]string{
		"":        nil,
		"1":       {"by the way", "human", "notice"},
		"4":       {"human", "notice"},
		"8":       nil,
		"unknown": {"introduction", "by the way", "human", "notice"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{can: full, list: func(context.Context) (chat.Listing, error) { return all, nil }}
			events, err := gather(t, start(t, s, chat.Options{}), after, time.Minute)
			require.ErrorIs(t, err, errEnough)
			assert.Equal(t, want, texts(events), "after %q", after)
		})
	}
}

func TestEvents_AnAnswerAfterItsTurnHadEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		shown := listing(spoken("1", chat.RoleUser, "yes"))
		s.list = func(context.Context) (chat.Listing, error) { return shown, nil }
		a, _, err := recovered(t, c)
		require.NoError(t, err)
		require.Equal(t, chat.FinishUnanswered, a.Finish)
		shown = listing(spoken("1", chat.RoleUser, "yes"), spoken("2", chat.RoleAssistant, "at last"))
		events, _ := gather(t, c, "1", time.Minute)
		assert.Equal(t, []string{"at last"}, texts(events))
	})
}

func TestEvents_FailuresThatPassAndThatLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := parley.ErrServer
		s := &script{can: full, list: func(context.Context) (chat.Listing, error) { return chat.Listing{}, failure }}
		c := start(t, s, chat.Options{})
		_, err := gather(t, c, "", time.Hour)
		require.ErrorIs(t, err, errEnough)
		failure = parley.ErrForbidden
		_, err = gather(t, c, "", time.Hour)
		require.ErrorIs(t, err, parley.ErrForbidden)
	})
}

func TestEvents_APushCausesALookAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		can := full
		can.Push = true
		pushes := make(chan chat.Event)
		var arrived atomic.Bool
		s := &script{can: can, list: func(context.Context) (chat.Listing, error) {
			if arrived.Load() {
				return listing(spoken("1", chat.RoleHuman, "I am Ann")), nil
			}
			return chat.Listing{}, nil
		}}
		s.listen = func(ctx context.Context, emit func(chat.Event) error) error {
			for {
				select {
				case e := <-pushes:
					if err := emit(e); err != nil {
						return err
					}
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
		}
		c := start(t, s, chat.Options{})
		go func() {
			time.Sleep(time.Minute)
			pushes <- chat.Event{Kind: chat.EventStatus, Status: chat.StatusHumanJoined}
			arrived.Store(true)
			pushes <- message("1", "pushed")
		}()
		from := time.Now()
		var came []time.Duration
		for e, err := range c.Events(t.Context(), "") {
			require.NoError(t, err)
			came = append(came, time.Since(from))
			if e.Kind == chat.EventMessage {
				assert.Equal(t, "I am Ann", e.Text)
				break
			}
			assert.Equal(t, chat.StatusHumanJoined, e.Status)
		}
		assert.Equal(t, []time.Duration{time.Minute, time.Minute}, came)
	})
}

// Only a message is in the list. For a status or a notice, the list is not asked before its time.
func TestEvents_APushOfAnotherKindCausesNoLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		can := full
		can.Push = true
		from := time.Now()
		var looks []time.Duration
		s := &script{can: can, list: func(context.Context) (chat.Listing, error) {
			looks = append(looks, time.Since(from))
			return chat.Listing{}, nil
		}}
		s.listen = func(ctx context.Context, emit func(chat.Event) error) error {
			time.Sleep(time.Minute)
			if err := emit(chat.Event{Kind: chat.EventStatus, Status: chat.StatusHumanJoined}); err != nil {
				return err
			}
			<-ctx.Done()
			return context.Cause(ctx)
		}
		events, err := gather(t, start(t, s, chat.Options{}), "", 5*time.Minute)
		require.ErrorIs(t, err, errEnough)
		require.Len(t, events, 1)
		assert.Equal(t, chat.StatusHumanJoined, events[0].Status)
		assert.NotContains(t, looks, time.Minute)
	})
}

func TestEvents_AListenerThatFails(t *testing.T) {
	for _, lists := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			can := chat.Capabilities{Push: true, History: lists}
			calls, failure := 0, parley.ErrServer
			s := &script{can: can, list: func(context.Context) (chat.Listing, error) {
				return listing(spoken("1", chat.RoleHuman, "listed")), nil
			}}
			s.listen = func(_ context.Context, emit func(chat.Event) error) error {
				if calls++; calls < 5 {
					return failure
				}
				_ = emit(chat.Event{Kind: chat.EventMessage, Text: "pushed"})
				return parley.ErrForbidden
			}
			events, err := gather(t, start(t, s, chat.Options{}), "x", time.Hour)
			assert.Equal(t, 5, calls, "a passing failure is not the end")
			if lists {
				require.ErrorIs(t, err, errEnough, "the list serves on alone")
				assert.Equal(t, []string{"listed"}, texts(events))
				return
			}
			require.ErrorIs(t, err, parley.ErrForbidden)
			assert.Equal(t, []string{"pushed"}, texts(events))
			assert.NotEmpty(t, events[0].ID)
			assert.Equal(t, chat.RoleAssistant, events[0].Role)
		})
	}
}

func TestEvents_AChoiceThatCameUnaskedMayBeMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		offer := spoken("1", chat.RoleHuman, "choose")
		offer.Choices = []chat.Choice{{ID: "a", Label: "A"}}
		offer.Cards = []chat.Card{{Title: "card", Choices: []chat.Choice{{ID: "b"}}}}
		s := &script{can: full, list: func(context.Context) (chat.Listing, error) { return listing(offer), nil }}
		s.send = says(message("2", "chosen"))
		c := start(t, s, chat.Options{})
		_, err := c.Ask(t.Context(), chat.Message{ChoiceID: "a"})
		require.ErrorIs(t, err, parley.ErrInvalidArgument)
		_, _ = gather(t, c, "x", time.Minute)
		for _, id := range []string{"a", "b"} {
			_, err = c.Ask(t.Context(), chat.Message{ChoiceID: id})
			require.NoError(t, err)
		}
	})
}

func TestHistory_ShowsWholeMessages(t *testing.T) {
	half, failed := spoken("2", chat.RoleAssistant, "half"), spoken("3", chat.RoleAssistant, "")
	half.Unfinished, failed.Failed = true, true
	s := &script{can: full, list: func(context.Context) (chat.Listing, error) {
		return listing(spoken("1", chat.RoleUser, "hello"), half, failed), nil
	}}
	c := start(t, s, chat.Options{})
	messages, err := c.History(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"hello"}, texts(messages))
	s.list = func(context.Context) (chat.Listing, error) { return chat.Listing{}, parley.ErrServer }
	_, err = c.History(t.Context())
	require.ErrorIs(t, err, parley.ErrServer)
	require.NoError(t, c.Close())
	_, err = c.History(t.Context())
	require.ErrorIs(t, err, parley.ErrClosed)
	s.can = chat.Capabilities{}
	_, err = start(t, s, chat.Options{}).History(t.Context())
	require.ErrorIs(t, err, chat.ErrUnsupported)
}

// A connection that is lost now and then, in a loop that goes on for days, is made again at once each time.
func TestEvents_ListensAgainSoonAfterALongWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lost time.Time
		var gaps []time.Duration
		s := &script{can: chat.Capabilities{Push: true}}
		s.listen = func(ctx context.Context, _ func(chat.Event) error) error {
			if !lost.IsZero() {
				gaps = append(gaps, time.Since(lost))
			}
			select {
			case <-time.After(time.Hour):
			case <-ctx.Done():
			}
			lost = time.Now()
			return errLost
		}
		_, _ = gather(t, start(t, s, chat.Options{}), "", 12*time.Hour)
		require.Len(t, gaps, 11)
		assert.LessOrEqual(t, slices.Max(gaps), 2*time.Second)
	})
}

func TestEvents_APanicOfTheDriverIsAnError(t *testing.T) {
	s := &script{can: chat.Capabilities{Push: true}}
	s.listen = func(context.Context, func(chat.Event) error) error { panic("a fault of the driver") }
	_, err := gather(t, start(t, s, chat.Options{}), "", time.Minute)
	assert.ErrorContains(t, err, "a fault of the driver")
	calls := 0
	s.listen = func(context.Context, func(chat.Event) error) error { calls++; panic(parley.ErrServer) }
	_, err = gather(t, start(t, s, chat.Options{}), "", time.Minute)
	assert.EqualError(t, err, "chat: the driver panicked while it listened: server error")
	assert.NotErrorIs(t, err, parley.ErrServer, "it tells of another call")
	assert.Equal(t, 1, calls, "a panic is no failure that passes")
}

func TestEvents_OfAVendorThatOnlyPushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: chat.Capabilities{Push: true}}
		s.listen = func(ctx context.Context, emit func(chat.Event) error) error {
			if err := emit(chat.Event{Kind: chat.EventStatus, Status: chat.StatusTyping}); err != nil {
				return err
			}
			if err := emit(message("1", "pushed")); err != nil {
				return err
			}
			<-ctx.Done()
			return emit(message("2", "too late"))
		}
		c := start(t, s, chat.Options{})
		events, err := gather(t, c, "ignored", time.Minute)
		require.ErrorIs(t, err, errEnough)
		assert.Equal(t, []string{"", "pushed"}, texts(events))
		for range c.Events(t.Context(), "") {
			break
		}
		for e := range c.Events(t.Context(), "") {
			if e.Kind == chat.EventMessage {
				break
			}
		}
	})
}

func TestEvents_LeftAtAnyEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		can := full
		can.Push = true
		s := &script{can: can, list: func(context.Context) (chat.Listing, error) {
			return listing(spoken("1", chat.RoleHuman, "listed")), nil
		}}
		s.listen = func(ctx context.Context, emit func(chat.Event) error) error {
			time.Sleep(time.Second)
			return emit(chat.Event{Kind: chat.EventStatus, Status: chat.StatusTyping})
		}
		c := start(t, s, chat.Options{})
		for _, kind := range []chat.EventKind{chat.EventMessage, chat.EventStatus} {
			for e, err := range c.Events(t.Context(), "x") {
				require.NoError(t, err)
				if e.Kind == kind {
					break
				}
			}
		}
	})
}
