package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// callers are the numbers of goroutines that share a client.
var callers = []int{1, 8, 64, 512}

// sharedParts returns the tables of one client that many goroutines share.
func sharedParts() []Part {
	return []Part{
		{
			Name: "shared/memory", Title: "One client shared by many goroutines, in memory", Group: "goroutines",
			Note: "Each goroutine sends one message after the other (raia).", Plot: "callers-memory",
			Metrics: []table.Metric{table.Rate, table.CPU}, Open: openShared(true),
		},
		{
			Name: "shared/loopback", Title: "One client shared by many goroutines, on loopback", Group: "goroutines",
			Note: "Each goroutine sends one message after the other (raia). The server is a process of its own, so " +
				"its CPU is not counted. By hand the client keeps 512 idle connections, and parley has its own pool.",
			Plot: "callers", Metrics: []table.Metric{table.Rate, table.CPU}, Open: openShared(false),
		},
		{
			Name: "connections", Title: "New connections of 512 goroutines in 1.5 s", Group: "goroutines", MaxRounds: 4,
			Note: "Each goroutine sends one message after the other (raia), to a server that nobody knew before.",
			Open: stateless(dials),
		},
	}
}

// sharedClient is a client that goroutines share.
type sharedClient struct {
	name   string
	floor  bool
	run    Run
	target *Target
}

type sharedSession struct {
	plan    Plan
	long    time.Duration // of one client at a time
	clients []*sharedClient
}

func openShared(inMemory bool) func(context.Context, Plan) (Session, error) {
	return func(_ context.Context, plan Plan) (Session, error) {
		s := &sharedSession{plan: plan, long: plan.lasting(150 * time.Millisecond)}
		format := raiaSend()
		subjects := []Subject{format.Floor, ownPool(format.Subjects[0])}
		if inMemory {
			// A goroutine that does not wait for a network is preempted after 10 ms, and each of 64 must have its turn.
			s.long = plan.lasting(300 * time.Millisecond)
			subjects[1] = format.Subjects[0]
		}
		for i, subject := range subjects {
			target, err := sharedTarget(&format, inMemory)
			if err != nil {
				s.Close()
				return nil, err
			}
			c := &sharedClient{name: subject.Name, floor: i == 0, target: target}
			s.clients = append(s.clients, c)
			if c.run, err = subject.Open(target); err != nil {
				s.Close()
				return nil, err
			}
		}
		return s, nil
	}
}

func sharedTarget(format *Format, inMemory bool) (*Target, error) {
	if inMemory {
		return format.target(true), nil
	}
	remote, err := startServer("send/" + format.Name)
	if err != nil {
		return nil, err
	}
	return remote.Target, nil
}

// ownPool opens a subject without an http.Client, so that parley uses its own pool of connections.
func ownPool(s Subject) Subject {
	return Subject{Name: s.Name, Open: func(p *Target) (Run, error) {
		return s.Open(&Target{URL: p.URL, Seen: p.Seen})
	}}
}

// Close releases the targets.
func (s *sharedSession) Close() {
	for _, c := range s.clients {
		c.target.Close()
	}
}

// Round lets the clients take turns at each number of goroutines.
func (s *sharedSession) Round(ctx context.Context) ([]table.Sample, error) {
	turns := s.plan.load(3, 1)
	var samples []table.Sample
	for _, n := range callers {
		sums := make([]crew, len(s.clients))
		for turn := range turns {
			for i := range s.clients {
				at := (turn + i) % len(s.clients)
				runtime.GC()
				got, err := atOnce(ctx, n, s.long,
					withoutResult(s.clients[at].run))
				if err != nil {
					return samples, fmt.Errorf("%s, %d goroutines: %w", s.clients[at].name, n, err)
				}
				sums[at].add(got)
			}
		}
		for i, c := range s.clients {
			samples = append(samples,
				table.Sample{Group: strconv.Itoa(n), Name: c.name, Floor: c.floor, Values: sums[i].values()})
		}
	}
	return samples, nil
}

func withoutResult(run Run) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := run(ctx)
		return err
	}
}

// dials counts the connections that 512 goroutines open, in all and after the first second.
func dials(ctx context.Context, plan Plan) ([]table.Sample, error) {
	const n = idlePerHost
	format := raiaSend()
	plain := Subject{Name: "net/http, default transport", Open: func(p *Target) (Run, error) {
		return format.Floor.Open(&Target{URL: p.URL, Seen: p.Seen, Client: &http.Client{Transport: &http.Transport{}}})
	}}
	floor := Subject{Name: "net/http, 512 idle connections", Open: format.Floor.Open}
	var samples []table.Sample
	for i, subject := range plan.subjects(floor, []Subject{plain, ownPool(format.Subjects[0])}) {
		all, late, err := countDials(ctx, plan, subject, n)
		if err != nil {
			return samples, fmt.Errorf("%s: %w", subject.Name, err)
		}
		samples = append(samples, table.Sample{
			Group: strconv.Itoa(n), Name: subject.Name, Floor: i == 0 && !plan.OursOnly,
			Values: map[table.Metric]float64{table.Connections: float64(all), table.LateDials: float64(late)},
		})
	}
	return samples, nil
}

func countDials(ctx context.Context, plan Plan, subject Subject, n int) (all, late int64, err error) {
	remote, err := startServer("send/raia")
	if err != nil {
		return 0, 0, err
	}
	defer remote.Close()
	run, err := subject.Open(remote.Target)
	if err != nil {
		return 0, 0, err
	}
	done := make(chan error, 1)
	go func() {
		_, err := atOnce(ctx, n, plan.lasting(1500*time.Millisecond), withoutResult(run))
		done <- err
	}()
	timer := time.NewTimer(plan.lasting(time.Second))
	defer timer.Stop()
	<-timer.C
	first, err := remote.command("")
	if err := errors.Join(err, <-done); err != nil {
		return 0, 0, err
	}
	last, err := remote.command("")
	return last.Connections, last.Connections - first.Connections, err
}
