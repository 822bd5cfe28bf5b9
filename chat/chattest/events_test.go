package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// brokenEvents names for each case of the file a driver that has to fail it.
var brokenEvents = map[string]broken{
	"Events/AsCapabilitiesSay":           {memchat.Options{Flaw: memchat.FlawConnectFails, Bare: true}, "chat.New"},
	"Events/EndWithTheCauseOfTheContext": flawed(memchat.FlawDeafToContext, "Events: that did not end"),
	"Events/EndWithClose":                flawed(memchat.FlawDeafToContext, "that did not end"),
	"Events/ASecondRangeIsErrClosed":     flawed(memchat.FlawConnectFails, "chat.New"),
	"Events/WhatAHumanSays":              flawed(memchat.FlawHumansAreAgents, `by "assistant"`),
	"Events/TwoLoopsEachGetEverything":   flawed(memchat.FlawListsOnce, "a loop gets the message"),
	"Events/ContinueAfterAMessage":       flawed(memchat.FlawNewIDs, "these came"),
	"Events/NoAnswersToMessages": {
		memchat.Options{Flaw: memchat.FlawAnswersQueued, Awaits: true}, `"You said: to the human"`,
	},
	"Events/OutlivePassingFailures":         flawed(memchat.FlawPassingLasts, "Events has ended"),
	"History/AsCapabilitiesSay":             flawed(memchat.FlawReversed, "message 0 is"),
	"History/HasTheIDsOfTurns":              flawed(memchat.FlawNewIDs, "has other IDs"),
	"Events/AnAnswerThatRecoverYields":      flawed(memchat.FlawListsTwice, "these came"),
	"Events/ALateAnswerAfterAnotherMessage": flawed(memchat.FlawHidesLate, "the messages of the assistant come"),
	"Events/AnAgentThatSpeaksAfterAHuman":   flawed(memchat.FlawHidesLate, "the agent's message comes"),
}

func TestCases_OfFileEvents(t *testing.T) { brokenDriversFail(t, brokenEvents) }
