package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenOffers names for each case of the file a driver that has to fail it.
var brokenOffers = map[string]memchat.Options{
	"Choice/ThatWasOffered":                 {Flaw: memchat.FlawNoChoices},
	"Choice/ThatWasOfferedInAnotherProcess": {Flaw: memchat.FlawNoChoices},
	"Choice/ThatWasNotOfferedIsRefused":     {Flaw: memchat.FlawConnectOpens},
	"Greet/AsCapabilitiesSay":               {Flaw: memchat.FlawGreetSpeaks},
	"Greet/ThenAnotherProcessContinues":     {Flaw: memchat.FlawGreetFails},
	"HandOver/AsCapabilitiesSay":            {Flaw: memchat.FlawHandOverFails},
	"Humans/AQueuedMessageEndsItsTurn":      {Flaw: memchat.FlawQueuedUnsaid},
}

func TestCases_OfFileOffers(t *testing.T) { brokenDriversFail(t, brokenOffers) }
