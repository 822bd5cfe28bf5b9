package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// recover ends all faults, and complains about the clients that do not work again.
func (s *soak) recover(ctx context.Context) error {
	for _, side := range s.sides {
		side.calm()
	}
	if err := s.calmRoutes(ctx); err != nil {
		return err
	}
	var probing sync.WaitGroup
	for i, c := range s.callers {
		for _, a := range c.probes() {
			random := rand.New(rand.NewPCG(s.options.Seed, uint64(2_000_000+i)))
			probing.Go(func() { s.probe(ctx, c, a, random) })
		}
	}
	probing.Wait()
	return nil
}

// calmRoutes replaces the proxies all at once, because one takes a moment to stop.
func (s *soak) calmRoutes(ctx context.Context) error {
	var calming sync.WaitGroup
	errs := make([]error, len(s.routes))
	for i, route := range s.routes {
		calming.Go(func() { errs[i] = route.calm(ctx) })
	}
	calming.Wait()
	return errors.Join(errs...)
}

// probes returns the first action of each kind, and those over lasting connections.
func (c caller) probes() (list []action) {
	seen := map[bool]bool{}
	for _, a := range c.actions {
		if !seen[a.socket] || a.lasting {
			list = append(list, a)
		}
		seen[a.socket] = true
	}
	return list
}

// probe repeats an action until one of its calls is done.
func (s *soak) probe(ctx context.Context, c caller, a action, random *rand.Rand) {
	for began := time.Now(); ctx.Err() == nil; sleep(ctx, moment) {
		j := &job{soak: s, vendor: c.side.vendor(), route: c.route, random: random}
		if a.do(j); j.done > 0 {
			return
		}
		if time.Since(began) > s.options.recovery {
			s.ledger.Break(RuleLive, fmt.Sprintf("%s through %q: %v", j.vendor, c.route.fault.name, j.last))
			return
		}
	}
}
