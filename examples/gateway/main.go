// Command gateway is a chat service over all four vendors: a page, the stream that the AI SDK's useChat reads, metrics,
// health and a graceful end. It is meant to be copied.
//
//	go run .                                        a page at http://127.0.0.1:8080, with fake vendors in the process
//	RAIA_AGENT_KEY=... go run .                     raia itself; -h lists the variables of all vendors
//	go run . -redis 127.0.0.1:6379 -key-file key    one of several replicas
//
// It prints one line when it listens, "gateway: http://127.0.0.1:8080", and logs JSON to stderr. SIGTERM ends it: it is
// not ready any more, waits for the answers under way, and leaves those that take longer than -grace to other replicas.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second signal ends the process at once
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	addr, redis, keyFile, otlp string
	grace, drain, turnTimeout  time.Duration
	recoverWait, vendorTimeout time.Duration
	demo                       bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("gateway", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8080", "address to listen on; port 0 takes a free one")
	flags.StringVar(&o.redis, "redis", "", "HOST:PORT or URL of the Redis that all replicas share; empty for memory")
	flags.StringVar(&o.keyFile, "key-file", "", "file with 32 random bytes that sign cookies; empty for a random key")
	flags.StringVar(&o.otlp, "otlp", "", "URL of a collector that gets traces, such as http://127.0.0.1:4318")
	flags.DurationVar(&o.grace, "grace", 30*time.Second, "how long answers under way may take after SIGTERM")
	flags.DurationVar(&o.drain, "drain", 0, "how long requests are accepted after SIGTERM while /readyz says no")
	flags.DurationVar(&o.turnTimeout, "turn-timeout", 2*time.Minute, "how long an answer may take")
	flags.DurationVar(&o.recoverWait, "recover-wait", 90*time.Second, "how long a lost message may still turn up")
	flags.DurationVar(&o.vendorTimeout, "vendor-timeout", time.Minute, "how long a request to a vendor may take")
	flags.BoolVar(&o.demo, "demo", false, "let fakes stand for the vendors even with -redis")
	flags.Usage = func() {
		flags.PrintDefaults()
		fmt.Fprintln(stderr, "variables that make the gateway serve a vendor; without any, fakes stand for all four:")
		for _, v := range vendors {
			fmt.Fprintf(stderr, "  %s: %s\n", v.title, strings.Join(v.required, " "))
		}
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is not a flag (-h lists flags and variables)", flags.Arg(0))
	}
	if o.redis != "" && o.keyFile == "" {
		return o, errors.New("-redis needs -key-file: all replicas have to accept the same cookies")
	}
	return o, nil
}

// run serves until ctx ends, and then ends gracefully.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	g := &gateway{options: o, log: slog.New(slog.NewJSONHandler(stderr, nil))}
	g.requests.of = map[string]int{}
	defer func() {
		for _, end := range slices.Backward(g.closers) {
			end()
		}
	}()
	if err := g.open(ctx, getenv); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "gateway: http://%s\n", listener.Addr())
	return g.serve(ctx, listener)
}

// serve serves until ctx ends and then shuts down: the load balancer learns from /readyz that this replica leaves, no
// connection is accepted any more, and answers under way have the grace period. The others are given up, and another
// replica continues them, because their messages are pending in the store.
func (g *gateway) serve(ctx context.Context, listener net.Listener) (err error) {
	server := &http.Server{
		Handler:           g.routes(),
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	g.log.Info("shutting down", "grace", g.grace.String())
	g.draining.Store(true)
	time.Sleep(g.drain)
	_ = listener.Close()    // so that a proxy goes to another replica
	time.Sleep(time.Second) // in which the requests that came before begin their turns
	limit, cancel := context.WithTimeout(context.Background(), g.grace)
	defer cancel()
	ended := make(chan struct{})
	go func() { g.endTurns(limit); close(ended) }()
	slow, stop := context.WithTimeout(context.Background(), g.grace+5*time.Second) // for clients that read slowly
	defer stop()
	if server.Shutdown(slow) != nil {
		err = server.Close()
	}
	<-ended
	return err
}
