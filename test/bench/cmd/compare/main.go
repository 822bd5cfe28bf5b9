// Compare measures parley, its peers and net/http by hand, and prints Markdown tables. Run it in test/bench:
//
//	go run ./cmd/compare                       # everything: 8 rounds
//	go run ./cmd/compare -only send,list       # some tables
//	go run ./cmd/compare -rounds 2             # a quick look
//	go run ./cmd/compare -quick                # shows that everything works
//	go run ./cmd/compare -before ../../../old  # beside another checkout of parley, in turns
//	go run ./cmd/compare -jsonv2               # beside a build that decodes with encoding/json/v2
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/test/bench"
	"github.com/seed-127a5941/parley/test/bench/table"
)

func main() {
	err := dispatch(context.Background(), os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// dispatch runs this program as what its first argument says: the server of a target, the child that measures a part
// for one side, or the parent of both.
func dispatch(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == bench.ServeFlag {
		return bench.Serve(args[1], os.Stdin, os.Stdout)
	}
	if len(args) == 3 && args[0] == childFlag {
		return runChild(ctx, args[1], args[2], os.Stdin, os.Stdout)
	}
	return compare(ctx, args)
}

// options are the flags.
type options struct {
	only   string
	rounds int
	plan   bench.Plan
	before string
	jsonv2 bool
	store  string // directory for the rounds of each part and for the plots, or empty
	from   string // directory of an earlier run, whose tables are printed again
}

func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.StringVar(&o.only, "only", "", "parts to measure, separated by commas; send stands for send/memory and "+
		"send/loopback; all: "+strings.Join(names(), ","))
	flags.StringVar(&o.plan.Format, "format", "", "measure only this format of each work, such as raia")
	flags.IntVar(&o.rounds, "rounds", 8, "interleaved rounds; the medians of fewer than 8 say little")
	flags.DurationVar(&o.plan.Slice, "slice", 20*time.Millisecond, "time of one subject at a time")
	flags.BoolVar(&o.plan.Quick, "quick", false, "measure small loads once: it shows that everything works")
	flags.StringVar(&o.before, "before", "", "directory of another checkout of parley, measured in turns with this one")
	flags.BoolVar(&o.jsonv2, "jsonv2", false, "measure some parts with encoding/json/v2, too")
	flags.StringVar(&o.store, "store", "", "directory for the figures of all rounds and for plots")
	flags.StringVar(&o.from, "from", "", "print the tables of the figures that -store has kept in this directory")
	err = flags.Parse(args)
	o.plan.Slices = 5
	if o.plan.Quick {
		o.rounds, o.plan.Slice, o.plan.Slices = 1, time.Millisecond, 1
	}
	return o, err
}

func names() (all []string) {
	for _, part := range bench.Parts() {
		all = append(all, part.Name)
	}
	return all
}

// wanted reports whether -only names the part.
func (o options) wanted(name string) bool {
	if o.only == "" {
		return true
	}
	for one := range strings.SplitSeq(o.only, ",") {
		if one == name || strings.HasPrefix(name, one+"/") {
			return true
		}
	}
	return false
}

// compare measures all parts. A part that fails does not end the run.
func compare(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	sides, remove, err := o.sides(ctx)
	if err != nil {
		return err
	}
	defer remove()
	fmt.Printf("%s, %s, %s/%s, %d CPUs\n", time.Now().Format(time.DateOnly), runtime.Version(), runtime.GOOS,
		runtime.GOARCH, runtime.NumCPU())
	results := map[string][]table.Row{}
	var failures []error
	for _, part := range bench.Parts() {
		if !o.wanted(part.Name) {
			continue
		}
		rounds, err := o.figures(ctx, part, sides)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", part.Name, err))
			fmt.Fprintf(os.Stderr, "compare: %s: %v\n", part.Name, err)
		}
		rows := table.Rows(rounds, bench.Ours)
		results[part.Name] = rows
		show(part, rounds, rows)
		failures = append(failures, o.plot(part, rows))
	}
	if !o.plan.Quick {
		fmt.Print("\n### Aims\n\n", table.Aims(aims(), results))
	}
	return errors.Join(failures...)
}

func show(part bench.Part, sides []table.Side, rows []table.Row) {
	fmt.Printf("\n### %s\n\n", part.Title)
	if part.Note != "" {
		fmt.Printf("%s\n\n", part.Note)
	}
	if part.Plot != "" {
		fmt.Printf("![](growth/%s.svg)\n\n", part.Plot)
	}
	fmt.Print(table.Markdown(part.Group, rows))
	if len(sides) > 0 {
		fmt.Printf("\n%d rounds.\n", len(sides[0].Rounds))
	}
}

// figures measures the part, or reads the figures of an earlier run.
func (o options) figures(ctx context.Context, part bench.Part, sides []side) ([]table.Side, error) {
	if o.from != "" {
		return load(o.from, part.Name)
	}
	rounds, err := measure(ctx, part, sides, o.rounds, o.plan)
	if o.store == "" {
		return rounds, err
	}
	return rounds, errors.Join(err, save(o.store, part.Name, rounds))
}

func fileName(dir, part string) string {
	return dir + "/" + strings.ReplaceAll(part, "/", "-") + ".json"
}

func save(dir, part string, sides []table.Side) error {
	data, err := json.Marshal(sides)
	if err != nil {
		return err
	}
	return os.WriteFile(fileName(dir, part), data, 0o600)
}

func load(dir, part string) (sides []table.Side, err error) {
	data, err := os.ReadFile(fileName(dir, part))
	if err != nil {
		return nil, err
	}
	return sides, json.Unmarshal(data, &sides)
}

// plot draws the part's plot into the directory of -store or -from.
func (o options) plot(part bench.Part, rows []table.Row) error {
	dir := o.store + o.from
	if dir == "" || part.Plot == "" {
		return nil
	}
	drawn := table.Plot{Title: part.Title, Load: part.Group, Metrics: part.Metrics, Rows: rows}.SVG()
	return os.WriteFile(dir+"/"+part.Plot+".svg", []byte(drawn), 0o600)
}
