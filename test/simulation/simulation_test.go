package simulation

import (
	"flag"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	first  = flag.Uint64("simulation.seed", 1, "the first seed, or the one that TestReplay runs")
	length = flag.Duration("simulation.for", 15*time.Second, "how long TestSchedules begins further schedules")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs a schedule and complains about every broken rule.
func run(t *testing.T, s Schedule, measure bool) *Report {
	report := Run(t, s, defect{}, measure)
	for i, v := range report.Violations {
		if i == 10 {
			t.Errorf("and %d more", len(report.Violations)-i)
			break
		}
		t.Error(v)
	}
	if len(report.Violations) > 0 {
		t.Errorf("%s\nreplay it: go test -C test/simulation -run TestReplay -simulation.seed %d", s, s.Seed)
	}
	return report
}

func TestReplay(t *testing.T) {
	s := Draw(*first)
	report := run(t, s, false)
	t.Log(s, report.Outcomes, report.Dials, report.Unasked)
}

// These schedules broke a rule once, in one of many runs: a connection on which a response needed more than half of
// Timeout outlasted the faults, so that turns succeeded on it and the fetch of a token did not.
func TestFormerFaults(t *testing.T) {
	for _, seed := range []uint64{6, 5_000_022} {
		run(t, Draw(seed), false)
	}
}

// TestSchedules runs one schedule after the other on each processor, for a while.
func TestSchedules(t *testing.T) {
	began := time.Now()
	var seeds, hours, unasked atomic.Uint64
	var mu sync.Mutex
	outcomes := map[Outcome]int{}
	var running sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		running.Go(func() {
			for time.Since(began) < *length {
				s := Draw(*first + seeds.Add(1) - 1)
				t.Run(fmt.Sprint("seed ", s.Seed), func(t *testing.T) {
					report := run(t, s, false)
					unasked.Add(uint64(report.Unasked))
					mu.Lock()
					defer mu.Unlock()
					for outcome, n := range report.Outcomes {
						outcomes[outcome] += n
					}
				})
				hours.Add(uint64(s.Hours()))
			}
		})
	}
	running.Wait()
	took := time.Since(began)
	t.Logf("%d schedules, %d client-hours in %s, %.0f a minute: %v, %d unasked", seeds.Load(), hours.Load(),
		took.Round(time.Millisecond), float64(hours.Load())/took.Minutes(), outcomes, unasked.Load())
}
