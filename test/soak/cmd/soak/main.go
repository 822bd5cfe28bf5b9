// Command soak calls all vendors' fake servers through proxies that break connections. At the end it prints a ledger
// that compares every message that a server processed with every result that a caller got. It exits with 1 if a promise
// was broken. It needs no network but loopback.
//
//	go run ./cmd/soak -duration 1m
//	go run ./cmd/soak -calls 10000 -messages 2000
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/seed-127a5941/parley/test/soak"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, problems io.Writer) int {
	var options soak.Options
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(problems)
	flags.Uint64Var(&options.Seed, "seed", uint64(time.Now().UnixNano()),
		"of the calls and faults; at first another one each time")
	flags.DurationVar(&options.Duration, "duration", 15*time.Minute, "begin nothing later than this")
	flags.IntVar(&options.Calls, "calls", 0, "HTTP calls after which no other begins; 0: a million")
	flags.IntVar(&options.Messages, "messages", 0, "WebSocket messages after which no other begins; 0: a million")
	flags.IntVar(&options.Workers, "workers", 0,
		"that make HTTP calls; 0: 24; a quarter as many send messages beside them")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	_, _ = fmt.Fprintf(out, "soak: seed %d\n", options.Seed)
	report, err := soak.Run(ctx, options)
	if err != nil {
		_, _ = fmt.Fprintln(problems, "soak:", err)
		return 1
	}
	report.Print(out)
	if err := report.Err(); err != nil {
		_, _ = fmt.Fprintf(problems, "soak: %v; again with -seed %d\n", err, options.Seed)
		return 1
	}
	_, _ = fmt.Fprintln(out, "\nthe ledger holds")
	return 0
}
