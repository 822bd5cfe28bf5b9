// Command quickstart talks to all four vendors, one after another. It talks to the vendor itself if its variables are
// set, and otherwise to an embedded fake server. With -live it leaves out vendors without variables. The flag -h lists
// the variables.
//
//	go run ./examples/quickstart
//	RAIA_AGENT_KEY=... go run ./examples/quickstart -live -raia-user 5f7b1b3b-...
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// session holds the values that the parts of all vendors need.
type session struct {
	getenv   func(string) string
	out      io.Writer
	liveOnly bool   // -live
	user     string // -raia-user
	started  time.Time
}

func run(ctx context.Context, args []string, getenv func(string) string, out, problems io.Writer) int {
	s := &session{getenv: getenv, out: out}
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&s.liveOnly, "live", false, "no fake servers: leave out the vendors whose variables are not set")
	flags.StringVar(&s.user, "raia-user", "", "id of the conversation user to write to, for raia itself")
	limit := flags.Duration("timeout", 2*time.Minute, "for each vendor")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		usage(flags, out)
		return 0
	}
	if err == nil {
		err = s.check(flags.Args())
	}
	if err != nil {
		fmt.Fprintf(problems, "quickstart: %s (-h lists flags and variables)\n", err)
		return 2
	}
	for _, v := range []struct {
		name string
		talk func(context.Context, *session) error
	}{{"raia", talkRaia}, {"siteassist", talkSiteAssist}, {"syntphony", talkSyntphony}, {"aisera", talkAisera}} {
		bounded, cancel := context.WithTimeout(ctx, *limit)
		err := v.talk(bounded, s)
		cancel()
		if err != nil && !errors.Is(err, errLeftOut) {
			fmt.Fprintf(problems, "quickstart: %s: %s\n", v.name, explain(ctx, err))
			return 1
		}
	}
	return 0
}

// greet prints the name of the vendor whose lines follow.
func (s *session) greet(vendor string, live bool) {
	where := "its embedded fake server"
	if live {
		where = "the vendor itself"
	}
	fmt.Fprintf(s.out, "%s, through %s\n", vendor, where)
}

func (s *session) say(format string, args ...any) { fmt.Fprintf(s.out, "  "+format+"\n", args...) }

// ask prints a question and starts the clock that answer reads.
func (s *session) ask(question string) {
	s.say("you: %s", question)
	s.started = time.Now()
}

func (s *session) answer(who, text string) {
	s.say("%s: %s (%s)", who, text, time.Since(s.started).Round(100*time.Microsecond))
}
