package aiserachat_test

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiserachat"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/chattest"
)

func TestDriver_FramesOfALiveAgent(t *testing.T) {
	v := newVendor(t, true)
	c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	defer c.Close()
	a, err := chat.Collect(c.HandOver(t.Context()))
	require.NoError(t, err)
	assert.Equal(t, chat.FinishQueued, a.Finish)
	v.Push(aiseratest.HandOver("I am Ann")...)
	var statuses []chat.Status
	for e, err := range c.Events(t.Context(), "") {
		require.NoError(t, err)
		statuses = append(statuses, e.Status)
		if e.Status == chat.StatusHumanLeft {
			break
		}
	}
	assert.Contains(t, statuses, chat.StatusHumanJoined)
	assert.Contains(t, statuses, chat.StatusTyping)
	a, err = c.Ask(t.Context(), chat.Message{Text: "and now?"})
	require.NoError(t, err)
	assert.Equal(t, "You said: and now?", a.Text)
}

func TestDriver_PartsThatContinueEachOther(t *testing.T) {
	v := newVendor(t, true)
	v.Answer(func(aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{
			{Mode: aisera.ModeStreamingInProgress, Answers: []string{"Hel"}},
			{Mode: aisera.ModeStreamingCompleted, Answers: []string{"lo"}},
		}
	})
	driver := aiserachat.New(v.client(t), aiserachat.Options{WebSocket: true, Appends: true})
	c, err := chat.New(driver, chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	defer c.Close()
	a, err := c.Ask(t.Context(), chat.Message{Native: aisera.Text("hi")})
	require.NoError(t, err)
	assert.Equal(t, "Hello", a.Text)
}

// A part without text, which may bring choices only, does not take away what is shown.
func TestDriver_APartWithoutTextIsNoDelta(t *testing.T) {
	v := newVendor(t, true)
	v.Answer(func(aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{
			{Mode: aisera.ModeStreamingInProgress, Answers: []string{"Hel"}},
			{Mode: aisera.ModeStreamingInProgress},
			{Mode: aisera.ModeStreamingCompleted, Answers: []string{"Hello"}},
		}
	})
	c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	defer c.Close()
	var shown []string
	for e, err := range c.Send(t.Context(), chat.Message{Text: "hi"}) {
		require.NoError(t, err)
		if e.Kind != chat.EventDone {
			shown = append(shown, e.Text)
		}
	}
	assert.Equal(t, []string{"Hel", "Hello"}, shown)
}

// The words are a message of the user, so that they are not repeated while their fate is open.
func TestDriver_WordsOfAHandOverAreSaidOnce(t *testing.T) {
	for _, socket := range []bool{false, true} {
		v := newVendor(t, socket)
		c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
		require.NoError(t, err)
		if socket {
			v.Behave(aiseratest.Behavior{DropAfterFrame: true})
		} else {
			v.fault(chattest.FaultLoseAnswer)
		}
		_, err = chat.Collect(c.HandOver(t.Context()))
		require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
		_, err = chat.Collect(c.HandOver(t.Context()))
		require.ErrorIs(t, err, chat.ErrPending)
		_, err = chat.Collect(c.Recover(t.Context()))
		require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
		assert.LessOrEqual(t, len(v.heard()), 1)
		require.NoError(t, c.Close())
	}
}

func TestListen_PassesOnNoFailure(t *testing.T) {
	v := newVendor(t, true)
	c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Ask(t.Context(), chat.Message{Text: "hello"})
	require.NoError(t, err)
	v.Push(aiseratest.Fault(aisera.ModeError, "ERR-007: no service at 192.0.2.7"), aiseratest.Say("It is done."))
	for e, err := range c.Events(t.Context(), "") {
		require.NoError(t, err)
		assert.Equal(t, "It is done.", e.Text)
		break
	}
}

// After a failure in-band the message was said. A form that was filled in wrongly is a step of the dialogue.
func TestDriver_FailuresInBandAreAnswersThatFailed(t *testing.T) {
	for mode, want := range map[aisera.Mode]error{
		aisera.ModeError: aisera.ErrAnswerFailed, aisera.ModeExternalSystemError: aisera.ErrAnswerFailed,
		aisera.ModeFormError: nil,
	} {
		v := newVendor(t, false)
		v.Answer(func(aiseratest.Message) []aiseratest.Reply {
			return []aiseratest.Reply{aiseratest.Fault(mode, "ERR-012")}
		})
		c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
		require.NoError(t, err)
		_, err = c.Ask(t.Context(), chat.Message{Text: "hi"})
		assert.ErrorIs(t, err, want, mode)
		require.NoError(t, c.Close())
	}
}

// next returns the next message that Events brings.
func next(t *testing.T, c *chat.Conversation) chat.Event {
	for e, err := range c.Events(t.Context(), "") {
		require.NoError(t, err)
		if e.Kind == chat.EventMessage {
			return e
		}
	}
	return chat.Event{}
}

// The bot's own answer ends the time of a live agent, because the agents may be offline.
func TestDriver_TheBotAnswersAgain(t *testing.T) {
	for mode, back := range map[aisera.Mode]bool{
		aisera.ModeNormal: true, aisera.ModeFlowStarted: true, aisera.ModeStreamingCompleted: true,
		aisera.ModeEndSessionSurvey: true, aisera.ModeFormError: true,
		aisera.ModeFlowCompleted: false, aisera.ModeCampaign: false, aisera.ModeLiveAgentWaitingUpdate: false,
		aisera.ModeSilentModeAnswered: false, "Surprise": false,
	} {
		t.Run(string(mode), func(t *testing.T) {
			v := newVendor(t, true)
			c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
			require.NoError(t, err)
			defer c.Close()
			a, err := chat.Collect(c.HandOver(t.Context()))
			require.NoError(t, err)
			assert.Equal(t, chat.FinishQueued, a.Finish)
			v.Push(aiseratest.Reply{Mode: mode, Answers: []string{"Sorry."}})
			assert.Equal(t, "Sorry.", next(t, c).Text)
			a, err = c.Ask(t.Context(), chat.Message{Text: "and now?"})
			require.NoError(t, err)
			assert.Equal(t, back, a.Finish == chat.FinishStop, a.Finish)
		})
	}
}

// No process was there when the agent left. The bot's answer to the first message shows it, also the end of a flow.
func TestDriver_AMissedExitEndsWithTheNextAnswer(t *testing.T) {
	for _, mode := range []aisera.Mode{aisera.ModeNormal, aisera.ModeFlowCompleted} {
		v := newVendor(t, true)
		c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
		require.NoError(t, err)
		_, err = chat.Collect(c.HandOver(t.Context()))
		require.NoError(t, err)
		state := c.State()
		require.NoError(t, c.Close())
		v.Answer(func(m aiseratest.Message) []aiseratest.Reply {
			return []aiseratest.Reply{{Mode: mode, Answers: []string{"You said: " + m.Text}}}
		})
		c, err = chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{State: state})
		require.NoError(t, err)
		a, err := c.Ask(t.Context(), chat.Message{Text: "Ann?"})
		require.NoError(t, err)
		assert.Equal(t, chat.FinishQueued, a.Finish)
		assert.Equal(t, "You said: Ann?", next(t, c).Text)
		a, err = c.Ask(t.Context(), chat.Message{Text: "and now?"})
		require.NoError(t, err)
		assert.Equal(t, "You said: and now?", a.Text)
		require.NoError(t, c.Close())
	}
}

