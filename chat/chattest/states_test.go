package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenStates names for each case of the file a driver that has to fail it.
var brokenStates = map[string]memchat.Options{
	"Save/ComesBeforeTheMessage":               {Flaw: memchat.FlawOpenSpeaks},
	"Save/FailsBeforeTheMessageSendsNothing":   {Flaw: memchat.FlawOpenSpeaks},
	"Save/FailsAfterTheMessageLeavesItPending": {Flaw: memchat.FlawTwice},
	"State/IsSmallAndHoldsNothingSaid":         {Flaw: memchat.FlawMemoryIsSpeech},
	"State/OfANewConversationContinuesIt":      {Flaw: memchat.FlawLosesEverything},
	"State/AnotherProcessContinues":            {Flaw: memchat.FlawForgets},
	"State/EqualsWhatWasSaved":                 {Flaw: memchat.FlawLosesEverything},
	"State/MovesAtEveryEventOfATurn":           {Flaw: memchat.FlawHidesUser},
}

func TestCases_OfFileStates(t *testing.T) { brokenDriversFail(t, brokenStates) }
