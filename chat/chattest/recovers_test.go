package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenRecovers names for each case of the file a driver that has to fail it.
var brokenRecovers = map[string]broken{
	"Recover/WithNothingPending":                 flawed(memchat.FlawConnectOpens, "1 requests were sent"),
	"Recover/TheAnswerThatWasLost":               flawed(memchat.FlawHidesUser, "Recover brought"),
	"Recover/TheAnswerInAnotherProcess":          flawed(memchat.FlawHidesAnswers, "Recover brought"),
	"Recover/AMessageThatWasLost":                flawed(memchat.FlawRepeatsLost, "want the message was not delivered"),
	"Recover/AMessageThatTheVendorActsOnLate":    flawed(memchat.FlawLossRefused, "pending is false"),
	"Recover/ASecondYesThatWasLost":              flawed(memchat.FlawShowsTwice, "want the message was not delivered"),
	"Recover/ASecondYesWhoseAnswerWasLost":       flawed(memchat.FlawReversed, `the answer to "yes"`),
	"Recover/AfterAMessageThatTurnedUpTooLate":   flawed(memchat.FlawLossRefused, "want the message was not delivered"),
	"Recover/EndsWithItsContextAndCanBeRepeated": flawed(memchat.FlawLossRefused, "want chattest: given up"),
	"Recover/OutlivesPassingFailures":            flawed(memchat.FlawPassingLasts, "pending is true"),
	"Recover/AfterABreak":                        flawed(memchat.FlawHidesUser, "Recover brought"),
	"Recover/AfterACut":                          flawed(memchat.FlawHidesAnswers, "Recover brought"),
	"Recover/ThenTheConversationGoesOn":          flawed(memchat.FlawHidesUser, "Recover brought"),
	"Recover/MovesAtEveryEvent":                  flawed(memchat.FlawHidesUser, "Recover brought"),
}

func TestCases_OfFileRecovers(t *testing.T) { brokenDriversFail(t, brokenRecovers) }
