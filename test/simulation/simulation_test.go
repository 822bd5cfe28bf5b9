package simulation

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	first  = flag.Uint64("simulation.seed", 1, "the first seed, or the one that TestReplay runs")
	length = flag.Duration("simulation.for", 20*time.Second, "how long TestSchedules begins further schedules")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs a schedule and complains about every broken rule.
func run(t *testing.T, s Schedule, measure bool) *Report {
	report := Run(t, s, nil, measure)
	for i, v := range report.Violations {
		if i == 10 {
			t.Errorf("and %d more", len(report.Violations)-i)
			break
		}
		t.Error(v)
	}
	if t.Failed() {
		t.Errorf("%s\nreplay it: go test -C test/simulation -run TestReplay -simulation.seed %d", s, s.Seed)
	}
	return report
}

func TestReplay(t *testing.T) {
	s := Draw(*first)
	report := run(t, s, false)
	t.Log(s, report.Outcomes, report.Dials)
}

// TestSchedules runs one schedule after the other on each processor, for a while.
func TestSchedules(t *testing.T) {
	began := time.Now()
	hours, schedules := make(chan float64), 0
	next := make(chan uint64)
	go func() {
		defer close(next)
		for seed := *first; time.Since(began) < *length; seed++ {
			next <- seed
		}
	}()
	outcomes := make(chan map[Outcome]int, 1)
	outcomes <- map[Outcome]int{}
	for range runtime.GOMAXPROCS(0) {
		go func() {
			sum := 0.0
			for seed := range next {
				s := Draw(seed)
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
					report := run(t, s, false)
					all := <-outcomes
					for o, n := range report.Outcomes {
						all[o] += n
					}
					outcomes <- all
				})
				sum += s.Hours()
			}
			hours <- sum
		}()
	}
	total := 0.0
	for range runtime.GOMAXPROCS(0) {
		total += <-hours
	}
	_ = schedules
	took := time.Since(began)
	t.Logf("%.0f client-hours in %s: %.0f per minute, %v", total, took.Round(time.Millisecond), total/took.Minutes(), <-outcomes)
	_ = strings.TrimSpace
}
