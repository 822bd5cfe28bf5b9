package simulation

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-127a5941/parley/chat"
)

// Schedule is one run: a vendor, its users and the time that they live. All of it follows from the seed.
type Schedule struct {
	Seed   uint64
	Vendor string
	Chat   bool // the users talk through package chat
	HTTP2  bool
	Users  int
	Life   time.Duration // how long the users live while there are faults
	Pause  time.Duration // the mean time between two messages of a user
	Calm   time.Duration // the mean time between two faults
	Stalls int           // how many of a hundred connections hold their first request back until it was given up
	Traced bool          // the clients have a RoundTripper that watches the bodies of responses
}

// Draw returns the schedule of a seed.
func Draw(seed uint64) Schedule {
	r := rand.New(rand.NewPCG(seed, 0))
	s := Schedule{
		Seed: seed, Vendor: []string{"raia", "siteassist", "syntphony", "aisera"}[seed%4], Chat: r.IntN(2) == 0,
		HTTP2: r.IntN(4) == 0, Users: 10, Life: time.Duration(1+r.IntN(6)) * time.Hour,
		Pause: time.Duration(2+r.IntN(20)) * time.Minute, Calm: time.Duration(10+r.IntN(300)) * time.Second,
	}
	if s.Chat {
		s.Users = 50
	}
	if r.IntN(10) == 0 { // a day with nights
		s.Life, s.Pause, s.Calm = 26*time.Hour, 2*time.Hour, 30*time.Minute
	}
	s.Traced = rand.New(rand.NewPCG(seed, 2)).IntN(4) == 0
	return s
}

// Hours returns how many hours of users' lives the schedule simulates.
func (s Schedule) Hours() float64 { return float64(s.Users) * s.Life.Hours() }

// String describes the schedule.
func (s Schedule) String() string {
	return fmt.Sprintf("seed %d: %s, chat %t, HTTP/2 %t, traced %t, %d users for %s, a message each %s, "+
		"a fault each %s", s.Seed, s.Vendor, s.Chat, s.HTTP2, s.Traced, s.Users, s.Life, s.Pause, s.Calm)
}

// Report is the result of a run.
type Report struct {
	Violations []Violation
	Messages   int
	Outcomes   map[Outcome]int
	Dials      int
	Unasked    int   // messages that came unasked
	Memory     int64 // bytes that the clients hold at the end
}

// defect is what a test plants, so that a rule notices it. The zero value leaves the SDK as it is.
type defect struct {
	talker      func(talker) talker
	transport   func(http.RoundTripper) http.RoundTripper                       // between the clients and the network
	events      func(iter.Seq2[chat.Event, error]) iter.Seq2[chat.Event, error] // of a listener
	recoverWait time.Duration                                                   // in place of the usual one
}

// Run runs a schedule with a defect. measure says that the memory of the clients is measured. No other test may run
// then.
func Run(t *testing.T, s Schedule, planted defect, measure bool) *Report {
	var report *Report
	synctest.Test(t, func(t *testing.T) {
		w, err := newWorld(s, planted)
		if err != nil {
			t.Fatal(err)
		}
		report = w.run(measure)
	})
	return report
}

func (w *world) run(measure bool) *Report {
	before := liveHeap(measure)
	users := w.users()
	end := time.Now().Add(w.schedule.Life)
	var living sync.WaitGroup
	living.Go(func() { w.storms(end) })
	for _, u := range users {
		living.Go(func() { u.live(end) })
	}
	living.Wait()
	w.probe(users)
	w.judgeListeners()
	w.side.inspect(w.ledger)
	report := w.report()
	if measure {
		w.leave()
		report.Memory = w.memory(users, before) // with connections and conversations still open
	}
	for _, u := range users {
		_ = u.talker.close()
	}
	w.pool.CloseIdleConnections()
	time.Sleep(2 * keepAlive) // until the last silent connections have ended
	report.judge(len(users), w.net.Open(), w.bodies.left())
	if !measure {
		w.leave()
	}
	return report
}

// leave ends the vendor.
func (w *world) leave() {
	w.entrance.close()
	w.side.close()
	w.side = nil
}

// judge adds the rules that concern all clients together.
func (r *Report) judge(users, open int, bodies []string) {
	for _, request := range bodies {
		r.Violations = append(r.Violations, Violation{RuleBody, request})
	}
	if open > 0 {
		r.Violations = append(r.Violations, Violation{RuleLeft, fmt.Sprintf("%d connections", open)})
	}
	if limit := memoryOf(users); r.Memory > limit {
		what := fmt.Sprintf("%d KiB for %d users, want at most %d", r.Memory>>10, users, limit>>10)
		r.Violations = append(r.Violations, Violation{RuleMemory, what})
	}
}

func (w *world) users() (users []*user) {
	for n := range w.schedule.Users {
		r := rand.New(rand.NewPCG(w.schedule.Seed, uint64(100+n)))
		u := &user{number: n, random: r, world: w}
		own := rand.New(rand.NewPCG(w.schedule.Seed, uint64(10_000+n)))
		if w.schedule.Chat {
			u.talker = w.side.chatter(n, own)
		} else {
			u.talker = w.side.talker(n, own)
		}
		if w.planted.talker != nil {
			u.talker = w.planted.talker(u.talker)
		}
		users = append(users, u)
	}
	return users
}

// probe lets each user say something after the faults have ended.
func (w *world) probe(users []*user) {
	var probing sync.WaitGroup
	for _, u := range users {
		probing.Go(func() {
			if err := u.probe(); err != nil {
				w.ledger.Break(RuleLiveness, fmt.Sprintf("user %d: %v", u.number, err))
			}
		})
	}
	probing.Wait()
}

// judgeListeners gives the loops over unasked messages as much time as the other clients to work again.
func (w *world) judgeListeners() {
	time.Sleep(recovery)
	for _, user := range slices.Sorted(maps.Keys(w.listeners)) {
		w.heard += w.listeners[user].judge()
	}
}

func (w *world) report() *Report {
	r := &Report{Violations: w.ledger.Judge(), Outcomes: map[Outcome]int{}, Dials: w.net.Dials(), Unasked: w.heard}
	for _, e := range w.ledger.entries {
		r.Messages++
		r.Outcomes[e.Outcome]++
	}
	return r
}

// memory returns how much the users hold, with their clients and the ledger, when the vendor is gone.
func (w *world) memory(users []*user, before int64) int64 {
	held := liveHeap(true) - before
	runtime.KeepAlive(users)
	return held
}

// memoryOf returns how much some users may hold.
func memoryOf(users int) int64 { return 2<<20 + int64(users)*64<<10 }

func liveHeap(measure bool) int64 {
	if !measure {
		return 0
	}
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
