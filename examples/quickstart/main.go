// Command quickstart talks to all four vendors, one after the other: to each through its embedded fake server, or to the
// vendor itself when its credentials are in the environment.
//
//	go run ./examples/quickstart
//	RAIA_AGENT_KEY=... go run ./examples/quickstart -raia-user 5f7b1b3b-...
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/raia"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// session is what the vendors' parts share.
type session struct {
	getenv  func(string) string
	out     io.Writer
	user    string // -raia-user
	started time.Time
}

func run(ctx context.Context, args []string, getenv func(string) string, out, problems io.Writer) int {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(problems)
	user := flags.String("raia-user", "", "id of the conversation user to write to, for raia itself")
	limit := flags.Duration("timeout", 2*time.Minute, "for each vendor")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	s := &session{getenv: getenv, out: out, user: *user}
	for _, v := range []struct {
		name string
		talk func(context.Context, *session) error
	}{{"raia", talkRaia}, {"siteassist", talkSiteAssist}, {"syntphony", talkSyntphony}, {"aisera", talkAisera}} {
		bounded, cancel := context.WithTimeout(ctx, *limit)
		err := v.talk(bounded, s)
		cancel()
		if err != nil {
			fmt.Fprintf(problems, "quickstart: %s: %s\n", v.name, explain(ctx, err))
			return 1
		}
	}
	return 0
}

// explain makes one line of err that says what to do. The sentinels are the same values in all four packages, so one
// import matches the errors of all.
func explain(ctx context.Context, err error) string {
	var network *net.OpError
	var lookup *net.DNSError
	switch {
	case ctx.Err() != nil:
		return "interrupted"
	case errors.Is(err, raia.ErrUnauthorized), errors.Is(err, raia.ErrForbidden):
		return "the credentials were refused, check the vendor's variables: " + err.Error()
	case errors.As(err, &lookup), errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return "the host does not answer, check the base URL and your network: " + err.Error()
	case errors.Is(err, raia.ErrInvalidArgument):
		return "check the variables: " + err.Error()
	}
	return err.Error()
}

// live reads the variables that reaching a vendor itself takes. With none of them set the fake server is meant, which is
// reported as false; with some of them, the error names the others.
func (s *session) live(names ...string) (map[string]string, bool, error) {
	values := map[string]string{}
	var missing []string
	for _, name := range names {
		if values[name] = s.getenv(name); values[name] == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) == len(names) {
		return nil, false, nil
	}
	if len(missing) > 0 {
		return nil, false, fmt.Errorf("set %s too, or none of the vendor's variables for its fake server", strings.Join(missing, ", "))
	}
	return values, true, nil
}

// greet says whom the lines that follow come from.
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
