package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenWaits names for each case of the file a driver that has to fail it.
var brokenWaits = map[string]broken{
	"Context/EndedBeforeTheTurnSendsNothing": flawed(memchat.FlawConnectOpens, "1 requests were sent"),
	"Context/EndsTheWaitForTheAnswer":        flawed(memchat.FlawTwiceHeld, "the vendor heard"),
	"Context/EndsTheWaitForTheTurn":          flawed(memchat.FlawTwiceHeld, "the vendor heard"),
	"Break/LeavesTheMessagePending":          flawed(memchat.FlawTwice, "the vendor heard"),
	"Close/InMidTurnEndsIt": flawed(memchat.FlawMakesUpAnswers,
		"the error is <nil>, want ErrClosed"),
	"Close/InTheLoop":                           flawed(memchat.FlawTwice, "the vendor heard"),
	"Close/TwiceAndBeforeUse":                   flawed(memchat.FlawConnectOpens, "1 requests were sent"),
	"Close/AfterATurnTellsTheVendorNothing":     flawed(memchat.FlawTwice, "the vendor heard"),
	"Shutdown/WaitsForTheTurnAndRefusesNewOnes": flawed(memchat.FlawTwiceHeld, "the vendor heard"),
	"Close/AtEveryEventOfATurn":                 flawed(memchat.FlawTwice, "the vendor heard"),
}

func TestCases_OfFileWaits(t *testing.T) { brokenDriversFail(t, brokenWaits) }
