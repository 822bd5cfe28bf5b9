// Command chaos lets users talk through two replicas of the gateway while everything fails that can, and ends with a
// ledger. It exits 1 when a promise was broken. It needs Debian's redis-server and nodejs, the npm packages of
// test/web, and no network but loopback.
//
//	go run ./cmd/chaos -duration 10m -seed 7
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/seed-127a5941/parley/test/chaos"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, problems io.Writer) int {
	o := chaos.Options{Log: out}
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(problems)
	flags.StringVar(&o.Root, "root", "../..", "directory of the repository")
	flags.StringVar(&o.Gateway, "gateway", "", "program of the replicas; built from the repository without it")
	flags.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano())%1e6,
		"of the faults; another one each time without it")
	flags.DurationVar(&o.Duration, "duration", time.Minute, "time for which faults happen")
	flags.IntVar(&o.Users, "users", 50, "number of users")
	logs := flags.String("logs", "", "file for the logs of the replicas")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *logs != "" {
		file, err := os.Create(*logs)
		if err != nil {
			_, _ = fmt.Fprintln(problems, "chaos:", err)
			return 1
		}
		defer file.Close()
		o.ReplicaLog = file
	}
	_, _ = fmt.Fprintf(out, "chaos: seed %d\n", o.Seed)
	report, err := chaos.Run(ctx, o)
	if err != nil {
		_, _ = fmt.Fprintln(problems, "chaos:", err)
		return 1
	}
	report.Print(out)
	if err := report.Err(); err != nil {
		_, _ = fmt.Fprintf(problems, "chaos: %v\nagain with -seed %d\n", err, o.Seed)
		return 1
	}
	_, _ = fmt.Fprintln(out, "\nthe ledger holds")
	return 0
}
