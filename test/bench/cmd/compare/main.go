// Compare measures parley, its peers and net/http by hand, and prints Markdown tables. Run it in test/bench:
//
//	go run ./cmd/compare                    # everything: 8 rounds
//	go run ./cmd/compare -only send,list    # some tables
//	go run ./cmd/compare -rounds 2          # a quick look
//	GOEXPERIMENT=jsonv2 go run ./cmd/compare -only send
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/test/bench"
)

func main() {
	only := flag.String("only", "", "tables to make, separated by commas; all: "+strings.Join(names(), ","))
	format := flag.String("format", "", "make the tables of times for this format only, such as raia")
	rounds := flag.Int("rounds", 8, "interleaved rounds; the medians of fewer than 8 say little")
	slice := flag.Duration("slice", 40*time.Millisecond, "time of one subject at a time")
	flag.Parse()
	plan := bench.Plan{Rounds: *rounds, Slice: *slice, Slices: 5, Format: *format}
	if err := run(context.Background(), plan, *only); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func names() (all []string) {
	for _, work := range bench.Works() {
		all = append(all, work.Name)
	}
	return all
}

func run(ctx context.Context, plan bench.Plan, only string) error {
	fmt.Printf("%s, %s, %s/%s, %d CPUs, %d rounds\n", time.Now().Format(time.DateOnly), runtime.Version(), runtime.GOOS,
		runtime.GOARCH, runtime.NumCPU(), plan.Rounds)
	for _, work := range bench.Works() {
		if only != "" && !slices.Contains(strings.Split(only, ","), work.Name) {
			continue
		}
		if err := timed(ctx, plan, work); err != nil {
			return err
		}
	}
	return nil
}

func timed(ctx context.Context, plan bench.Plan, work bench.Work) error {
	fmt.Printf("\n### %s\n", work.Title)
	if work.Memory {
		rows, err := bench.Compare(ctx, work, true, plan)
		if err != nil {
			return err
		}
		fmt.Print("\nIn memory:\n\n", bench.Markdown(rows))
	}
	if work.Loopback {
		rows, err := bench.Compare(ctx, work, false, plan)
		if err != nil {
			return err
		}
		fmt.Print("\nOn loopback:\n\n", bench.Markdown(rows))
	}
	return nil
}
