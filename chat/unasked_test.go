package chat_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// display is what a vendor shows of a conversation.
type display struct {
	mu       sync.Mutex
	messages []chat.Listed
	failure  error
}

func shows(s *script, messages ...chat.Listed) *display {
	d := &display{messages: messages}
	s.list = d.list
	return d
}

func (d *display) list(context.Context) (chat.Listing, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return listing(slices.Clone(d.messages)...), d.failure
}

func (d *display) add(messages ...chat.Listed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.messages = append(d.messages, messages...)
}

func (d *display) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failure = err
}

// heardBy ranges over Events for as long as the test runs. The func that it returns tells the texts that came.
func heardBy(t *testing.T, c *chat.Conversation, after string) (came func() []string) {
	var mu sync.Mutex
	var texts []string
	go func() {
		for e, err := range c.Events(t.Context(), after) {
			if err == nil && e.Kind == chat.EventMessage {
				mu.Lock()
				texts = append(texts, e.Text)
				mu.Unlock()
			}
		}
	}()
	synctest.Wait()
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(texts)
	}
}

func TestEvents_LateAnswersAfterFurtherMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		shown := shows(s, spoken("1", chat.RoleUser, "yes"))
		a, _, err := recovered(t, c)
		require.NoError(t, err)
		require.Equal(t, chat.FinishUnanswered, a.Finish)
		came := heardBy(t, c, "1")
		for _, id := range []string{"3", "5"} {
			s.send = says(message(id, "answer "+id))
			_, err = c.Ask(t.Context(), chat.Message{Text: "next"})
			require.NoError(t, err)
			shown.add(spoken("q"+id, chat.RoleUser, "next"), spoken(id, chat.RoleAssistant, "answer "+id))
		}
		time.Sleep(time.Minute)
		late := spoken("9", chat.RoleAssistant, "at last")
		late.AnswerTo = "1"
		shown.add(late)
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"at last"}, came())
		next, _ := gather(t, start(t, s, chat.Options{State: c.State()}), "1", time.Minute)
		assert.Equal(t, []string{"at last"}, texts(next), "another process knows it too")
	})
}

// A message to a human ends its turn, and no turn yields what the agent answers when the human has gone.
func TestEvents_AnAgentAnswersAMessageThatWasQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full, send: func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
			if err := turn.Accepted("1"); err != nil {
				return err
			}
			return turn.Emit(chat.Event{Kind: chat.EventDone, Finish: chat.FinishQueued})
		}}
		c := start(t, s, chat.Options{})
		_, err := c.Ask(t.Context(), chat.Message{Text: "hello"})
		require.NoError(t, err)
		shows(s, spoken("1", chat.RoleUser, "hello"), spoken("2", chat.RoleAssistant, "no human is there"))
		events, _ := gather(t, c, "1", time.Minute)
		assert.Equal(t, []string{"no human is there"}, texts(events))
	})
}

func TestEvents_AnAnswerSeenBeforeRecoverEndsUnanswered(t *testing.T) {
	for _, after := range []string{"1", ""} {
		synctest.Test(t, func(t *testing.T) {
			d := answers{&script{can: full}, untilTheEnd}
			d.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
				return errors.Join(errLost, turn.Accepted("1"))
			}
			c := start(t, d, chat.Options{})
			_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
			require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
			shows(d.script, spoken("1", chat.RoleUser, "yes"), spoken("2", chat.RoleAssistant, "at last"))
			came := heardBy(t, c, after)
			a, _, err := recovered(t, c)
			require.NoError(t, err)
			require.Equal(t, chat.FinishUnanswered, a.Finish)
			assert.Empty(t, came(), "while the message is pending, its turn may still yield the answer")
			time.Sleep(time.Minute)
			assert.Equal(t, []string{"at last"}, came())
		})
	}
}

func TestEvents_AnAgentThatSpeaksAfterAHuman(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		shows(s, spoken("1", chat.RoleUser, "to the human"), spoken("2", chat.RoleHuman, "I am Ann"),
			spoken("3", chat.RoleAssistant, "Ann has left"))
		events, _ := gather(t, start(t, s, chat.Options{}), "1", time.Minute)
		assert.Equal(t, []string{"I am Ann", "Ann has left"}, texts(events))
	})
}

