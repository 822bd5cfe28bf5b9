package memchat

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// The flaws.
const (
	FlawName            Flaw = "every driver has another name"
	FlawConnectOpens    Flaw = "Connect opens a conversation"
	FlawTwice           Flaw = "a message is sent twice"
	FlawSilent          Flaw = "the answer is not emitted"
	FlawRole            Flaw = "the assistant's messages are the user's"
	FlawLosesADelta     Flaw = "a delta is lost"
	FlawDeltasUnsaid    Flaw = "Capabilities deny the deltas"
	FlawCutsText        Flaw = "a long text is cut"
	FlawTrimsText       Flaw = "white space and markup are changed"
	FlawNative          Flaw = "an unknown Native is sent"
	FlawSharedAnswer    Flaw = "the answer is that of the first message"
	FlawRefusalUnknown  Flaw = "a refusal is a delivery that is unknown"
	FlawRefusalQuotes   Flaw = "an error quotes the message"
	FlawFailureLost     Flaw = "an answer that failed is a delivery that is unknown"
	FlawLossRefused     Flaw = "a lost connection is a refusal"
	FlawCutIsAnEnd      Flaw = "an answer that is cut is whole"
	FlawForgets         Flaw = "each process opens a conversation of its own"
	FlawHidesUser       Flaw = "the list lacks the user's messages"
	FlawHidesAnswers    Flaw = "the list lacks the answers"
	FlawReversed        Flaw = "the list has the latest message first"
	FlawNewIDs          Flaw = "the list has other ids each time"
	FlawPassingLasts    Flaw = "a passing failure is a lasting one"
	FlawGreetSpeaks     Flaw = "the greeting says something for the user"
	FlawHandOverFails   Flaw = "the hand-over fails"
	FlawQueuedUnsaid    Flaw = "a queued message ends like an answered one"
	FlawNoChoices       Flaw = "no choices are offered"
	FlawHumansAreAgents Flaw = "a human's messages are the assistant's"
	FlawMemoryIsSpeech  Flaw = "the Memory holds what was said"
	FlawLeaks           Flaw = "a goroutine is left"
	FlawConnectFails    Flaw = "Connect fails"
	FlawLosesEverything Flaw = "Send does nothing and fails"
	FlawTwiceHeld       Flaw = "a message whose answer takes long is sent twice"
	FlawMakesUpAnswers  Flaw = "an answer that takes long is made up"
	FlawRepeatsLost     Flaw = "a message whose connection was lost is sent again"
	FlawShowsTwice      Flaw = "the list has each message of the user twice"
	FlawOpenSpeaks      Flaw = "the opening of a conversation says something"
	FlawGreetFails      Flaw = "the greeting fails"
	FlawEndsInError     Flaw = "an answer that is whole ends with an error"
	FlawTalksOn         Flaw = "an event follows the end"
	FlawDeafToContext   Flaw = "a look does not heed its context"
	FlawListsOnce       Flaw = "the list has each human's message once only"
	FlawAnswersQueued   Flaw = "the agent answers although a human does"
	FlawListsTwice      Flaw = "the list has each answer twice"
	FlawHidesLate       Flaw = "the list lacks what the agent says late"
	FlawKeepsNothing    Flaw = "what is in the Memory is forgotten when a hand-over fails"
)

// next returns another number each time.
func (v *Vendor) next() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.disturbed--
	return -v.disturbed
}

// garble changes the text that is sent.
func (s *session) garble(text string) string {
	const short = 1000
	switch {
	case s.opts.Flaw == FlawCutsText && len(text) > short:
		return text[:short]
	case s.opts.Flaw == FlawTrimsText:
		return strings.ReplaceAll(strings.ReplaceAll(text, "\n", " "), "<b>", "")
	case s.opts.Flaw == FlawMemoryIsSpeech:
		var known memory
		_ = s.mem.Get(&known)
		_ = s.mem.Set(map[string]string{"conversation": known.Conversation, "text": text})
	case s.opts.Flaw == FlawLeaks:
		go func() { <-time.After(time.Minute) }()
	}
	return text
}

func (s *session) refused(text string) error {
	switch s.opts.Flaw {
	case FlawRefusalUnknown:
		return fmt.Errorf("memchat: %w: %w", parley.ErrRateLimited, parley.ErrDeliveryUnknown)
	case FlawRefusalQuotes:
		return fmt.Errorf("memchat: %w: %q", parley.ErrRateLimited, text)
	}
	return fmt.Errorf("memchat: %w", parley.ErrRateLimited)
}

