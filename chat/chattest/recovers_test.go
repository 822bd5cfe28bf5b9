package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenRecovers names for each case of the file a driver that has to fail it.
var brokenRecovers = map[string]memchat.Options{
	"Recover/WithNothingPending":                 {Flaw: memchat.FlawConnectOpens},
	"Recover/TheAnswerThatWasLost":               {Flaw: memchat.FlawHidesUser},
	"Recover/TheAnswerInAnotherProcess":          {Flaw: memchat.FlawHidesAnswers},
	"Recover/AMessageThatWasLost":                {Flaw: memchat.FlawRepeatsLost},
	"Recover/AMessageThatTheVendorActsOnLate":    {Flaw: memchat.FlawLossRefused},
	"Recover/ASecondYesThatWasLost":              {Flaw: memchat.FlawShowsTwice},
	"Recover/ASecondYesWhoseAnswerWasLost":       {Flaw: memchat.FlawReversed},
	"Recover/AfterAMessageThatTurnedUpTooLate":   {Flaw: memchat.FlawLossRefused},
	"Recover/EndsWithItsContextAndCanBeRepeated": {Flaw: memchat.FlawLossRefused},
	"Recover/OutlivesPassingFailures":            {Flaw: memchat.FlawPassingLasts},
	"Recover/AfterABreak":                        {Flaw: memchat.FlawHidesUser},
	"Recover/AfterACut":                          {Flaw: memchat.FlawHidesAnswers},
	"Recover/ThenTheConversationGoesOn":          {Flaw: memchat.FlawHidesUser},
}

func TestCases_OfFileRecovers(t *testing.T) { brokenDriversFail(t, brokenRecovers) }
