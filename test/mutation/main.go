package main

import (
	"context"
	"flag"
	"fmt"
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
	report, again      bool
}

func main() {
	var o options
	flag.IntVar(&o.n, "n", 600, "how many mutants to try")
	flag.Uint64Var(&o.seed, "seed", 1, "which sample to draw")
	flag.StringVar(&o.packages, "packages", ".", "regular expression for the directories of the packages")
	flag.StringVar(&o.results, "results", "results.jsonl", "file of the results, one a line")
	flag.StringVar(&o.goCommand, "go", "go", "the go command")
	flag.DurationVar(&o.timeout, "timeout", 90*time.Second, "for the tests of one package")
	flag.IntVar(&o.workers, "workers", 1, "how many mutants to try at a time")
	flag.BoolVar(&o.report, "report", false, "only print the table of the results so far")
	flag.BoolVar(&o.again, "again", false, "try survivors of earlier runs again")
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
	if !o.report {
		if err := try(o); err != nil {
			return err
		}
	}
	results, err := readResults(o.results)
	if err != nil {
		return err
	}
	report(os.Stdout, results, equivalents)
	return nil
}

// try makes the trials of the sample that have no result yet.
func try(o options) error {
	limitMemory()
	match, err := regexp.Compile(o.packages)
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
	all, err := l.mutants(match)
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
	t := &trial{listing: l, goCommand: o.goCommand, timeout: o.timeout, scratch: scratch, sound: map[string]bool{}}
	return t.sample(ctx, o, queues(all, o.seed))
}

// sample tries each package's share, several packages at a time.
func (t *trial) sample(ctx context.Context, o options, byPackage map[string][]mutant) error {
	done, err := readResults(o.results)
	if err != nil {
		return err
	}
	share := shares(byPackage, o.n)
	names := make(chan string)
	var lock sync.Mutex
	var failure error
	var all sync.WaitGroup
	for range o.workers {
		all.Go(func() {
			for name := range names {
				if err := t.tryPackage(ctx, o, byPackage[name], share[name], done, &lock); err != nil {
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

// tryPackage tries mutants of one package until its share of viable ones has a result.
func (t *trial) tryPackage(
	ctx context.Context, o options, queue []mutant, share int, done map[string]result, lock *sync.Mutex,
) error {
	viable := 0
	for _, m := range queue {
		if viable >= share {
			return nil
		}
		source, err := os.ReadFile(filepath.Join(t.root, filepath.FromSlash(m.File)))
		if err != nil {
			return err
		}
		r, known := done[m.id(lineOf(source, m.Line))] // done is only read
		if !known || o.again && r.Outcome == survived {
			if r, err = t.run(ctx, m); err != nil {
				return err
			}
			lock.Lock()
			err = appendResult(o.results, r)
			fmt.Printf("%-9s %5.1fs %s:%d: %s -> %s\n", r.Outcome, r.Seconds, r.File, r.Line, oneLine(r.Before),
				oneLine(r.After))
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
