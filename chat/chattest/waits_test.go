package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenWaits names for each case of the file a driver that has to fail it.
var brokenWaits = map[string]memchat.Options{
	"Context/EndedBeforeTheTurnSendsNothing":    {Flaw: memchat.FlawConnectOpens},
	"Context/EndsTheWaitForTheAnswer":           {Flaw: memchat.FlawTwiceHeld},
	"Context/EndsTheWaitForTheTurn":             {Flaw: memchat.FlawTwiceHeld},
	"Break/LeavesTheMessagePending":             {Flaw: memchat.FlawTwice},
	"Close/InMidTurnEndsIt":                     {Flaw: memchat.FlawMakesUpAnswers},
	"Close/InTheLoop":                           {Flaw: memchat.FlawTwice},
	"Close/TwiceAndBeforeUse":                   {Flaw: memchat.FlawConnectOpens},
	"Close/AfterATurnTellsTheVendorNothing":     {Flaw: memchat.FlawTwice},
	"Shutdown/WaitsForTheTurnAndRefusesNewOnes": {Flaw: memchat.FlawTwiceHeld},
}

func TestCases_OfFileWaits(t *testing.T) { brokenDriversFail(t, brokenWaits) }
