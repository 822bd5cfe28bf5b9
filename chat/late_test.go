package chat_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// The vendor does not say what a message answers, and the answer to the first question comes after the second one.
func TestRecover_ALateAnswerIsNotTakenForTheNextMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		shown := shows(s, spoken("1", chat.RoleUser, "first"))
		a, _, err := recovered(t, c)
		require.NoError(t, err)
		require.Equal(t, chat.FinishUnanswered, a.Finish)
		came := heardBy(t, c, "1")
		_, err = c.Ask(t.Context(), chat.Message{Text: "second"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		shown.add(spoken("2", chat.RoleUser, "second"), spoken("3", chat.RoleAssistant, "to the first"))
		a, _, err = recovered(t, c)
		require.NoError(t, err)
		assert.Equal(t, chat.FinishUnanswered, a.Finish, "nobody knows whose answer it is")
		assert.Empty(t, a.Messages)
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"to the first"}, came(), "so it comes from Events")

		time.Sleep(lostLife) // the answer is not expected any more
		s.send = fails(errLost)
		_, err = c.Ask(t.Context(), chat.Message{Text: "third"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		shown.add(spoken("4", chat.RoleUser, "third"), spoken("5", chat.RoleAssistant, "to the third"))
		a, _, err = recovered(t, c)
		require.NoError(t, err)
		assert.Equal(t, "to the third", a.Text)
	})
}

const lostLife = 4 * usual

// A message that was given up turns up after all. No turn yields its answer.
func TestEvents_TheAnswerToAMessageThatWasGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		shown := shows(s)
		_, _, err := recovered(t, c)
		require.ErrorIs(t, err, chat.ErrNotDelivered)
		came := heardBy(t, c, "none")
		shown.add(spoken("1", chat.RoleUser, "yes"), spoken("2", chat.RoleAssistant, "to what was given up"))
		time.Sleep(time.Minute)
		s.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
			shown.add(spoken("3", chat.RoleUser, "next"), spoken("4", chat.RoleAssistant, "to the next"))
			return turn.Emit(message("4", "to the next"))
		}
		_, err = c.Ask(t.Context(), chat.Message{Text: "next"})
		require.NoError(t, err)
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"to what was given up"}, came())
	})
}

// The fate of the second message is unknown, because the first may be the one. Events yields all answers.
func TestEvents_AnswersToMessagesOfUnknownFate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		shown := shows(s)
		_, _, err := recovered(t, c)
		require.ErrorIs(t, err, chat.ErrNotDelivered)
		_, err = c.Ask(t.Context(), chat.Message{Text: "second"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		shown.add(spoken("1", chat.RoleUser, "yes"), spoken("2", chat.RoleAssistant, "one"),
			spoken("3", chat.RoleUser, "second"), spoken("4", chat.RoleAssistant, "two"))
		_, _, err = recovered(t, c)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		events, _ := gather(t, c, "none", time.Minute)
		assert.Equal(t, []string{"one", "two"}, texts(events))
	})
}

// A message that was given up may turn up after one that the vendor's id has found, too.
func TestRecover_WhatWasGivenUpIsExpectedAfterOneThatWasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		shown := shows(s)
		_, _, err := recovered(t, c)
		require.ErrorIs(t, err, chat.ErrNotDelivered)
		s.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
			_ = turn.Accepted("2")
			return errLost
		}
		_, err = c.Ask(t.Context(), chat.Message{Text: "second"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		shown.add(spoken("2", chat.RoleUser, "second"), spoken("3", chat.RoleAssistant, "to the second"))
		a, _, err := recovered(t, c)
		require.NoError(t, err)
		require.Equal(t, "to the second", a.Text)
		s.send = fails(errLost)
		_, err = c.Ask(t.Context(), chat.Message{Text: "third"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		shown.add(spoken("4", chat.RoleUser, "yes"), spoken("5", chat.RoleAssistant, "to what was given up"))
		a, _, err = recovered(t, c)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		assert.Empty(t, a.Messages)
	})
}

// A list that shows answers under other ids than the stream is no reason to yield them again.
func TestEvents_AListWithOtherIDsThanTheTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full, send: fails(parley.ErrAnswerFailed)}
		c := start(t, s, chat.Options{})
		shown := shows(s, spoken("1", chat.RoleUser, "x"))
		came := heardBy(t, c, "none")
		_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
		require.ErrorIs(t, err, parley.ErrAnswerFailed)
		for _, id := range []string{"2", "4"} {
			s.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
				shown.add(spoken(id, chat.RoleUser, "x"), spoken(id+"-listed", chat.RoleAssistant, "fine"))
				return turn.Emit(message(id+"-streamed", "fine"))
			}
			_, err = c.Ask(t.Context(), chat.Message{Text: "x"})
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		assert.Empty(t, came())
	})
}

// The messages before it were answered. Their answers must not come again because of the message that is unknown.
func TestEvents_AfterAMessageThatWasGivenUpNothingComesTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		shown := shows(s)
		c := start(t, s, chat.Options{})
		for _, id := range []string{"1", "2"} {
			s.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
				shown.add(spoken(id, chat.RoleUser, "x"), spoken(id+"-listed", chat.RoleAssistant, "fine"))
				return turn.Emit(message(id+"-streamed", "fine"))
			}
			_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
			require.NoError(t, err)
		}
		s.send = fails(errLost)
		_, err := c.Ask(t.Context(), chat.Message{Text: "y"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		s.list = func(context.Context) (chat.Listing, error) { return listing(shown.messages[:2]...), nil }
		_, _, err = recovered(t, c)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		s.list = shown.list
		events, _ := gather(t, start(t, s, chat.Options{State: c.State()}), "none", time.Minute)
		assert.Empty(t, texts(events))
	})
}