func streamed(v *vendor, appends bool, t *testing.T) *chat.Conversation {
	driver := aiserachat.New(v.client(t), aiserachat.Options{WebSocket: true, Appends: appends, Choices: choices})
	c, err := chat.New(driver, chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func parts(mode aisera.Mode, texts ...string) (replies []aiseratest.Reply) {
	last := len(texts) - 1
	for _, text := range texts[:last] {
		replies = append(replies, aiseratest.Reply{Mode: aisera.ModeStreamingInProgress, Answers: []string{text}})
	}
	return append(replies, aiseratest.Reply{
		Mode: mode, Answers: []string{texts[last]},
		Extra: map[string]any{"buttons": []map[string]string{{"id": "choice-1", "label": "One"}}},
	})
}

// The end of a streamed answer offers the choices with the whole text, wherever its text stands.
func TestDriver_ChoicesOfAStreamedAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		appends bool
		replies []aiseratest.Reply
	}{
		"repeats":           {false, parts(aisera.ModeStreamingCompleted, "Hel", "Hello", "Hello")},
		"repeats, no text":  {false, parts(aisera.ModeStreamingCompleted, "Hel", "Hello", "", "")},
		"repeats, Normal":   {false, parts(aisera.ModeNormal, "Hel", "Hello", "")},
		"continues":         {true, parts(aisera.ModeStreamingCompleted, "Hel", "", "lo")},
		"continues, empty":  {true, parts(aisera.ModeStreamingCompleted, "Hel", "lo", "")},
		"continues, Normal": {true, parts(aisera.ModeNormal, "Hel", "lo", "")},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVendor(t, true)
			v.Answer(func(aiseratest.Message) []aiseratest.Reply { return test.replies })
			c := streamed(v, test.appends, t)
			for range 2 {
				a, err := c.Ask(t.Context(), chat.Message{Text: "hi"})
				require.NoError(t, err)
				assert.Equal(t, "Hello", a.Text)
				assert.Equal(t, []chat.Choice{{ID: "choice-1", Label: "One"}}, a.Choices)
			}
			_, err := c.Ask(t.Context(), chat.Message{ChoiceID: "choice-1"})
			require.NoError(t, err)
		})
	}
}

