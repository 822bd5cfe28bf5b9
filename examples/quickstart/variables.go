package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/seed-127a5941/parley/raia"
)

// These are the variables for each vendor.
var (
	raiaVariables       = []string{"RAIA_AGENT_KEY"}
	siteassistVariables = []string{"SITEASSIST_PUBLISHABLE_KEY"}
	syntphonyVariables  = []string{
		"SYNTPHONY_BASE_URL", "SYNTPHONY_ORG_ID", "SYNTPHONY_ENV_ID", "SYNTPHONY_BOT_ID", "SYNTPHONY_CHANNEL_ID",
		"SYNTPHONY_API_KEY", "SYNTPHONY_LOCALE", "SYNTPHONY_KEYCLOAK_URL", "SYNTPHONY_REALM", "SYNTPHONY_CLIENT_ID",
		"SYNTPHONY_CLIENT_SECRET",
	}
	aiseraVariables = []string{"AISERA_BASE_URL", "AISERA_TOKEN", "AISERA_CHANNEL_ID", "AISERA_USER_ID"}
)

// errLeftOut is the result of a vendor without variables if -live is set.
var errLeftOut = errors.New("left out")

func usage(flags *flag.FlagSet, out io.Writer) {
	fmt.Fprintln(out, "usage: quickstart [flags]\n\nflags:")
	flags.SetOutput(out)
	flags.PrintDefaults()
	fmt.Fprintf(out, `
variables, to talk to a vendor itself (all of a vendor, or none for its fake server):
  raia:          %s, and the flag -raia-user; optional RAIA_BASE_URL
  SiteAssist:    %s; optional SITEASSIST_BASE_URL
  Syntphony CAI: %s
  Aisera:        %s; optional AISERA_USER_EMAIL, AISERA_WEBSOCKET_URL
`, strings.Join(raiaVariables, " "), strings.Join(siteassistVariables, " "), strings.Join(syntphonyVariables, " "),
		strings.Join(aiseraVariables, " "))
}

// check returns an error for arguments that are not flags, and for -live without any vendor.
func (s *session) check(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q is not a flag", args[0])
	}
	for _, names := range [][]string{raiaVariables, siteassistVariables, syntphonyVariables, aiseraVariables} {
		for _, name := range names {
			if s.getenv(name) != "" {
				return nil
			}
		}
	}
	if s.liveOnly {
		return errors.New("-live needs the variables of one vendor at least, such as RAIA_AGENT_KEY")
	}
	return nil
}

// explain returns err as one line that says how to go on. It needs the errors of only one package, because they are the
// same values in all four.
func explain(ctx context.Context, err error) string {
	var network *net.OpError
	switch {
	case ctx.Err() != nil:
		return "interrupted"
	case errors.Is(err, raia.ErrUnauthorized), errors.Is(err, raia.ErrForbidden):
		return "the credentials were refused, check the vendor's variables: " + err.Error()
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return "the host does not answer, check the base URL and your network: " + err.Error()
	case errors.Is(err, raia.ErrNotFound), errors.Is(err, raia.ErrDecode):
		return "the vendor does not respond so, check the base URL and the ids: " + err.Error()
	case errors.Is(err, raia.ErrInvalidArgument):
		return "check the variables: " + err.Error()
	}
	return err.Error()
}

// live reads the variables of a vendor. If none is set, it reports false, so that the fake server is used, or returns
// errLeftOut. If only some are set, its error names the others.
func (s *session) live(names []string) (map[string]string, bool, error) {
	values := map[string]string{}
	var missing []string
	for _, name := range names {
		if values[name] = s.getenv(name); values[name] == "" {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) == len(names) && s.liveOnly:
		return nil, false, errLeftOut
	case len(missing) == len(names):
		return nil, false, nil
	case len(missing) > 0:
		return nil, false,
			fmt.Errorf("set %s too, or none of the vendor's variables for its fake server", strings.Join(missing, ", "))
	}
	return values, true, nil
}
