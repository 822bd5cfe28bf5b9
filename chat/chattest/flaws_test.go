package chattest_test

import (
	"testing"

	"github.com/seed-127a5941/parley/chat/chattest"
	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// broken names for each case a driver that has to fail it.
var broken = map[string]memchat.Options{
	"Driver/NameAndCapabilitiesAreConstant":         {Flaw: memchat.FlawName},
	"New/SendsNothing":                              {Flaw: memchat.FlawConnectOpens},
	"Send/NothingIsSentBeforeTheRange":              {Flaw: memchat.FlawConnectOpens},
	"Send/SaysAMessageOnceAndAnswersIt":             {Flaw: memchat.FlawTwice},
	"Send/NothingIsPendingAfterIt":                  {Flaw: memchat.FlawLosesEverything},
	"Send/ASecondRangeIsErrClosed":                  {Flaw: memchat.FlawTwice},
	"Send/ExactlyOneDoneAtTheEnd":                   {Flaw: memchat.FlawLosesEverything},
	"Send/MessagesHaveIDsAndRoles":                  {Flaw: memchat.FlawRole},
	"Send/DeltasMakeUpTheMessages":                  {Flaw: memchat.FlawLosesADelta},
	"Send/TurnsKeepTheirOrder":                      {Flaw: memchat.FlawTwice},
	"Send/EqualTextsAreSaidEachTime":                {Flaw: memchat.FlawTwice},
	"Send/AnEmptyMessageIsRefused":                  {Flaw: memchat.FlawConnectOpens},
	"Send/AHugeMessageIsWholeOrRefused":             {Flaw: memchat.FlawCutsText},
	"Send/AnyTextArrivesAsItIs":                     {Flaw: memchat.FlawTrimsText},
	"Send/AnUnknownNativeIsRefused":                 {Flaw: memchat.FlawNative},
	"Send/TheIDOfTheLastMessageIsErrAlreadySent":    {Flaw: memchat.FlawTwice},
	"Send/ConcurrentTurnsGetTheirOwnAnswers":        {Flaw: memchat.FlawSharedAnswer, Silent: true},
	"Send/ConversationsAreApart":                    {Flaw: memchat.FlawTwice},
	"Context/EndedBeforeTheTurnSendsNothing":        {Flaw: memchat.FlawConnectOpens},
	"Context/EndsTheWaitForTheAnswer":               {Flaw: memchat.FlawTwiceHeld},
	"Context/EndsTheWaitForTheTurn":                 {Flaw: memchat.FlawTwiceHeld},
	"Break/LeavesTheMessagePending":                 {Flaw: memchat.FlawTwice},
	"Close/InMidTurnEndsIt":                         {Flaw: memchat.FlawMakesUpAnswers},
	"Close/InTheLoop":                               {Flaw: memchat.FlawTwice},
	"Close/TwiceAndBeforeUse":                       {Flaw: memchat.FlawConnectOpens},
	"Close/AfterATurnTellsTheVendorNothing":         {Flaw: memchat.FlawTwice},
	"Shutdown/WaitsForTheTurnAndRefusesNewOnes":     {Flaw: memchat.FlawTwiceHeld},
	"Refused/TheMessageWasNotSaidAndMayBeSaidAgain": {Flaw: memchat.FlawRefusalUnknown},
	"AnswerFailed/TheMessageWasSaid":                {Flaw: memchat.FlawFailureLost},
	"AnswerLost/TheMessageIsPending":                {Flaw: memchat.FlawLossRefused},
	"AnswerLost/SendIsErrPending":                   {Flaw: memchat.FlawLossRefused},
	"RequestLost/NothingIsClaimed":                  {Flaw: memchat.FlawRepeatsLost},
	"Cut/YieldsWhatCameThenErrTruncated":            {Flaw: memchat.FlawCutIsAnEnd},
	"Fault/AnErrorShowsNothingThatWasSaid":          {Flaw: memchat.FlawRefusalQuotes},
	"Recover/WithNothingPending":                    {Flaw: memchat.FlawConnectOpens},
	"Recover/TheAnswerThatWasLost":                  {Flaw: memchat.FlawHidesUser},
	"Recover/TheAnswerInAnotherProcess":             {Flaw: memchat.FlawHidesAnswers},
	"Recover/AMessageThatWasLost":                   {Flaw: memchat.FlawRepeatsLost},
	"Recover/AMessageThatTheVendorActsOnLate":       {Flaw: memchat.FlawLossRefused},
	"Recover/ASecondYesThatWasLost":                 {Flaw: memchat.FlawShowsTwice},
	"Recover/ASecondYesWhoseAnswerWasLost":          {Flaw: memchat.FlawReversed},
	"Recover/AfterAMessageThatTurnedUpTooLate":      {Flaw: memchat.FlawLossRefused},
	"Recover/EndsWithItsContextAndCanBeRepeated":    {Flaw: memchat.FlawLossRefused},
	"Recover/OutlivesPassingFailures":               {Flaw: memchat.FlawPassingLasts},
	"Recover/AfterABreak":                           {Flaw: memchat.FlawHidesUser},
	"Recover/AfterACut":                             {Flaw: memchat.FlawHidesAnswers},
	"Recover/ThenTheConversationGoesOn":             {Flaw: memchat.FlawHidesUser},
	"Save/ComesBeforeTheMessage":                    {Flaw: memchat.FlawOpenSpeaks},
	"Save/FailsBeforeTheMessageSendsNothing":        {Flaw: memchat.FlawOpenSpeaks},
	"Save/FailsAfterTheMessageLeavesItPending":      {Flaw: memchat.FlawTwice},
	"State/IsSmallAndHoldsNothingSaid":              {Flaw: memchat.FlawMemoryIsSpeech},
	"State/OfANewConversationContinuesIt":           {Flaw: memchat.FlawLosesEverything},
	"State/AnotherProcessContinues":                 {Flaw: memchat.FlawForgets},
	"State/EqualsWhatWasSaved":                      {Flaw: memchat.FlawLosesEverything},
	"State/MovesAtEveryEventOfATurn":                {Flaw: memchat.FlawHidesUser},
	"Choice/ThatWasOffered":                         {Flaw: memchat.FlawNoChoices},
	"Choice/ThatWasOfferedInAnotherProcess":         {Flaw: memchat.FlawNoChoices},
	"Choice/ThatWasNotOfferedIsRefused":             {Flaw: memchat.FlawConnectOpens},
	"Greet/AsCapabilitiesSay":                       {Flaw: memchat.FlawGreetSpeaks},
	"Greet/ThenAnotherProcessContinues":             {Flaw: memchat.FlawGreetFails},
	"HandOver/AsCapabilitiesSay":                    {Flaw: memchat.FlawHandOverFails},
	"Humans/AQueuedMessageEndsItsTurn":              {Flaw: memchat.FlawQueuedUnsaid},
	"Events/AsCapabilitiesSay":                      {Flaw: memchat.FlawConnectFails, Bare: true},
	"Events/EndWithTheCauseOfTheContext":            {Flaw: memchat.FlawConnectFails},
	"Events/EndWithClose":                           {Flaw: memchat.FlawLosesEverything},
	"Events/ASecondRangeIsErrClosed":                {Flaw: memchat.FlawConnectFails},
	"Events/WhatAHumanSays":                         {Flaw: memchat.FlawHumansAreAgents},
	"Events/TwoLoopsEachGetEverything":              {Flaw: memchat.FlawLosesEverything},
	"Events/ContinueAfterAMessage":                  {Flaw: memchat.FlawNewIDs},
	"Events/NoAnswersToMessages":                    {Flaw: memchat.FlawLosesEverything},
	"Events/OutlivePassingFailures":                 {Flaw: memchat.FlawHumansAreAgents},
	"History/AsCapabilitiesSay":                     {Flaw: memchat.FlawReversed},
	"History/HasTheIDsOfTurns":                      {Flaw: memchat.FlawNewIDs},
}

// alsoBroken are further drivers for some of the cases.
var alsoBroken = map[string]memchat.Options{
	"Send/SaysAMessageOnceAndAnswersIt": {Flaw: memchat.FlawSilent, Silent: true},
	"Send/DeltasMakeUpTheMessages":      {Flaw: memchat.FlawDeltasUnsaid},
	"Send/TurnsKeepTheirOrder":          {Flaw: memchat.FlawLeaks},
}

// TestCases_ABrokenDriverFailsEachOfThem tests the tests.
func TestCases_ABrokenDriverFailsEachOfThem(t *testing.T) {
	for _, c := range chattest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			opts, ok := broken[c.Name]
			switch {
			case !ok:
				t.Error("no driver is broken for this case")
			case !fails(t, c, opts):
				t.Errorf("a driver of which %s passes", opts.Flaw)
			}
		})
	}
}

// TestCases_EachFlawIsNoticed holds that no flaw of the in-memory driver is without a case.
func TestCases_EachFlawIsNoticed(t *testing.T) {
	noticed := map[memchat.Flaw]bool{}
	for name, opts := range alsoBroken {
		noticed[opts.Flaw] = true
		for _, c := range chattest.Cases() {
			if c.Name == name && !fails(t, c, opts) {
				t.Errorf("%s: a driver of which %s passes", name, opts.Flaw)
			}
		}
	}
	for _, opts := range broken {
		noticed[opts.Flaw] = true
	}
	for _, flaw := range memchat.Flaws() {
		if !noticed[flaw] {
			t.Errorf("no case is for %q", flaw)
		}
	}
}
