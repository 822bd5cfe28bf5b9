// Command parley-fakes runs the fake servers of all four vendors in one process, so that two replicas, a program in
// another language or a browser test share one vendor.
//
//	go run ./cmd/parley-fakes [-free] [-control ADDRESS]
//		[-raia ADDRESS] [-siteassist ADDRESS] [-syntphony ADDRESS] [-aisera ADDRESS]
//
// The control API listens on port 7070 of loopback, and the vendors in this order on 7071 to 7074. With -free each
// server whose address is not given takes a free port.
//
// It prints the configuration of each vendor as lines that a shell can source, such as RAIA_BASE_URL=... When all
// servers listen, it prints the line PARLEY_FAKES_URL=..., the address of the control API. SIGTERM and an interrupt end
// it.
//
// The control API speaks JSON. VENDOR is raia, siteassist, syntphony or aisera:
//
//	GET  /                   the list of all GET requests, as text
//	GET  /env                the lines that were printed
//	POST /VENDOR/fail        {"n": 1, "match": {...}, "failure": {...}}: the next calls that match fail
//	POST /VENDOR/answer      {"text": "..."}: sets the answer to messages; {} restores the first answers
//	POST /VENDOR/human       {"conversation": "...", "text": "..."}: a human speaks
//	                         (aisera: "user" in place of "conversation")
//	POST /VENDOR/revoke      tokens that were given out are no longer accepted (not for raia)
//	GET  /VENDOR/requests    the requests that arrived
//	GET  /VENDOR/ledger      the calls on which the vendor acted
//
// docs/testing.md shows how to use it from a shell.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "parley-fakes:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("parley-fakes", flag.ContinueOnError)
	flags.SetOutput(stderr)
	free := flags.Bool("free", false, "take free ports for the addresses that are not given")
	addresses := map[string]*string{}
	for i, name := range append([]string{"control"}, names()...) {
		addresses[name] = flags.String(name, fmt.Sprintf("127.0.0.1:%d", 7070+i), "address of "+name)
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *free {
		freePorts(flags, addresses)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	fakes, err := startAll(addresses)
	defer closeAll(fakes)
	if err != nil {
		return err
	}
	return serve(ctx, *addresses["control"], fakes, stdout)
}

func names() (names []string) {
	for _, v := range vendors {
		names = append(names, v.name)
	}
	return names
}

// freePorts sets a free port for each address that is not given.
func freePorts(flags *flag.FlagSet, addresses map[string]*string) {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, address := range addresses {
		if !given[name] {
			*address = "127.0.0.1:0"
		}
	}
}

// startAll starts the fakes at their addresses. If one fails, it returns those that have started together with the
// error.
func startAll(addresses map[string]*string) ([]*fake, error) {
	var fakes []*fake
	for _, v := range vendors {
		f, err := v.start(*addresses[v.name])
		if err != nil {
			return fakes, fmt.Errorf("%s: %w", v.name, err)
		}
		f.name = v.name
		fakes = append(fakes, f)
	}
	return fakes, nil
}

func closeAll(fakes []*fake) {
	for _, f := range fakes {
		f.server.Close()
	}
}

// serve prints the configuration and serves the control API until ctx ends.
func serve(ctx context.Context, address string, fakes []*fake, stdout io.Writer) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	var env []string
	for _, f := range fakes {
		env = append(env, f.env...)
	}
	env = append(env, "PARLEY_FAKES_URL=http://"+listener.Addr().String())
	if _, err := fmt.Fprintln(stdout, strings.Join(env, "\n")); err != nil {
		_ = listener.Close()
		return err
	}
	server := &http.Server{Handler: controlAPI(fakes, env), ReadHeaderTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