func (s *session) lost() error {
	if s.opts.Flaw == FlawLossRefused {
		return fmt.Errorf("memchat: %w", parley.ErrServer)
	}
	return fmt.Errorf("memchat: %w", parley.ErrDeliveryUnknown)
}

func (s *session) failed() error {
	if s.opts.Flaw == FlawFailureLost {
		return s.lost()
	}
	return fmt.Errorf("memchat: %w", parley.ErrAnswerFailed)
}

func (s *session) cut() error {
	if s.opts.Flaw == FlawCutIsAnEnd {
		return errors.New("the end")
	}
	return parley.ErrTruncated
}

func (s *session) passing() error {
	if s.opts.Flaw == FlawPassingLasts {
		return parley.ErrForbidden
	}
	return parley.ErrServer
}

func (s *session) queued() string {
	if s.opts.Flaw == FlawQueuedUnsaid {
		return chat.FinishStop
	}
	return chat.FinishQueued
}

// whole emits the answer as one message.
func (s *session) whole(t *chat.Turn, e chat.Event) error {
	switch s.opts.Flaw {
	case FlawSilent:
		return nil
	case FlawNoChoices:
		e.Choices = nil
	case FlawSharedAnswer:
		e.ID, e.Text = "shared", "You said: hello"
	}
	err := t.Emit(e)
	switch {
	case err == nil && s.opts.Flaw == FlawEndsInError:
		return parley.ErrTruncated
	case err == nil && s.opts.Flaw == FlawTalksOn:
		_ = t.Emit(chat.Event{Kind: chat.EventDone})
		return t.Emit(e)
	}
	return err
}

// show returns the listing as the driver hands it on. The vendor is locked.
func (s *session) show(c *conversation, listing chat.Listing) chat.Listing {
	shown := chat.Listing{Queued: listing.Queued}
	for i, m := range listing.Messages {
		if s.hides(c, i, m) {
			continue
		}
		switch {
		case s.opts.Flaw == FlawNewIDs:
			m.ID = fmt.Sprint(m.ID, "-", s.vendor.requests, "-", i)
		case s.opts.Flaw == FlawHumansAreAgents && m.Role == chat.RoleHuman:
			m.Role = chat.RoleAssistant
		}
		shown.Messages = append(shown.Messages, m)
		if s.opts.Flaw == FlawShowsTwice && m.Role == chat.RoleUser ||
			s.opts.Flaw == FlawListsTwice && m.Role == chat.RoleAssistant {
			m.ID += "-again"
			shown.Messages = append(shown.Messages, m)
		}
		if s.opts.Flaw == FlawReversed {
			copy(shown.Messages[1:], shown.Messages)
			shown.Messages[0] = m
		}
	}
	return shown
}

// hides reports whether the list lacks a message.
func (s *session) hides(c *conversation, i int, m chat.Listed) bool {
	switch s.opts.Flaw {
	case FlawHidesUser:
		return m.Role == chat.RoleUser
	case FlawHidesAnswers:
		return m.Role == chat.RoleAssistant
	case FlawHidesLate:
		return c.messages[i].late
	case FlawListsOnce:
		before := c.messages[i].listed
		c.messages[i].listed = true
		return before && m.Role == chat.RoleHuman
	}
	return false
}

// Flaws returns all flaws.
func Flaws() []Flaw {
	return []Flaw{
		FlawName, FlawConnectOpens, FlawTwice, FlawSilent, FlawRole, FlawLosesADelta, FlawDeltasUnsaid, FlawCutsText,
		FlawTrimsText, FlawNative, FlawSharedAnswer, FlawRefusalUnknown, FlawRefusalQuotes, FlawFailureLost,
		FlawLossRefused,
		FlawCutIsAnEnd, FlawForgets, FlawHidesUser, FlawHidesAnswers, FlawReversed, FlawNewIDs, FlawPassingLasts,
		FlawGreetSpeaks, FlawHandOverFails, FlawQueuedUnsaid, FlawNoChoices, FlawHumansAreAgents, FlawMemoryIsSpeech,
		FlawLeaks, FlawConnectFails, FlawLosesEverything, FlawTwiceHeld, FlawMakesUpAnswers, FlawRepeatsLost,
		FlawShowsTwice, FlawOpenSpeaks, FlawGreetFails, FlawEndsInError, FlawTalksOn, FlawDeafToContext, FlawListsOnce,
		FlawAnswersQueued, FlawListsTwice, FlawHidesLate, FlawKeepsNothing,
	}
}
