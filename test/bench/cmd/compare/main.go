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
	"strings"
	"time"

	"github.com/seed-127a5941/parley/test/bench"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == bench.ServeSockets {
		bench.RunSocketServer(os.Stdin, os.Stdout)
		return
	}
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

// table is a section of the output.
type table struct {
	name string
	make func(context.Context, bench.Plan) error
}

func tables() (all []table) {
	for _, work := range bench.Works() {
		all = append(all, table{work.Name, func(ctx context.Context, plan bench.Plan) error { return timed(ctx, plan, work) }})
	}
	return append(all, table{"senders", senders}, table{"retry", retry}, table{"footprint", footprint}, table{"growth", growth})
}

func names() (all []string) {
	for _, t := range tables() {
		all = append(all, t.name)
	}
	return all
}

func run(ctx context.Context, plan bench.Plan, only string) error {
	fmt.Printf("%s, %s, %s/%s, %d CPUs, %d rounds\n", time.Now().Format(time.DateOnly), runtime.Version(), runtime.GOOS,
		runtime.GOARCH, runtime.NumCPU(), plan.Rounds)
	for _, t := range tables() {
		if only != "" && !strings.Contains(","+only+",", ","+t.name+",") {
			continue
		}
		if err := t.make(ctx, plan); err != nil {
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

func senders(ctx context.Context, plan bench.Plan) error {
	counts, err := bench.Senders(ctx, min(plan.Rounds, 5))
	if err != nil {
		return err
	}
	fmt.Print("\n### 64 concurrent senders, each SDK with its own http.Client\n\n")
	var lines [][]string
	for _, c := range counts {
		lines = append(lines, []string{c.Name, fmt.Sprint(c.Calls), fmt.Sprint(c.Connections), fmt.Sprint(c.Most), bench.Took(c.Nanoseconds)})
	}
	fmt.Print(bench.Table([]string{"by", "calls", "new connections, median", "most", "time per call"}, lines))
	return nil
}

func retry(ctx context.Context, _ bench.Plan) error {
	counts, err := bench.Retries(ctx)
	if err != nil {
		return err
	}
	fmt.Print("\n### Retry after a 503 with a JSON body\n\n")
	var lines [][]string
	for _, c := range counts {
		lines = append(lines, []string{c.Name, fmt.Sprint(c.Calls), fmt.Sprint(c.Connections)})
	}
	fmt.Print(bench.Table([]string{"by", "retries", "new connections for them"}, lines))
	return nil
}

func footprint(ctx context.Context, _ bench.Plan) error {
	all, err := bench.Footprints(ctx, ".")
	if err != nil {
		return err
	}
	fmt.Print("\n### Footprint of a program that sends one message\n\n")
	var lines [][]string
	for _, f := range all {
		lines = append(lines, []string{
			f.Name, fmt.Sprintf("%.2f MB", float64(f.Size)/1e6), fmt.Sprintf("%+.2f MB", float64(f.Size-all[0].Size)/1e6),
			fmt.Sprint(len(f.Modules)), strings.Join(f.Modules, ", "), fmt.Sprintf("%.1f s", f.Build.Seconds()),
		})
	}
	fmt.Print(bench.Table([]string{"program", "stripped binary", "above net/http", "other modules compiled in", "which", "build"}, lines))
	return nil
}

// growth writes the plots into the directory growth.
func growth(ctx context.Context, plan bench.Plan) error {
	all, err := bench.Growths(ctx, min(plan.Rounds, 5))
	if err != nil {
		return err
	}
	if err := os.MkdirAll("growth", 0o755); err != nil {
		return err
	}
	for _, g := range all {
		if err := g.Draw("growth"); err != nil {
			return err
		}
		fmt.Printf("\n### %s\n\n![](growth/%s.svg)\n\n%s", g.Title, g.Name, g.Markdown())
	}
	return nil
}
