package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenStates names for each case of the file a driver that has to fail it.
var brokenStates = map[string]broken{
	"Save/ComesBeforeTheMessage":               flawed(memchat.FlawOpenSpeaks, "before the state was saved"),
	"Save/FailsBeforeTheMessageSendsNothing":   flawed(memchat.FlawOpenSpeaks, "the vendor heard"),
	"Save/FailsAfterTheMessageLeavesItPending": flawed(memchat.FlawHidesAnswers, "Recover brought"),
	"State/IsSmallAndHoldsNothingSaid":         flawed(memchat.FlawMemoryIsSpeech, "the state holds what was said"),
	"State/OfANewConversationContinuesIt":      flawed(memchat.FlawEndsInError, `the turn of "hello" failed`),
	"State/AnotherProcessContinues":            flawed(memchat.FlawForgets, "the history has 2"),
	"State/EqualsWhatWasSaved":                 flawed(memchat.FlawEndsInError, `the turn of "hello" failed`),
	"State/MovesAtEveryEventOfATurn":           flawed(memchat.FlawHidesUser, "Recover brought"),
	"Save/FailsAtEachPointOfATurn":             flawed(memchat.FlawTwice, "Recover brought"),
}

func TestCases_OfFileStates(t *testing.T) { brokenDriversFail(t, brokenStates) }
