package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	n, workers         int
	seed               uint64
	packages           string
	results, goCommand string
	timeout            time.Duration
	report, short, own bool
	again              string
	load               float64
}

func main() {
	var o options
	flag.IntVar(&o.n, "n", 600, "how many mutants to try")
	flag.Uint64Var(&o.seed, "seed", 1, "which sample to draw")
	flag.StringVar(&o.packages, "packages", ".", "try only the packages of the sample whose directories match")
	flag.StringVar(&o.results, "results", "results.jsonl", "file of the results, one a line")
	flag.StringVar(&o.goCommand, "go", "go", "the go command")
	flag.DurationVar(&o.timeout, "timeout", 90*time.Second, "for the tests of one package")
	flag.IntVar(&o.workers, "workers", 1, "how many mutants to try at a time")
	flag.BoolVar(&o.own, "own", false, "run only the tests of the package itself, and no importers'")
	flag.BoolVar(&o.short, "short", false, "run the tests with -short, which is faster but samples some faults")
	flag.Float64Var(&o.load, "load", 0, "wait while the load of the machine is above this; 0 never waits")
	flag.BoolVar(&o.report, "report", false, "only print the table of the results so far")
	flag.StringVar(&o.again, "again", "", "make only the trials again that had this outcome, such as survived or hung")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	equivalents, err := readEquivalents("equivalent.txt")
	if err != nil {
		return err
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	l, err := list(o.goCommand, root)
	if err != nil {
		return err
	}
	all, err := l.mutants(regexp.MustCompile("."))
	if err != nil {
		return err
	}
	if !o.report {
		if err := try(o, l, all, equivalents); err != nil {
			return err
		}
	}
	results, err := readResults(o.results)
	if err != nil {
		return err
	}
	if err := l.forget(results, all); err != nil {
		return err
	}
	report(os.Stdout, results, equivalents)
	return nil
}

// forget deletes the results of mutants that the sources have no more.
func (l *listing) forget(results map[string]result, all []mutant) error {
	present := map[string]bool{}
	for _, m := range all {
		id, err := l.idOf(m)
		if err != nil {
			return err
		}
		present[id] = true
	}
	maps.DeleteFunc(results, func(id string, _ result) bool { return !present[id] })
	return nil
}

// try makes the trials of the sample that have no result yet.
func try(o options, l *listing, all []mutant, equivalents map[string]string) error {
	limitMemory()
	match, err := regexp.Compile(o.packages)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "mutation")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if o.own {
		for _, p := range l.packages {
			p.importers = nil
		}
	}
	t := &trial{
		listing: l, goCommand: o.goCommand, timeout: o.timeout, scratch: scratch, load: o.load, short: o.short,
		sound: map[string]bool{}, equivalents: equivalents,
	}
	byPackage := queues(all, o.seed)
	share := shares(byPackage, o.n)
	maps.DeleteFunc(byPackage, func(name string, _ []mutant) bool { return !match.MatchString(name) })
	return t.sample(ctx, o, byPackage, share)
}

// sample tries each package's share, several packages at a time.
func (t *trial) sample(
	ctx context.Context, o options, byPackage map[string][]mutant, share map[string]int,
) error {
	done, err := readResults(o.results)
	if err != nil {
		return err
	}
	if o.again != "" {
		if err := t.restrict(byPackage, share, done, o.again); err != nil {
			return err
		}
	}
	many, err := newBuild(ctx, t, t.wanted(byPackage, share, done))
	if err != nil {
		return err
	}
	names := make(chan string)
	var lock sync.Mutex
	var failure error
	var all sync.WaitGroup
	for range o.workers {
		all.Go(func() {
			for name := range names {
				if err := t.tryPackage(ctx, o, many, byPackage[name], share[name], done, &lock); err != nil {
					lock.Lock()
					failure = err
					lock.Unlock()
				}
			}
		})
	}
	for _, name := range slices.Sorted(keys(byPackage)) {
		names <- name
	}
	close(names)
	all.Wait()
	return failure
}

// restrict leaves only the mutants that had the outcome, and forgets it. It leaves no equivalent ones.
func (t *trial) restrict(
	byPackage map[string][]mutant, share map[string]int, done map[string]result, outcome string,
) error {
	for name, queue := range byPackage {
		var again []mutant
		for _, m := range queue {
			id, err := t.idOf(m)
			if err != nil {
				return err
			}
			if _, equivalent := t.equivalents[id]; done[id].Outcome == outcome && !equivalent {
				again = append(again, m)
				delete(done, id)
			}
		}
		byPackage[name], share[name] = again, len(again)
	}
	return nil
}

// wanted returns the mutants of the sample that have no result yet, and some in reserve for those that do not compile.
func (t *trial) wanted(
	byPackage map[string][]mutant, share map[string]int, done map[string]result,
) (list []mutant) {
	for _, name := range slices.Sorted(keys(byPackage)) {
		queue := byPackage[name]
		for _, m := range queue[:min(len(queue), share[name]+share[name]/8+2)] {
			id, err := t.idOf(m)
			if _, known := done[id]; err == nil && !known {
				list = append(list, m)
			}
		}
	}
	return list
}

// tryPackage tries mutants of one package until its share of viable ones has a result.
func (t *trial) tryPackage(
	ctx context.Context, o options, many *build, queue []mutant, share int, done map[string]result, lock *sync.Mutex,
) error {
	viable := 0
	for _, m := range queue {
		if viable >= share {
			return nil
		}
		id, err := t.idOf(m)
		if err != nil {
			return err
		}
		r, known := done[id] // done is only read
		if !known {
			if r, err = t.run(ctx, m, many); err != nil {
				return err
			}
			lock.Lock()
			err = appendResult(o.results, r)
			fmt.Printf("%-9s %5.1fs %s:%d: %s -> %s %s\n", r.Outcome, r.Seconds, r.File, r.Line, oneLine(r.Before),
				oneLine(r.After), r.By)
			lock.Unlock()
			if err != nil {
				return err
			}
		}
		if r.Outcome != unviable {
			viable++
		}
	}
	return nil
}

// limitMemory bounds the memory of each process that is started, because a mutant may allocate for ever.
func limitMemory() {
	const most = 4 << 30
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: most, Max: most})
}
