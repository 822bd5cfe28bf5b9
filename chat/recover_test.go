package chat_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/chattest"
	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

const usual = 90 * time.Second // RecoverWait

// recovered runs Recover and returns the answer and how long it took.
func recovered(t *testing.T, c *chat.Conversation) (*chat.Answer, time.Duration, error) {
	t.Helper()
	began := time.Now()
	a, err := chat.Collect(c.Recover(t.Context()))
	return a, time.Since(began), err
}

func TestRecover_AbsenceProvesNothingBeforeRecoverWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		var lastLook time.Time
		s.list = func(context.Context) (chat.Listing, error) {
			lastLook = time.Now()
			return chat.Listing{}, nil
		}
		sent := time.Now()
		_, took, err := recovered(t, c)
		require.ErrorIs(t, err, chat.ErrNotDelivered)
		assert.GreaterOrEqual(t, lastLook.Sub(sent), usual, "the look that decides began after RecoverWait")
		assert.Less(t, took, usual+time.Second)
	})
}

func TestRecover_WhatTurnsUpInTimeIsFound(t *testing.T) {
	for _, late := range []time.Duration{0, time.Second, 30 * time.Second, usual - time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{can: full}
			c := pendingIn(t, s)
			s.list = listAfter(late,
				listing(spoken("1", chat.RoleUser, "yes"), spoken("2", chat.RoleAssistant, "fine")))
			a, _, err := recovered(t, c)
			require.NoError(t, err)
			assert.Equal(t, "fine", a.Text)
			assert.Equal(t, chat.FinishStop, a.Finish)
		})
	}
}

// The vendor's clock is years behind or ahead. Nothing may depend on it.
func TestRecover_AWrongClockOfTheVendorChangesNothing(t *testing.T) {
	for _, off := range []time.Duration{-50 * 365 * 24 * time.Hour, 0, 50 * 365 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			vendor := memchat.NewVendor()
			vendor.Clock = func() time.Time { return time.Now().Add(off) }
			c := start(t, memchat.New(vendor, memchat.Options{}), chat.Options{})
			_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
			require.NoError(t, err)
			vendor.Fault(chattest.FaultLoseRequest)
			_, err = c.Ask(t.Context(), chat.Message{Text: "yes"})
			require.Error(t, err)
			a, took, err := recovered(t, c)
			require.ErrorIs(t, err, chat.ErrNotDelivered)
			assert.Empty(t, a.Messages)
			assert.GreaterOrEqual(t, took, usual)
			time.Sleep(10 * time.Minute) // what was given up is not expected any more
			vendor.Fault(chattest.FaultLoseAnswer)
			_, err = c.Ask(t.Context(), chat.Message{Text: "yes"})
			require.Error(t, err)
			a, _, err = recovered(t, c)
			require.NoError(t, err)
			assert.Equal(t, "You said: yes", a.Text)
		})
	}
}

func TestRecover_PassingFailuresDoNotEndItAndLastingOnesDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		s.list = func(context.Context) (chat.Listing, error) { return chat.Listing{}, parley.ErrUnauthorized }
		_, _, err := recovered(t, c)
		require.ErrorIs(t, err, parley.ErrUnauthorized)
		_, open := c.Pending()
		assert.True(t, open, "it can be repeated")
		looks := 0
		s.list = func(context.Context) (chat.Listing, error) {
			if looks++; looks < 200 {
				return chat.Listing{}, parley.ErrServer
			}
			return chat.Listing{}, nil
		}
		_, took, err := recovered(t, c)
		require.ErrorIs(t, err, chat.ErrNotDelivered)
		assert.Greater(t, took, usual, "looks that fail prove nothing")
	})
}

// The message is old, so RecoverWait has passed.
func TestRecover_WaitsAWhileForTheAnswerToAnOldMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := answers{&script{can: full}, untilTheEnd}
		d.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
			return errors.Join(errLost, turn.Accepted("7"))
		}
		c := start(t, d, chat.Options{PollInterval: time.Second})
		_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		time.Sleep(time.Hour)
		a, took, err := recovered(t, c)
		require.NoError(t, err)
		assert.Equal(t, chat.FinishUnanswered, a.Finish)
		assert.Equal(t, 5*time.Second, took)
	})
}

// One look proves no absence, and the caller does not wait for the next one.
func TestRecover_TheContextEndsBetweenTwoLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full, list: func(context.Context) (chat.Listing, error) { return chat.Listing{}, nil }}
		c := pendingIn(t, s)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errEnough)
		defer cancel()
		_, err := chat.Collect(c.Recover(ctx))
		require.ErrorIs(t, err, errEnough)
		_, open := c.Pending()
		assert.True(t, open)
	})
}

