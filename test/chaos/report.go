package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"
)

// Report is the result of a run.
type Report struct {
	// Seed is that of the run.
	Seed uint64
	// Users is how many there were.
	Users int
	// Elapsed is the time from the first message to the last.
	Elapsed time.Duration
	// Faults counts the faults by their kind.
	Faults map[string]int
	// Broken are the rules that were broken.
	Broken []Broken
	// Stuck are the users whose conversation did not go on after the faults.
	Stuck []string
	// Before and After are the footprints of the replicas, without load.
	Before, After []Footprint

	ledger  *Ledger
	missing error
}

// Footprint is the size of a replica.
type Footprint struct {
	// Replica is its name.
	Replica string
	// Goroutines is how many it has.
	Goroutines int
	// HeapMiB is the memory that its heap uses, in MiB.
	HeapMiB float64
}

// A replica may need this much more than after its start, for connections that it keeps and for caches.
const (
	moreGoroutines = 60
	moreHeapMiB    = 48
	quietTime      = 20 * time.Second // in which the replicas must come back to that
)

// footprints asks every replica.
func (s *stage) footprints(ctx context.Context) (list []Footprint, err error) {
	for _, r := range s.replicas {
		values, err := r.metrics(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, Footprint{
			Replica: r.name, Goroutines: int(values["go_goroutines"]),
			HeapMiB: values["go_memstats_heap_inuse_bytes"] / (1 << 20),
		})
	}
	return list, nil
}

// settled asks until the replicas need no more than before, for a while.
func (s *stage) settled(ctx context.Context, before []Footprint) (after []Footprint, err error) {
	for limit := time.Now().Add(quietTime); ; sleep(ctx, 500*time.Millisecond) {
		s.balancer.client.CloseIdleConnections()
		after, err = s.footprints(ctx)
		if err != nil || grown(before, after) == nil || time.Now().After(limit) {
			return after, err
		}
	}
}

// grown returns an error if a replica needs more than it may.
func grown(before, after []Footprint) error {
	for i, a := range after {
		if a.Goroutines > before[i].Goroutines+moreGoroutines || a.HeapMiB > before[i].HeapMiB+moreHeapMiB {
			return fmt.Errorf("replica %s has grown from %d goroutines and %.0f MiB to %d and %.0f MiB",
				a.Replica, before[i].Goroutines, before[i].HeapMiB, a.Goroutines, a.HeapMiB)
		}
	}
	return nil
}

// Err returns nil if every rule was kept, every conversation went on, and the replicas came back to their size.
func (r *Report) Err() error {
	var errs []error
	if len(r.Broken) > 0 {
		errs = append(errs, fmt.Errorf("%d times a rule was broken", len(r.Broken)))
	}
	if len(r.Stuck) > 0 {
		errs = append(errs, fmt.Errorf("%d conversations did not go on after the faults", len(r.Stuck)))
	}
	return errors.Join(append(errs, grown(r.Before, r.After), r.missing)...)
}

const maxShown = 20 // broken rules that are printed

// Print writes the ledger.
func (r *Report) Print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "\nseed %d: %d users for %s\n\n", r.Seed, r.Users, r.Elapsed.Round(time.Second))
	for _, name := range slices.Sorted(maps.Keys(r.Faults)) {
		_, _ = fmt.Fprintf(w, "%6d  %s\n", r.Faults[name], name)
	}
	r.printRows(w)
	for _, rule := range Rules() {
		_, _ = fmt.Fprintf(w, "%6d  times broken: %s\n", r.count(rule), rule)
	}
	_, _ = fmt.Fprintf(w, "%6d  conversations that did not go on after the faults\n", len(r.Stuck))
	r.printTimes(w)
	for i, a := range r.After {
		_, _ = fmt.Fprintf(w, "replica %s: %d goroutines and %.1f MiB of heap before, %d and %.1f MiB after\n",
			a.Replica, r.Before[i].Goroutines, r.Before[i].HeapMiB, a.Goroutines, a.HeapMiB)
	}
	for _, b := range r.Broken[:min(len(r.Broken), maxShown)] {
		_, _ = fmt.Fprintf(w, "  BROKEN %s\n", b)
	}
	for _, s := range r.Stuck {
		_, _ = fmt.Fprintf(w, "  STUCK %s\n", s)
	}
}

func (r *Report) count(rule Rule) (n int) {
	for _, b := range r.Broken {
		if b.Rule == rule {
			n++
		}
	}
	return n
}

func (r *Report) printRows(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprint(table, "\n\tmessages\twhole answers\tof them late\tlines\theard\t\n")
	for _, of := range []func(Entry) string{
		func(Entry) string { return "all" },
		func(e Entry) string { return e.Vendor },
		func(e Entry) string { return e.Network + " network" },
		func(e Entry) string {
			if e.Outcome == Line {
				return "line: " + e.Class + ", said " + e.Said
			}
			return ""
		},
	} {
		for _, row := range r.ledger.Rows(of) {
			_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t\n", row.Name, row.Messages, row.Whole, row.Late,
				row.Line, row.Heard)
		}
	}
	_ = table.Flush()
	_, _ = fmt.Fprintln(w)
}

// printTimes writes how long it took until a whole answer followed a cut connection or a line.
func (r *Report) printTimes(w io.Writer) {
	times := r.ledger.wentOn()
	if len(times) == 0 {
		return
	}
	at := func(share float64) time.Duration {
		return times[int(share*float64(len(times)-1))].Round(time.Millisecond)
	}
	_, _ = fmt.Fprintf(w,
		"%6d  answers that were whole after a cut or a line: half of them within %s, 99 %% within %s, all within %s\n",
		len(times), at(0.5), at(0.99), at(1))
}