func TestEvents_AnAnswerOfSeveralMessagesIsTheTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		shown := shows(s, spoken("0", chat.RoleAssistant, "Welcome"))
		c := start(t, s, chat.Options{})
		came := heardBy(t, c, "0")
		s.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
			shown.add(spoken("1", chat.RoleUser, "x"), spoken("2", chat.RoleAssistant, "one"),
				spoken("3", chat.RoleAssistant, "two"))
			time.Sleep(time.Minute) // the loop sees both before the turn does
			for _, m := range []chat.Event{message("2", "one"), message("3", "two")} {
				if err := turn.Emit(m); err != nil {
					return err
				}
			}
			return nil
		}
		a, err := c.Ask(t.Context(), chat.Message{Text: "x"})
		require.NoError(t, err)
		require.Len(t, a.Messages, 2)
		time.Sleep(time.Minute)
		assert.Empty(t, came())
		shown.add(spoken("4", chat.RoleAssistant, "by the way"))
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"by the way"}, came())
		next, _ := gather(t, start(t, s, chat.Options{State: c.State()}), "0", time.Minute)
		assert.Equal(t, []string{"by the way"}, texts(next), "another process knows what turns have yielded")
	})
}

func TestEvents_ABeginningThatFailsLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		shown := shows(s, spoken("1", chat.RoleHuman, "before"))
		c := start(t, s, chat.Options{})
		_, err := c.History(t.Context())
		require.NoError(t, err)
		shown.fail(parley.ErrServer)
		came := heardBy(t, c, "")
		time.Sleep(10 * time.Second)
		shown.add(spoken("2", chat.RoleHuman, "meanwhile"))
		shown.fail(nil)
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"meanwhile"}, came())
	})
}

// What comes over a push may change what a driver or the Conversation has to know.
func TestEvents_SaveWhatTheyLearn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: chat.Capabilities{Push: true, Choices: true}}
		s.listen = func(ctx context.Context, emit func(chat.Event) error) error {
			if err := s.mem.Set("a human is there"); err != nil {
				return err
			}
			if err := emit(chat.Event{Kind: chat.EventStatus, Status: chat.StatusHumanJoined}); err != nil {
				return err
			}
			offer := message("1", "choose")
			offer.Choices = []chat.Choice{{ID: "a"}}
			if err := emit(offer); err != nil {
				return err
			}
			<-ctx.Done()
			return context.Cause(ctx)
		}
		var saved chat.State
		saves := 0
		save := func(_ context.Context, state chat.State) error {
			saves++
			saved = state
			return nil
		}
		c := start(t, s, chat.Options{Save: save})
		_, err := gather(t, c, "", time.Minute)
		require.ErrorIs(t, err, errEnough)
		assert.Equal(t, 2, saves)
		s.send = says(message("2", "fine"))
		next := start(t, s, chat.Options{State: saved})
		var known string
		require.NoError(t, s.mem.Get(&known))
		assert.Equal(t, "a human is there", known)
		_, err = next.Ask(t.Context(), chat.Message{ChoiceID: "a"})
		require.NoError(t, err)
	})
}

// An agent's message of its own accord may come before the answer. The turn yields only the answer.
func TestEvents_AMessageBetweenAQuestionAndItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full, send: says(message("3", "fine"))}
		answer := spoken("3", chat.RoleAssistant, "fine")
		answer.AnswerTo = "1"
		shows(s, spoken("1", chat.RoleUser, "x"), spoken("2", chat.RoleAssistant, "by the way"), answer)
		c := start(t, s, chat.Options{})
		_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
		require.NoError(t, err)
		events, _ := gather(t, c, "none", time.Minute)
		assert.Equal(t, []string{"by the way"}, texts(events))
	})
}

// after is one place in the list. What comes after a message that may be the turn's waits with it, and nothing is lost
// if the process dies meanwhile.
func TestEvents_WhatComesAfterAMessageThatWaitsWaitsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		c := pendingIn(t, s)
		shown := shows(s, spoken("1", chat.RoleHuman, "I am Ann"), spoken("2", chat.RoleAssistant, "by the way"),
			spoken("3", chat.RoleHuman, "I am gone"))
		came := heardBy(t, c, "none")
		time.Sleep(time.Minute)
		require.Equal(t, []string{"I am Ann"}, came())
		state := c.State()
		require.NoError(t, c.Close())
		c = start(t, s, chat.Options{State: state})
		came = heardBy(t, c, "1")
		_, _, err := recovered(t, c)
		require.ErrorIs(t, err, chat.ErrNotDelivered)
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"by the way", "I am gone"}, came())
		shown.add(spoken("4", chat.RoleHuman, "I am back"))
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"by the way", "I am gone", "I am back"}, came())
	})
}

// A message that is being made when the loop begins comes when it is whole.
func TestEvents_AMessageThatIsBeingMadeAtTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{can: full}
		half := spoken("1", chat.RoleAssistant, "hal")
		half.Unfinished = true
		shown := shows(s, half)
		c := start(t, s, chat.Options{})
		came := heardBy(t, c, "")
		time.Sleep(time.Minute)
		shown.mu.Lock()
		shown.messages[0] = spoken("1", chat.RoleAssistant, "half an hour")
		shown.mu.Unlock()
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"half an hour"}, came())
	})
}
