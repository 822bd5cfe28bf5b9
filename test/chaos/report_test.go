package chaos

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestReport_ErrNamesWhatIsWrong(t *testing.T) {
	small, large := []Footprint{{"A", 10, 2}}, []Footprint{{"A", 1000, 2}}
	for want, r := range map[string]*Report{
		"a rule was broken":           {Broken: []Broken{{Rule: RuleTwice}}},
		"1 conversations did not go":  {Stuck: []string{"ann"}},
		"replica A has grown from 10": {Before: small, After: large},
		"did not happen":              {missing: errors.New("this did not happen: SIGTERM")},
	} {
		assert.ErrorContains(t, r.Err(), want)
	}
	assert.NoError(t, (&Report{Before: small, After: small}).Err())
	assert.Error(t, grown(small, []Footprint{{"A", 10, 200}}))
}

func TestReport_PrintsTheLedger(t *testing.T) {
	l := NewLedger()
	l.End(Entry{ID: newID(7, 1), Vendor: "raia", Network: "slow", Outcome: Whole, Tries: 2, WentOn: time.Second})
	l.End(Entry{
		ID: newID(7, 2), Vendor: "raia", Network: "slow", Outcome: Line, Class: "timeout", Said: "unknown", Shown: "-",
	})
	l.Heard(newID(7, 1))
	r := &Report{
		Seed: 7, Users: 2, Faults: map[string]int{redisKilled: 3}, ledger: l, Stuck: []string{"ann"},
		Broken: []Broken{{RuleTwice, Entry{ID: newID(7, 1)}, 2}},
		Before: []Footprint{{"A", 10, 2}}, After: []Footprint{{"A", 12, 3}},
	}
	var b strings.Builder
	r.Print(&b)
	for _, want := range []string{
		"seed 7: 2 users", "3  kill -9 of Redis", "line: timeout, said unknown",
		"1  times broken: no message was said twice",
		"half of them within 1s", "replica A: 10 goroutines and 2.0 MiB of heap before, 12 and 3.0 MiB after",
		"BROKEN no message was said twice: chaos-00000007-000001", "STUCK ann",
	} {
		assert.Contains(t, b.String(), want)
	}
}
