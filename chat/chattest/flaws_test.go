package chattest_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/seed-127a5941/parley/chat/chattest"
	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// broken is a driver that must fail a case, and a part of what the case says then. So it is the promise of the case
// that the driver breaks, and not something that the case does before.
type broken struct {
	memchat.Options
	says string
}

func flawed(flaw memchat.Flaw, says string) broken { return broken{memchat.Options{Flaw: flaw}, says} }

// allBroken are the broken drivers of all files, by case.
func allBroken() map[string]broken {
	all := map[string]broken{}
	for _, group := range []map[string]broken{
		brokenTurns, brokenWaits, brokenFaults, brokenRecovers, brokenStates, brokenOffers, brokenEvents,
	} {
		maps.Copy(all, group)
	}
	return all
}

// alsoBroken are further drivers for some of the cases.
var alsoBroken = map[string]broken{
	"Send/SaysAMessageOnceAndAnswersIt": {
		memchat.Options{Flaw: memchat.FlawSilent, Silent: true}, `the answer to "hello" is ""`,
	},
	"Send/DeltasMakeUpTheMessages":     flawed(memchat.FlawDeltasUnsaid, "Capabilities.Deltas: false"),
	"Send/TurnsKeepTheirOrder":         flawed(memchat.FlawLeaks, "goroutines are left"),
	"State/AnotherProcessContinues":    flawed(memchat.FlawLosesEverything, `the turn of "one" failed`),
	"Greet/AsCapabilitiesSay":          flawed(memchat.FlawGreetFails, "the greeting is"),
	"Recover/AfterACut":                flawed(memchat.FlawHidesAnswers, "Recover brought"),
	"Events/OutlivePassingFailures":    flawed(memchat.FlawHumansAreAgents, `by "assistant"`),
	"HandOver/WhoseResponseWasLost":    flawed(memchat.FlawForgets, `the next message ended with "stop"`),
	"Events/AnAnswerThatRecoverYields": flawed(memchat.FlawHidesUser, "Recover brought"),
}

// brokenDriversFail requires that each driver fails its case for the reason that is named.
func brokenDriversFail(t *testing.T, all map[string]broken) {
	t.Helper()
	for _, c := range chattest.Cases() {
		b, ok := all[c.Name]
		if !ok {
			continue
		}
		if why := failure(t, c, b.Options); why == "" || !strings.Contains(why, b.says) {
			t.Errorf("%s: the driver of which %s must fail with %q, and it says %.300q", c.Name, b.Flaw, b.says, why)
		}
	}
}

// TestCases_ABrokenDriverFailsEachOfThem holds that no case is without a broken driver. The tests of the files run
// them.
func TestCases_ABrokenDriverFailsEachOfThem(t *testing.T) {
	all := allBroken()
	for _, c := range chattest.Cases() {
		if b, ok := all[c.Name]; !ok || b.says == "" {
			t.Errorf("no driver is broken for %s", c.Name)
		}
	}
}

// TestCases_EachFlawIsNoticed holds that no flaw of the in-memory driver is without a case.
func TestCases_EachFlawIsNoticed(t *testing.T) {
	brokenDriversFail(t, alsoBroken)
	noticed := map[memchat.Flaw]bool{}
	for _, group := range []map[string]broken{allBroken(), alsoBroken} {
		for _, b := range group {
			noticed[b.Flaw] = true
		}
	}
	for _, flaw := range memchat.Flaws() {
		if !noticed[flaw] {
			t.Errorf("no case is for %q", flaw)
		}
	}
}
