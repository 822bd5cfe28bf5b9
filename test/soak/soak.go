package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Options are the bounds of a soak.
type Options struct {
	Seed     uint64        // of the calls and faults
	Duration time.Duration // no action begins later; zero means 15 minutes
	Calls    int           // after this many HTTP calls no action begins; zero means a million
	Messages int           // after this many WebSocket messages no action begins; zero means a million
	Workers  int           // the number that make calls; zero means 24; a quarter as many send messages
	Vendors  []string      // the vendors to call; nil means all
	Limit    time.Duration // a call that takes longer counts as hanging; zero means one minute

	// These are for tests.
	careless bool                   // sets RetryNonIdempotent for all clients without an entry in the ledger
	plant    func(*soak, call) call // plants a defect in the calls
	faults   []string               // the faults of the routes; nil means all
	recovery time.Duration          // how long a client may take to work again after the faults; zero means one minute
	settling time.Duration          // how long connections and goroutines may take to end; zero means 10 s
	grace    time.Duration          // how much longer than its context a call may take; zero means 10 s
}

func (o *Options) setDefaults() {
	setDefault(&o.Duration, 15*time.Minute)
	setDefault(&o.Calls, 1_000_000)
	setDefault(&o.Messages, 1_000_000)
	setDefault(&o.Workers, 24)
	setDefault(&o.Limit, time.Minute)
	setDefault(&o.recovery, time.Minute)
	setDefault(&o.settling, 10*time.Second) // the machine may be busy
	setDefault(&o.grace, 10*time.Second)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// soak is one run.
type soak struct {
	tally
	attempts

	options Options
	ledger  *Ledger
	dog     *watchdog
	sides   []side
	routes  []*route
	callers []caller

	sockets    int   // of the process before the first was opened
	heap, kept int64 // bytes before the first call, and those kept at the end
}

// caller is a client of a vendor behind a route, with its actions.
type caller struct {
	side    side
	route   *route
	actions []action
}

// Run soaks all vendors and returns the report. It returns an error, and no report, if a call hangs or the setup fails.
// Broken rules are in the report.
func Run(ctx context.Context, options Options) (*Report, error) {
	options.setDefaults()
	s := &soak{
		options: options, ledger: newLedger(options.settling), dog: newWatchdog(options.Limit), sockets: sockets(),
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.dog.watch(ctx)
	type result struct {
		report *Report
		err    error
	}
	done := make(chan result, 1)
	go func() {
		report, err := s.run(ctx)
		done <- result{report, err}
	}()
	select {
	case r := <-done:
		return r.report, r.err
	case <-s.dog.hung: // the goroutines of the hanging calls are lost
		return nil, s.dog.err()
	}
}

func (s *soak) run(ctx context.Context) (*Report, error) {
	started := time.Now()
	if err := errors.Join(s.openSides(ctx), s.openCallers(ctx)); err != nil {
		s.closeRoutes()
		s.closeSides()
		return nil, err
	}
	s.heap = liveHeap()
	s.work(ctx)
	if err := s.recover(ctx); err != nil && ctx.Err() == nil {
		return nil, err
	}
	s.closeRoutes()
	return s.finish(started)
}

// finish ends the servers and judges the ledger, even after an interrupt.
func (s *soak) finish(started time.Time) (*Report, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.options.Limit)
	defer cancel()
	// A server may still get the end of a message from a proxy that was closed.
	sleep(ctx, 2*attemptTimeout)
	err := s.inspect(ctx)
	s.closeSides()
	if err != nil {
		return nil, err
	}
	audit := s.ledger.Audit()
	s.ledger.forget()
	s.judgeSockets(ctx, audit)
	patience, cancel := context.WithTimeout(ctx, s.options.settling)
	defer cancel()
	left := leaked(patience)
	s.judgeMemory(ctx, audit)
	return &Report{
		Seed: s.options.Seed, Elapsed: time.Since(started), Audit: audit, Calls: s.calls.Load(),
		Messages: s.messages.Load(), Attempts: s.all.Load(), Retries: s.retries.Load(), Leaked: left, Kept: s.kept,
	}, nil
}

func (s *soak) openSides(ctx context.Context) error {
	for _, vendor := range vendors() {
		if s.options.Vendors != nil && !slices.Contains(s.options.Vendors, vendor.name) {
			continue
		}
		opened, err := vendor.open(ctx, s.ledger)
		if err != nil {
			return err
		}
		s.sides = append(s.sides, opened)
	}
	return nil
}

// vendor makes a side.
type vendor struct {
	name string
	open func(context.Context, *Ledger) (side, error)
}

func vendors() []vendor {
	return []vendor{
		{"raia", newRaiaSide}, {"siteassist", newSiteassistSide}, {"syntphony", newSyntphonySide},
		{"aisera", newAiseraSide}, {"aisera without ids", newAiseraSideWithoutIDs},
	}
}

// openCallers puts a route for each fault in front of each vendor.
func (s *soak) openCallers(ctx context.Context) error {
	for i, side := range s.sides {
		for n, fault := range faults() {
			if s.options.faults != nil && !slices.Contains(s.options.faults, fault.name) {
				continue
			}
			fault.unsafe = fault.unsafe || s.options.careless
			random := rand.New(rand.NewPCG(s.options.Seed, uint64(1_000_000+1000*i+n)))
			if err := s.openCaller(ctx, side, fault, random); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *soak) openCaller(ctx context.Context, side side, fault fault, random *rand.Rand) error {
	base, err := url.Parse(side.base())
	if err != nil {
		return err
	}
	route, err := openRoute(ctx, fault, base.Host, random, s.ledger)
	if err != nil {
		return err
	}
	s.routes = append(s.routes, route)
	set := settings{
		from: base.Host, to: route.listen, client: route.client, unsafe: fault.unsafe, onAttempt: s.on,
		timeout: attemptTimeout, idle: idleTimeout,
	}
	if fault.silent {
		set.timeout, set.idle = -1, -1
	}
	actions, err := side.open(set)
	if err != nil {
		return fmt.Errorf("faults: open client of %s: %w", side.vendor(), err)
	}
	s.callers = append(s.callers, caller{side: side, route: route, actions: actions})
	return nil
}

// work runs the workers until a bound is reached.
func (s *soak) work(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Duration)
	defer cancel()
	var workers sync.WaitGroup
	http := func() bool { return s.calls.Load() < int64(s.options.Calls) }
	sockets := func() bool { return s.messages.Load() < int64(s.options.Messages) }
	for n := range s.options.Workers {
		workers.Go(func() { s.worker(ctx, uint64(n), false, http) })
		if n%4 == 0 {
			workers.Go(func() { s.worker(ctx, uint64(n+1000), true, sockets) })
		}
	}
	workers.Wait()
}

// worker makes an action of one caller after another, over HTTP or over WebSocket.
func (s *soak) worker(ctx context.Context, n uint64, socket bool, more func() bool) {
	callers := s.withActions(socket)
	random := rand.New(rand.NewPCG(s.options.Seed, n))
	for len(callers) > 0 && ctx.Err() == nil && more() {
		at := callers[random.IntN(len(callers))]
		if random.IntN(12) == 0 {
			at.side.disturb(random)
		}
		pick(random, at.actions).do(&job{soak: s, vendor: at.side.vendor(), route: at.route, random: random})
	}
}

// withActions returns the callers that have actions of one kind, with only these actions.
func (s *soak) withActions(socket bool) []caller {
	var list []caller
	for _, d := range s.callers {
		d.actions = slices.DeleteFunc(slices.Clone(d.actions), func(a action) bool { return a.socket != socket })
		if len(d.actions) > 0 {
			list = append(list, d)
		}
	}
	return list
}

func (s *soak) inspect(ctx context.Context) error {
	for _, side := range s.sides {
		if err := side.inspect(ctx, s.ledger); err != nil {
			return fmt.Errorf("faults: inspect the server of %s: %w", side.vendor(), err)
		}
	}
	return nil
}

func (s *soak) closeRoutes() {
	var closing sync.WaitGroup
	for _, route := range s.routes {
		closing.Go(func() {
			defer s.dog.begin("closing route " + route.fault.name + " at " + route.listen)()
			route.close(s.ledger)
		})
	}
	closing.Wait()
}

func (s *soak) closeSides() {
	for _, side := range s.sides {
		over := s.dog.begin("closing the server of " + side.vendor())
		side.close()
		over()
	}
}