// Events brings an answer in parts as one message.
func TestListen_AnAnswerInPartsIsOneMessage(t *testing.T) {
	for _, appends := range []bool{false, true} {
		v := newVendor(t, true)
		replies := parts(aisera.ModeStreamingCompleted, "Hello", " you", "!")
		if !appends {
			replies = parts(aisera.ModeStreamingCompleted, "Hello", "Hello you", "Hello you!")
		}
		c := streamed(v, appends, t)
		_, err := c.Ask(t.Context(), chat.Message{Text: "hi"})
		require.NoError(t, err)
		v.Push(replies[0], aiseratest.Fault(aisera.ModeError, "ERR-007")) // this answer has failed
		v.Push(replies...)
		for e, err := range c.Events(t.Context(), "") {
			require.NoError(t, err)
			assert.Equal(t, chat.EventMessage, e.Kind)
			assert.Equal(t, "Hello you!", e.Text)
			assert.Equal(t, chat.RoleAssistant, e.Role)
			assert.NotEmpty(t, e.ID)
			assert.Len(t, e.Choices, 1)
			break
		}
	}
}

// Events brings the whole answer of a turn that was left in the middle.
func TestListen_AnAnswerThatWasLeftIsWhole(t *testing.T) {
	for _, echoes := range []bool{false, true} {
		for _, appends := range []bool{false, true} {
			v := newVendor(t, true)
			v.EchoRequestIDs(echoes)
			v.Answer(func(aiseratest.Message) []aiseratest.Reply {
				if appends {
					return parts(aisera.ModeStreamingCompleted, "Hel", "lo ", "you")
				}
				return parts(aisera.ModeStreamingCompleted, "Hel", "Hello ", "Hello you")
			})
			c := streamed(v, appends, t)
			for e, err := range c.Send(t.Context(), chat.Message{Text: "hi"}) {
				require.NoError(t, err)
				assert.Equal(t, "Hel", e.Text)
				break
			}
			e := next(t, c)
			assert.Equal(t, "Hello you", e.Text)
			assert.Len(t, e.Choices, 1)
		}
	}
}

// A message has one ID, whichever loop over Events yields it.
func TestListen_EveryLoopSeesTheSameID(t *testing.T) {
	v := newVendor(t, true)
	c := streamed(v, false, t)
	_, err := c.Ask(t.Context(), chat.Message{Text: "hi"})
	require.NoError(t, err)
	var mu sync.Mutex
	ids := map[string][]string{} // by text
	for range 2 {
		go func() {
			for e := range c.Events(t.Context(), "") {
				mu.Lock()
				ids[e.Text] = append(ids[e.Text], e.ID)
				mu.Unlock()
			}
		}()
	}
	var both []string
	require.Eventually(t, func() bool { // the first pushes may come before both loops listen
		v.Push(aiseratest.Say(rand.Text()))
		mu.Lock()
		defer mu.Unlock()
		for _, both = range ids {
			if len(both) == 2 {
				return true
			}
		}
		return false
	}, 20*time.Second, time.Millisecond)
	assert.NotEmpty(t, both[0])
	assert.Equal(t, both[0], both[1])
}

// Without request ids, messages that a live agent left unanswered take no answer of the bot.
func TestDriver_TheBotAnswersAfterASilentAgent(t *testing.T) {
	v := newVendor(t, true)
	v.EchoRequestIDs(false)
	c, err := chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	defer c.Close()
	_, err = chat.Collect(c.HandOver(t.Context()))
	require.NoError(t, err)
	v.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
	for _, text := range []string{"are you there?", "Ann?"} {
		_, err := c.Ask(t.Context(), chat.Message{Text: text})
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return len(v.heard()) == 3 }, 20*time.Second, time.Millisecond)
	v.Push(aiseratest.Reply{Mode: aisera.ModeLiveAgentExited, Answers: []string{"The agent left."}})
	assert.Equal(t, "The agent left.", next(t, c).Text)
	v.Answer(v.answer)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	a, err := c.Ask(ctx, chat.Message{Text: "and now?"})
	require.NoError(t, err)
	assert.Equal(t, "You said: and now?", a.Text)
}