func TestRecover_AConversationThatIsGone(t *testing.T) {
	s := &script{can: full}
	c := pendingIn(t, s)
	s.list = func(context.Context) (chat.Listing, error) { return chat.Listing{}, parley.ErrNotFound }
	_, _, err := recovered(t, c)
	require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	require.ErrorIs(t, err, parley.ErrNotFound)
	_, open := c.Pending()
	assert.False(t, open)
}

func TestRecover_AnswersThatAreBeingMade(t *testing.T) {
	question := spoken("1", chat.RoleUser, "yes")
	half, whole := spoken("2", chat.RoleAssistant, "fi"), spoken("2", chat.RoleAssistant, "fine")
	half.Unfinished = true
	failed := spoken("2", chat.RoleAssistant, "")
	failed.Failed = true
	human := spoken("3", chat.RoleHuman, "I am Ann")
	for name, test := range map[string]struct {
		first, then chat.Listing
		text        string
		finish      string
		err         error
	}{
		"whole later":          {listing(question, half), listing(question, whole), "fine", chat.FinishStop, nil},
		"never whole":          {listing(question, half), listing(question, half), "fi", "", parley.ErrTruncated},
		"failed":               {listing(question), listing(question, failed), "", "", parley.ErrAnswerFailed},
		"nobody answers":       {listing(question), listing(question), "", chat.FinishUnanswered, nil},
		"a human has answered": {listing(question), listing(question, human), "", chat.FinishQueued, nil},
		"a human will": {
			listing(question), chat.Listing{Messages: []chat.Listed{question}, Queued: true}, "", chat.FinishQueued,
			nil,
		},
		"another question follows": {
			listing(question), listing(question, spoken("5", chat.RoleUser, "x"), whole), "", chat.FinishUnanswered,
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{can: full}
				c := pendingIn(t, s)
				from := time.Now()
				s.list = func(context.Context) (chat.Listing, error) {
					if time.Since(from) < 10*time.Second {
						return test.first, nil
					}
					return test.then, nil
				}
				a, _, err := recovered(t, c)
				require.ErrorIs(t, err, test.err)
				assert.Equal(t, test.text, a.Text)
				assert.Equal(t, test.finish, a.Finish)
				_, open := c.Pending()
				assert.False(t, open)
			})
		})
	}
}

func TestRecover_AnswersAreAssignedByTheVendorWhereItDoes(t *testing.T) {
	s := &script{can: full}
	c := pendingIn(t, s)
	second := spoken("4", chat.RoleAssistant, "to the second")
	second.AnswerTo = "2"
	first := spoken("3", chat.RoleAssistant, "to the first")
	first.AnswerTo = "1"
	s.list = func(context.Context) (chat.Listing, error) {
		return listing(spoken("1", chat.RoleUser, "yes"), spoken("2", chat.RoleUser, "yes"), second, first), nil
	}
	a, _, err := recovered(t, c)
	require.NoError(t, err)
	assert.Equal(t, "to the first", a.Text)
}

func TestRecover_TheVendorsIDDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full, send: func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
			if err := turn.Accepted("7"); err != nil {
				return err
			}
			return parley.ErrTruncated
		}}
		c := start(t, s, chat.Options{})
		_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
		require.ErrorIs(t, err, parley.ErrTruncated)
		others := []chat.Listed{spoken("5", chat.RoleUser, "yes"), spoken("6", chat.RoleAssistant, "no")}
		s.list = func(context.Context) (chat.Listing, error) { return listing(others...), nil }
		_, took, err := recovered(t, c)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown, "it was accepted, so that its absence is no proof")
		assert.GreaterOrEqual(t, took, usual)
		_, err = c.Ask(t.Context(), chat.Message{Text: "yes"})
		require.ErrorIs(t, err, parley.ErrTruncated)
		others = append(others, spoken("7", chat.RoleUser, "yes"), spoken("8", chat.RoleAssistant, "fine"))
		a, _, err := recovered(t, c)
		require.NoError(t, err)
		assert.Equal(t, "fine", a.Text)
	})
}

