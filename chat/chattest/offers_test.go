package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenOffers names for each case of the file a driver that has to fail it.
var brokenOffers = map[string]broken{
	"Choice/ThatWasOffered":                 flawed(memchat.FlawNoChoices, "offers no choice"),
	"Choice/ThatWasOfferedInAnotherProcess": flawed(memchat.FlawNoChoices, "offers no choice"),
	"Choice/ThatWasNotOfferedIsRefused":     flawed(memchat.FlawConnectOpens, "1 requests were sent"),
	"Greet/AsCapabilitiesSay":               flawed(memchat.FlawGreetSpeaks, "the vendor heard"),
	"Greet/ThenAnotherProcessContinues":     flawed(memchat.FlawGreetFails, "the greeting failed"),
	"HandOver/AsCapabilitiesSay":            flawed(memchat.FlawHandOverFails, "it ended with"),
	"Humans/AQueuedMessageEndsItsTurn":      flawed(memchat.FlawQueuedUnsaid, `it ended with "stop"`),
	"Choice/IsSavedBeforeItIsShown":         flawed(memchat.FlawNoChoices, "offers no choice"),
	"HandOver/WhoseResponseWasLost":         flawed(memchat.FlawKeepsNothing, "the next message ended with"),
}

func TestCases_OfFileOffers(t *testing.T) { brokenDriversFail(t, brokenOffers) }