// The list shows one message more, and it may be either of two. The answer before it has come and does not come again.
func TestEvents_AfterAnAmbiguousMessageNothingComesTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		shown := shows(s)
		_, _, err := recovered(t, c)
		require.ErrorIs(t, err, chat.ErrNotDelivered)
		s.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
			shown.add(spoken("1", chat.RoleUser, "x"), spoken("1-listed", chat.RoleAssistant, "fine"))
			return turn.Emit(message("1-streamed", "fine"))
		}
		_, err = c.Ask(t.Context(), chat.Message{Text: "x"})
		require.NoError(t, err)
		s.send = fails(errLost)
		_, err = c.Ask(t.Context(), chat.Message{Text: "y"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		shown.add(spoken("2", chat.RoleUser, "yes"))
		_, _, err = recovered(t, c)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		shown.add(spoken("2-listed", chat.RoleAssistant, "late"))
		events, _ := gather(t, start(t, s, chat.Options{State: c.State()}), "none", time.Minute)
		assert.Equal(t, []string{"late"}, texts(events))
	})
}

// The list of such a vendor does not show at once what was said, so that no message is looked for in it.
func TestSend_AListThatIsNotForRecoverIsNotRead(t *testing.T) {
	can := full
	can.Recover = false
	s := &script{can: can, send: says(chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})}
	s.list = func(context.Context) (chat.Listing, error) {
		t.Error("the list was read")
		return chat.Listing{}, nil
	}
	c := start(t, s, chat.Options{})
	for range 2 { // the answer to the first is still to come when the second is sent
		a, err := c.Ask(t.Context(), chat.Message{Text: "x"})
		require.NoError(t, err)
		assert.Equal(t, chat.FinishQueued, a.Finish)
	}
}

// The list shows the message that was queued only together with the next one, which Recover looks for.
func TestEvents_TheAnswerToAMessageBeforeTheOneThatWasRecovered(t *testing.T) {
	to := func(question string, m chat.Listed) chat.Listed { m.AnswerTo = question; return m }
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full, send: says(chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})}
		shown := shows(s)
		c := start(t, s, chat.Options{})
		_, err := c.Ask(t.Context(), chat.Message{Text: "first"})
		require.NoError(t, err)
		s.send = fails(errLost)
		_, err = c.Ask(t.Context(), chat.Message{Text: "second"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		shown.add(spoken("1", chat.RoleUser, "first"), spoken("2", chat.RoleUser, "second"),
			to("2", spoken("3", chat.RoleAssistant, "to the second")))
		a, _, err := recovered(t, c)
		require.NoError(t, err)
		assert.Equal(t, "to the second", a.Text)
		shown.add(to("1", spoken("4", chat.RoleAssistant, "to the first")))
		events, _ := gather(t, c, "none", time.Minute)
		assert.Equal(t, []string{"to the first"}, texts(events))
	})
}

// SiteAssist returns no id of a message. The list tells it by the number of the message, at once or later.
func TestEvents_TheAnswerToAMessageWithoutAnID(t *testing.T) {
	queue := says(chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})
	for name, test := range map[string]struct {
		send  func(context.Context, chat.Message, *chat.Turn) error
		lags  bool // the list shows the message after its turn only
		sends bool // another message follows before a loop looks
	}{
		"queued":             {send: queue},
		"queued, then next":  {send: queue, sends: true},
		"late list":          {send: queue, lags: true},
		"late list and next": {send: queue, lags: true, sends: true},
		"failed":             {send: fails(parley.ErrAnswerFailed), lags: true},
		"failed, then next":  {send: fails(parley.ErrAnswerFailed), lags: true, sends: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{can: full, send: says(message("2", "fine"))}
				c := start(t, s, chat.Options{})
				shown := shows(s, spoken("1", chat.RoleUser, "x"), spoken("2", chat.RoleAssistant, "fine"))
				_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
				require.NoError(t, err)
				if !test.lags {
					shown.add(spoken("3", chat.RoleUser, "x"))
				}
				s.send = test.send
				last := ""
				for e := range c.Send(t.Context(), chat.Message{Text: "x"}) {
					last = e.ID
				}
				if !test.lags {
					assert.Equal(t, "3", last, "Events goes on behind the message")
				}
				if test.lags {
					shown.add(spoken("3", chat.RoleUser, "x"))
				}
				if test.sends {
					s.send = says(message("5", "fine"))
					_, err = c.Ask(t.Context(), chat.Message{Text: "y"})
					require.NoError(t, err)
				}
				shown.add(spoken("4", chat.RoleAssistant, "at last"))
				if test.sends {
					shown.add(spoken("6", chat.RoleUser, "y"), spoken("5", chat.RoleAssistant, "fine"))
				}
				next := start(t, s, chat.Options{State: c.State()})
				events, _ := gather(t, next, "none", time.Minute)
				assert.Equal(t, []string{"at last"}, texts(events))
			})
		})
	}
}