func TestRecover_AMessageThatWasGivenUpIsNotTakenForALaterOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := memchat.NewVendor()
		c := start(t, memchat.New(vendor, memchat.Options{}), chat.Options{})
		lose := func() {
			vendor.Fault(chattest.FaultLoseRequest)
			_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
			require.Error(t, err)
		}
		lose()
		_, _, err := recovered(t, c)
		require.ErrorIs(t, err, chat.ErrNotDelivered)
		vendor.Late("yes") // after it was given up and before the next is sent
		lose()
		_, _, err = recovered(t, c)
		require.ErrorIs(t, err, chat.ErrNotDelivered, "the first is not taken for the second")

		lose()
		vendor.Late("yes") // one of two, and nobody knows which
		a, _, err := recovered(t, c)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		assert.Empty(t, a.Messages)

		_, err = c.Ask(t.Context(), chat.Message{Text: "next"})
		require.NoError(t, err)
		vendor.Fault(chattest.FaultLoseAnswer)
		_, err = c.Ask(t.Context(), chat.Message{Text: "again"})
		require.Error(t, err)
		vendor.Late("yes") // the other one too, behind "again", whose answer would be taken for this one's
		a, _, err = recovered(t, c)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		assert.Empty(t, a.Messages)
	})
}

func TestRecover_LeftInItsLoopChangesNothing(t *testing.T) {
	s := &script{can: full}
	c := pendingIn(t, s)
	s.list = func(context.Context) (chat.Listing, error) {
		return listing(spoken("1", chat.RoleUser, "yes"), spoken("2", chat.RoleAssistant, "fine")), nil
	}
	for range c.Recover(t.Context()) {
		break
	}
	_, open := c.Pending()
	require.True(t, open)
	a, _, err := recovered(t, c)
	require.NoError(t, err)
	assert.Equal(t, "fine", a.Text)
}

func TestRecover_WithoutAnythingToLookAt(t *testing.T) {
	for _, accepted := range []bool{false, true} {
		s := &script{send: func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
			if accepted {
				_ = turn.Accepted("")
			}
			return errLost
		}}
		c := start(t, s, chat.Options{})
		m := chat.Message{ID: "m", Text: "yes"}
		_, err := c.Ask(t.Context(), m)
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		a, _, err := recovered(t, c)
		if accepted {
			require.NoError(t, err)
			assert.Equal(t, chat.FinishUnanswered, a.Finish, "it arrived, and its answer is lost")
		} else {
			require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		}
		_, err = c.Ask(t.Context(), m)
		require.ErrorIs(t, err, chat.ErrAlreadySent)
	}
}

func TestRecover_ASaveThatFailsLeavesItPending(t *testing.T) {
	s := &script{can: full, send: fails(errLost)}
	down := false
	save := func(context.Context, chat.State) error {
		if down {
			return errEnough
		}
		return nil
	}
	c := start(t, s, chat.Options{Save: save})
	_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
	require.Error(t, err)
	s.list = func(context.Context) (chat.Listing, error) {
		return listing(spoken("1", chat.RoleUser, "yes"), spoken("2", chat.RoleAssistant, "fine")), nil
	}
	down = true
	_, _, err = recovered(t, c)
	require.ErrorIs(t, err, errEnough)
	_, open := c.Pending()
	require.True(t, open)
	down = false
	a, _, err := recovered(t, c)
	require.NoError(t, err)
	assert.Equal(t, "fine", a.Text)
}

func TestRecover_AFailedResyncDoesNotKeepAMessageFromBeingSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		s.list = func(context.Context) (chat.Listing, error) { return chat.Listing{}, nil }
		_, _, err := recovered(t, c)
		require.ErrorIs(t, err, chat.ErrNotDelivered)
		s.list = func(context.Context) (chat.Listing, error) { return chat.Listing{}, parley.ErrServer }
		s.send = says(message("1", "fine"))
		_, err = c.Ask(t.Context(), chat.Message{Text: "yes"})
		require.NoError(t, err)
	})
}

// A vendor that stores nothing of a message that it failed to answer must not make the next one look absent.
func TestRecover_AfterAMessageThatTheVendorDidNotStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full, send: fails(parley.ErrAnswerFailed)}
		var stored []chat.Listed
		s.list = func(context.Context) (chat.Listing, error) { return listing(stored...), nil }
		c := start(t, s, chat.Options{})
		_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
		require.ErrorIs(t, err, parley.ErrAnswerFailed)
		s.send = func(context.Context, chat.Message, *chat.Turn) error {
			stored = append(stored, spoken("1", chat.RoleUser, "yes"), spoken("2", chat.RoleAssistant, "fine"))
			return errLost
		}
		_, err = c.Ask(t.Context(), chat.Message{Text: "yes"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		a, _, err := recovered(t, c)
		require.NoError(t, err)
		assert.Equal(t, "fine", a.Text)
	})
}
