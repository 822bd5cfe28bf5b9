package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenFaults names for each case of the file a driver that has to fail it.
var brokenFaults = map[string]broken{
	"Refused/TheMessageWasNotSaidAndMayBeSaidAgain": flawed(memchat.FlawRefusalUnknown,
		"the error is memchat: rate limited: delivery unknown"),
	"AnswerFailed/TheMessageWasSaid":       flawed(memchat.FlawFailureLost, "want the vendor could not answer"),
	"AnswerLost/TheMessageIsPending":       flawed(memchat.FlawLossRefused, "the error is memchat: server error"),
	"AnswerLost/SendIsErrPending":          flawed(memchat.FlawLossRefused, "the error is memchat: server error"),
	"RequestLost/NothingIsClaimed":         flawed(memchat.FlawRepeatsLost, "the vendor heard"),
	"Cut/YieldsWhatCameThenErrTruncated":   flawed(memchat.FlawCutIsAnEnd, "the error is memchat: the end"),
	"Fault/AnErrorShowsNothingThatWasSaid": flawed(memchat.FlawRefusalQuotes, "the error shows the message"),
}

func TestCases_OfFileFaults(t *testing.T) { brokenDriversFail(t, brokenFaults) }
