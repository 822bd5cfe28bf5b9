package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenEvents names for each case of the file a driver that has to fail it.
var brokenEvents = map[string]memchat.Options{
	"Events/AsCapabilitiesSay":           {Flaw: memchat.FlawConnectFails, Bare: true},
	"Events/EndWithTheCauseOfTheContext": {Flaw: memchat.FlawConnectFails},
	"Events/EndWithClose":                {Flaw: memchat.FlawLosesEverything},
	"Events/ASecondRangeIsErrClosed":     {Flaw: memchat.FlawConnectFails},
	"Events/WhatAHumanSays":              {Flaw: memchat.FlawHumansAreAgents},
	"Events/TwoLoopsEachGetEverything":   {Flaw: memchat.FlawLosesEverything},
	"Events/ContinueAfterAMessage":       {Flaw: memchat.FlawNewIDs},
	"Events/NoAnswersToMessages":         {Flaw: memchat.FlawLosesEverything},
	"Events/OutlivePassingFailures":      {Flaw: memchat.FlawHumansAreAgents},
	"History/AsCapabilitiesSay":          {Flaw: memchat.FlawReversed},
	"History/HasTheIDsOfTurns":           {Flaw: memchat.FlawNewIDs},
}

func TestCases_OfFileEvents(t *testing.T) { brokenDriversFail(t, brokenEvents) }
