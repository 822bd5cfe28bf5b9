package chattest_test

import (
	"maps"
	"testing"

	"github.com/seed-127a5941/parley/chat/chattest"
	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// allBroken are the broken drivers of all files, by case.
func allBroken() map[string]memchat.Options {
	all := map[string]memchat.Options{}
	for _, group := range []map[string]memchat.Options{
		brokenTurns, brokenWaits, brokenFaults, brokenRecovers, brokenStates, brokenOffers, brokenEvents,
	} {
		maps.Copy(all, group)
	}
	return all
}

// alsoBroken are further drivers for some of the cases.
var alsoBroken = map[string]memchat.Options{
	"Send/SaysAMessageOnceAndAnswersIt": {Flaw: memchat.FlawSilent, Silent: true},
	"Send/DeltasMakeUpTheMessages":      {Flaw: memchat.FlawDeltasUnsaid},
	"Send/TurnsKeepTheirOrder":          {Flaw: memchat.FlawLeaks},
}

// brokenDriversFail requires that each driver fails its case.
func brokenDriversFail(t *testing.T, broken map[string]memchat.Options) {
	t.Helper()
	for _, c := range chattest.Cases() {
		opts, ok := broken[c.Name]
		if ok && !fails(t, c, opts) {
			t.Errorf("%s: a driver of which %s passes", c.Name, opts.Flaw)
		}
	}
}

// TestCases_ABrokenDriverFailsEachOfThem holds that no case is without a broken driver. The tests of the files run
// them.
func TestCases_ABrokenDriverFailsEachOfThem(t *testing.T) {
	all := allBroken()
	for _, c := range chattest.Cases() {
		if _, ok := all[c.Name]; !ok {
			t.Errorf("no driver is broken for %s", c.Name)
		}
	}
}

// TestCases_EachFlawIsNoticed holds that no flaw of the in-memory driver is without a case.
func TestCases_EachFlawIsNoticed(t *testing.T) {
	brokenDriversFail(t, alsoBroken)
	noticed := map[memchat.Flaw]bool{}
	for _, group := range []map[string]memchat.Options{allBroken(), alsoBroken} {
		for _, opts := range group {
			noticed[opts.Flaw] = true
		}
	}
	for _, flaw := range memchat.Flaws() {
		if !noticed[flaw] {
			t.Errorf("no case is for %q", flaw)
		}
	}
}
