package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenFaults names for each case of the file a driver that has to fail it.
var brokenFaults = map[string]memchat.Options{
	"Refused/TheMessageWasNotSaidAndMayBeSaidAgain": {Flaw: memchat.FlawRefusalUnknown},
	"AnswerFailed/TheMessageWasSaid":                {Flaw: memchat.FlawFailureLost},
	"AnswerLost/TheMessageIsPending":                {Flaw: memchat.FlawLossRefused},
	"AnswerLost/SendIsErrPending":                   {Flaw: memchat.FlawLossRefused},
	"RequestLost/NothingIsClaimed":                  {Flaw: memchat.FlawRepeatsLost},
	"Cut/YieldsWhatCameThenErrTruncated":            {Flaw: memchat.FlawCutIsAnEnd},
	"Fault/AnErrorShowsNothingThatWasSaid":          {Flaw: memchat.FlawRefusalQuotes},
}

func TestCases_OfFileFaults(t *testing.T) { brokenDriversFail(t, brokenFaults) }
